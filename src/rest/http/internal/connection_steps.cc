// The steps of a connection: read a head, feed the body, write the answer, go on or close.

#include <new>
#include <utility>

#include "rest/http/internal/connection.h"
#include "rest/http/internal/exchange_handle.h"

namespace rest::http {

namespace {

constexpr std::chrono::milliseconds kTurn{1};
constexpr std::size_t kTurnBytes = 64 << 10;
constexpr std::uint64_t kMaxDiscard = 1 << 20;  // of a body nobody wants, to keep the connection
constexpr std::uint64_t kMaxLinger = 100ull << 20;
constexpr std::chrono::seconds kLingerTime{10}, kLingerTimeAtStop{1};
constexpr std::size_t kSmall = 4096;  // buffers above this are given back when empty

void Clear(std::string& buffer, std::size_t& at) {
  at = 0;
  if (buffer.capacity() > kSmall) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

void Connection::Work() {
  if (working_ || closed_ || turn_queued_ || lent_) return;
  const auto self = shared_from_this();
  working_ = true;
  turn_ = {.until = IoThread::Clock::now() + kTurn};
  GiveUpWithoutMemory([this] {
    while (!closed_ && Step()) {
      if (!TurnIsOver()) continue;
      long_ = true;
      return QueueTurn();
    }
  });
  working_ = false;
  if (closed_) return;
  KeepPatience();
  KeepIdleness();
}

void Connection::Wake() { long_ ? QueueTurn() : Work(); }

void Connection::QueueTurn() {
  if (std::exchange(turn_queued_, true)) return;
  io_->QueueTurn(shared_from_this(), active_ ? active_->haste : Haste::kNone);
}

void Connection::OnTurn() {
  turn_queued_ = false;
  Work();
}

// Ends early enough for the largest piece to fit.
bool Connection::TurnIsOver() const {
  return turn_.output > kTurnBytes - kPieceBytes || IoThread::Clock::now() >= turn_.until;
}

bool Connection::Step() {
  if (lent_) return false;
  bool progress = WriteStep();
  if (closed_) return false;
  if (closing_) return LingerStep() || progress;
  if (!active_) return HeadStep() || progress;
  progress |= BodyStep();
  if (active_) progress |= AnswerStep();
  if (active_) progress |= FinishStep();
  return progress;
}

bool Connection::WriteStep() {
  if (out_.empty() || write_armed_) return false;
  ErrorCode error;
  out_at_ += socket_.write_some(asio::buffer(out_.data() + out_at_, out_.size() - out_at_), error);
  if (error == asio::error::would_block) return AwaitWritable(), false;
  if (error) return CloseNow(), false;
  if (out_at_ == out_.size()) Clear(out_, out_at_);
  return true;
}

bool Connection::HeadStep() {
  if (!out_.empty()) return false;
  if (server_->stopping) return CloseNow(), false;
  const HeadLimits limits{server_->options.max_initial_line_length,
                          server_->options.max_header_size};
  const auto length = MessageParser::FindHead(input(), limits);
  if (!length.ok()) return BadRequest(length.status()), true;
  if (length.value() > 0) return Begin(length.value()), true;
  if (eof_) return CloseNow(), false;
  return ReadSome();
}

void Connection::Begin(std::size_t head_length) {
  const std::string head_text(input().substr(0, head_length));
  Consume(head_length);
  auto head = std::make_shared<RequestHead>();
  MessageParser parser;
  base::Status parsed = parser.ParseHead(head_text, *head);
  if (!parsed.ok()) return BadRequest(parsed);
  head->remote_address = remote_address_;
  head->remote_port = remote_port_;
  const auto coding = ContentCoding(*head);
  active_ = std::make_unique<Active>(
      head, coding.ok() && head->has_body ? coding.value() : Coding::kIdentity, turn_.output);
  active_->parser = std::move(parser);
  if (!head->has_body) active_->body.RawEnded();
  ++sequence_;
  ++server_->requests;
  if (std::exchange(idle_, false)) io_->SetIdle(id_, false);  // it will be the youngest idle one
  if (!active_->parser.bad_target().ok()) {
    Respond(sequence_, server_->handler.OnBadRequest(active_->parser.bad_target()), {});
  } else if (!coding.ok() && head->has_body) {
    Respond(sequence_, server_->handler.OnBadRequest(coding.status()), {});
  } else {
    Admit(std::move(head));
  }
}

void Connection::Admit(std::shared_ptr<RequestHead> head) {
  if (const std::string* expect = head->headers.Find("expect"); expect && head->has_body) {
    if (!EqualsIgnoringCase(*expect, "100-continue")) {
      active_->close_after = true;
      return Respond(sequence_, {.status = 417, .content_type = ""}, {});
    }
    active_->expects_continue = head->version_minor > 0;
  }
  server_->handler.Handle(std::make_shared<ExchangeHandle>(
      shared_from_this(), sequence_, std::move(head), server_->options.max_content_length));
}

bool Connection::BodyStep() {
  if (active_->body.TellEnd()) return true;
  if (HasBodyWork() && IsForBodyThread()) {
    lent_ = true;
    ticket_ = server_->body_threads.Submit(shared_from_this(), active_->haste);
    return false;
  }
  if (WorkOnBody()) return true;
  if (!WantsBody()) return false;
  if (!eof_) return ReadSome();
  active_->body.Fail(ClientGone());
  active_->close_after = true;
  return true;
}

// A short body is not worth the ways to another thread and back, one for each piece that is read.
bool Connection::IsForBodyThread() const {
  return !active_->answer && active_->body.size() >= server_->options.short_body;
}

bool Connection::HasBodyWork() const {
  return active_->body.has_more() || (WantsBody() && !input().empty() && !needs_more_);
}

bool Connection::WorkOnBody() {
  if (!HasBodyWork()) return false;
  if (active_->body.has_more()) return active_->body.UnpackMore(), true;
  const std::size_t used = FeedBody(input());
  Consume(used);
  needs_more_ = used == 0 && WantsBody() && !TurnIsOver();
  return !needs_more_;
}

void Connection::OnBodyTurn() {
  turn_ = {.until = IoThread::Clock::now() + kTurn};
  try {
    while (!TurnIsOver() && WorkOnBody()) {
    }
  } catch (const std::bad_alloc&) {
    active_->body.Fail(base::OutOfMemory());
  }
  io_->Post([self = shared_from_this()] { self->OnBodyTurnEnded(); });
}

void Connection::OnBodyTurnEnded() {
  lent_ = false;
  RunUser([](Connection& self) {
    const auto functions = std::exchange(self.when_back_, {});
    for (const auto& function : functions) function(self);
  });
}

// False: a body thread is at it.
bool Connection::TakeBack() {
  if (lent_ && server_->body_threads.TakeBack(ticket_)) lent_ = false;
  return !lent_;
}

bool Connection::Discards() const {
  return active_->answer && !active_->body.raw_ended() && !ClosesAfterAnswer();
}

bool Connection::WantsBody() const { return active_->body.wants_bytes() || Discards(); }

std::size_t Connection::FeedBody(std::string_view bytes) {
  const auto take = [this](std::string_view raw) -> std::size_t {
    if (TurnIsOver()) return 0;
    if (active_->body.wants_bytes()) return active_->body.Take(raw);
    return Discards() ? raw.size() : 0;
  };
  const auto used = active_->parser.ParseBody(bytes, take);
  if (!used.ok()) {
    active_->body.Fail(used.status());
    active_->close_after = true;
    return bytes.size();
  }
  if (active_->parser.done()) active_->body.RawEnded();
  return used.value();
}

bool Connection::AnswerStep() {
  if (!active_->answer || active_->answer_done || !out_.empty()) return false;
  if (active_->waits) {
    if (gone_) CloseNow();
    return false;
  }
  using Next = OutgoingAnswer::Next;
  // The head says now what becomes of the connection. What is left of a body in chunks may be any
  // amount; had it been little, it would be here by now.
  const bool unknown_left = !active_->body.raw_ended() && !active_->head->content_length;
  const auto after = ClosesAfterAnswer() || unknown_left ? OutgoingAnswer::Connection::kClose
                                                         : OutgoingAnswer::Connection::kKeep;
  if (!active_->head_written && after == OutgoingAnswer::Connection::kClose) {
    active_->close_after = true;  // as the head says
  }
  active_->head_written = true;
  const std::uint64_t before = active_->answer->taken();
  const Next next = active_->answer->Append(after, out_);
  turn_.output += active_->answer->taken() - before;
  if (next == Next::kAbort) return CloseNow(), false;
  active_->waits = next == Next::kWait;
  active_->answer_done = next == Next::kDone;
  return true;
}

bool Connection::ClosesAfterAnswer() const {
  const std::uint64_t left = active_->head->content_length.value_or(0);
  return active_->close_after || !active_->parser.keep_alive() || active_->body.failed() ||
         server_->stopping || active_->expects_continue ||
         (active_->answer && active_->answer->must_close()) ||
         (!active_->body.raw_ended() && left > kMaxDiscard);
}

bool Connection::FinishStep() {
  if (!active_->answer_done || !out_.empty()) return false;
  if (ClosesAfterAnswer()) return StartLinger(), true;
  if (!active_->body.raw_ended()) return false;
  active_.reset();
  long_ = false;
  return true;
}

void Connection::BadRequest(const base::Status& why) {
  active_.reset();
  out_.append(PlainAnswer(server_->handler.OnBadRequest(why)));
  closing_ = true;
}

// Closing with unread bytes would reset the connection and might destroy the answer on its way.
void Connection::StartLinger() {
  ErrorCode error;
  const bool unread =
      !active_->body.raw_ended() || !input().empty() || socket_.available(error) > 0;
  active_.reset();
  if (!unread) return CloseNow();
  closing_ = true;
}

bool Connection::LingerStep() {
  if (!out_.empty()) return false;
  if (!lingering_) {
    lingering_ = true;
    ErrorCode error;
    socket_.shutdown(Tcp::socket::shutdown_send, error);
    if (error) return CloseNow(), false;
    linger_timer_ = std::make_unique<asio::steady_timer>(
        io_->context(), server_->stopping ? kLingerTimeAtStop : kLingerTime);
    linger_timer_->async_wait([self = shared_from_this()](ErrorCode cancelled) {
      if (!cancelled) self->Close();
    });
  }
  lingered_ += input().size();
  Clear(input_, input_at_);
  if (eof_ || lingered_ > kMaxLinger) return CloseNow(), false;
  return ReadSome();
}

bool Connection::ReadSome() {
  if (read_armed_) return false;
  if (std::exchange(read_all_, false)) return AwaitReadable(), false;
  ErrorCode error;
  char* const buffer = io_->read_buffer();
  const std::size_t size = socket_.read_some(asio::buffer(buffer, IoThread::kReadBytes), error);
  if (error == asio::error::would_block) return AwaitReadable(), false;
  if (error == asio::error::eof) {
    eof_ = gone_ = true;
    TellGone();
    return true;
  }
  if (error) return CloseNow(), false;
  read_all_ = !active_ && size < IoThread::kReadBytes;
  std::string_view bytes(buffer, size);
  needs_more_ = false;
  if (active_ && input().empty() && !IsForBodyThread()) {  // the usual way: nothing is copied
    while (!bytes.empty() && WantsBody() && !IsForBodyThread() && !TurnIsOver()) {
      const std::size_t used = FeedBody(bytes);
      if (used == 0) break;
      bytes.remove_prefix(used);
    }
  }
  input_.erase(0, std::exchange(input_at_, 0));
  input_.append(bytes);
  return true;
}

void Connection::Consume(std::size_t bytes) {
  input_at_ += bytes;
  if (input_at_ == input_.size()) Clear(input_, input_at_);
}

void Connection::AwaitReadable() {
  read_armed_ = renew_ = true;
  socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
    self->read_armed_ = false;
    if (!error) self->Wake();
  });
}

void Connection::AwaitWritable() {
  write_armed_ = true;
  socket_.async_wait(Tcp::socket::wait_write, [self = shared_from_this()](ErrorCode error) {
    self->write_armed_ = false;
    if (!error) self->Wake();
  });
}

// Only who owes us bytes is watched: not an idle client, not one we have told to wait.
void Connection::KeepPatience() {
  const bool owes =
      read_armed_ && !closing_ && !lent_ && (active_ ? WantsBody() : !input().empty());
  if (owes && (renew_ || !awaiting_)) io_->AwaitBytes(id_);
  if (!owes && awaiting_) io_->StopAwaiting(id_);
  awaiting_ = owes;
  renew_ = false;
}

// A client that has sent a part of a head is not idle; the watch for silence ends it.
void Connection::KeepIdleness() {
  const bool idle = !active_ && !closing_ && input().empty() && out_.empty();
  if (idle != idle_) io_->SetIdle(id_, idle);
  idle_ = idle;
}

}  // namespace rest::http
