// The life of a connection and what exchanges ask of it; connection_steps.cc does the work.

#include "rest/http/internal/connection.h"

#include <new>

namespace rest::http {

namespace {

// Connections that linger to read why they were refused, or take a place that is being given up.
constexpr std::uint64_t kAboveTheMost = 32;

}  // namespace

Connection::Connection(std::shared_ptr<IoThread> io, std::shared_ptr<ServerState> server,
                       Tcp::socket socket)
    : io_(std::move(io)), server_(std::move(server)), socket_(std::move(socket)) {}

Connection::~Connection() = default;

void Connection::Start() {
  ErrorCode error;
  const Tcp::endpoint remote = socket_.remote_endpoint(error);
  if (!error) socket_.non_blocking(true, error);
  if (error) return;  // it has gone already
  remote_address_ = remote.address().to_string();
  remote_port_ = remote.port();
  socket_.set_option(Tcp::no_delay(true), error);
  socket_.set_option(asio::socket_base::keep_alive(true), error);
  fd_ = socket_.native_handle();
  const Room room = MakeRoom();
  if (room == Room::kNone) return;
  ++server_->current_open;
  ++server_->total_opened;
  id_ = io_->Join(shared_from_this(), fd_);
  if (room == Room::kToRefuse) {
    BadRequest({429, "rejected_execution_exception",
                "the node has [" + std::to_string(server_->options.max_connections) +
                    "] open connections, as many as its limit of open files allows, and none of "
                    "them is idle; try again, or raise the limit (ulimit -n)"});
  }
  Work();
}

// If there are too many, the oldest idle connection gives up its place: of this thread at once, or
// of another one soon. Without one this connection is refused with an answer, or, when many have
// come for the same places, just closed.
Connection::Room Connection::MakeRoom() {
  const std::uint64_t most = server_->options.max_connections, open = server_->current_open;
  if (open < most || io_->CloseOldestIdle()) return Room::kThere;
  if (open >= most + kAboveTheMost) return Room::kNone;
  return server_->CloseIdleElsewhere(io_.get()) ? Room::kThere : Room::kToRefuse;
}

bool ServerState::CloseIdleElsewhere(const IoThread* here) {
  for (const auto& thread : io_threads) {
    if (thread.get() == here || !thread->has_idle()) continue;
    // Safe: a thread runs what was posted to it, or drops it, before it is gone.
    thread->Post([thread = thread.get()] { thread->CloseOldestIdle(); });
    return true;
  }
  return false;
}

void Connection::BeginStop() {
  RunUser([](Connection& self) {
    if (!self.active_ && self.out_.empty()) return self.CloseNow();
    if (!self.active_) return;
    self.active_->close_after = true;
    if (self.active_->body.raw_ended()) return;
    if (self.Discards()) return self.CloseNow();
    self.active_->body.Fail({503, "node_closed_exception", "the node is shutting down"});
  });
}

void Connection::Close() {
  RunUser([](Connection& self) { self.CloseNow(); });
}

void Connection::CloseNow() {
  if (closed_) return;
  closed_ = true;
  gone_ = true;
  const auto self = shared_from_this();  // Leave() drops the thread's reference
  io_->Leave(id_, fd_);
  ErrorCode ignored;
  socket_.close(ignored);
  linger_timer_.reset();
  server_->OnClosed();
  const std::unique_ptr<Active> active = std::move(active_);
  if (!active) return;
  lost_sequence_ = sequence_;
  active->body.Fail(ClientGone());
  active->body.TellEnd();
  for (const auto& gone : active->on_gone) gone();
}

void Connection::Dispatch(std::function<void(Connection&)> function) {
  if (io_->IsHere() && working_) return function(*this);
  PostUser(std::move(function));
}

void Connection::Post(std::function<void()> function) {
  PostUser([function = std::move(function)](Connection&) { function(); });
}

void Connection::PostUser(std::function<void(Connection&)> function) {
  io_->Post([self = shared_from_this(), function = std::move(function)]() mutable {
    self->RunUser(std::move(function));
  });
}

// What it calls may ask this connection for something; that is done after it has returned.
void Connection::RunUser(std::function<void(Connection&)> function) {
  if (!TakeBack()) return when_back_.push_back(std::move(function));
  if (working_) return function(*this);
  working_ = true;
  GiveUpWithoutMemory([&] { function(*this); });
  working_ = false;
  Work();
}

// A request that finds no memory fails, and at worst its connection; not the node.
void Connection::GiveUpWithoutMemory(const std::function<void()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
  }
  try {
    if (!active_ || active_->head_written) return Close();
    if (active_->body.has_sink()) {
      active_->body.Fail(base::OutOfMemory());
    } else if (!active_->answer) {
      Respond(sequence_, server_->handler.OnBadRequest(base::OutOfMemory()), {});
    }
    io_->Post([self = shared_from_this()] { self->Work(); });
  } catch (const std::bad_alloc&) {
    Close();
  }
}

void Connection::ReadWholeBody(Sequence sequence, std::uint64_t limit,
                               std::shared_ptr<tasks::Reservation> memory,
                               Exchange::BodyCallback done) {
  if (IsCurrent(sequence)) {
    auto sink =
        std::make_shared<WholeBody>(active_->body, limit, std::move(memory), std::move(done));
    StreamBody(sequence, std::move(sink), limit);
  } else if (sequence == lost_sequence_) {
    io_->Post([done = std::move(done)] { done(ClientGone()); });
  }
}

void Connection::TellLater(std::shared_ptr<BodySink> sink) {
  io_->Post([sink = std::move(sink)] { sink->OnBodyEnd(ClientGone()); });
}

void Connection::StreamBody(Sequence sequence, std::shared_ptr<BodySink> sink,
                            std::uint64_t limit) {
  if (!IsCurrent(sequence)) {
    if (sequence == lost_sequence_) TellLater(std::move(sink));
    return;
  }
  if (active_->answer) return;
  active_->body.SetSink(std::move(sink), limit);
  if (active_->head->content_length.value_or(0) > limit) {
    active_->body.Fail(TooLong(limit));
  } else if (active_->expects_continue) {
    active_->expects_continue = false;
    out_.append("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

void Connection::ResumeBody(Sequence sequence) {
  if (IsCurrent(sequence)) active_->body.Resume();
}

void Connection::DrainBody(Sequence sequence, DrainLimits limits, std::shared_ptr<BodySink> sink) {
  if (!IsCurrent(sequence)) {
    if (sequence == lost_sequence_) TellLater(std::move(sink));
    return;
  }
  if (active_->answer) return;
  active_->body.SetDrain(std::move(sink), limits.max_bytes);
  if (active_->body.raw_ended()) return;
  if (active_->expects_continue) return active_->body.Fail(DrainLimitReached());
  active_->drain_timer = std::make_unique<asio::steady_timer>(io_->context(), limits.timeout);
  active_->drain_timer->async_wait([self = shared_from_this(), sequence](ErrorCode error) {
    if (error) return;
    self->RunUser([sequence](Connection& c) {
      if (!c.IsCurrent(sequence) || c.active_->body.raw_ended()) return;
      c.active_->body.Fail(DrainLimitReached());
    });
  });
}

void Connection::Hurry(Sequence sequence) {
  if (IsCurrent(sequence)) active_->haste = Haste::kHurried;
}

void Connection::Respond(Sequence sequence, Response response, Exchange::Producer producer) {
  if (!IsCurrent(sequence) || active_->answer) return;
  active_->answer.emplace(*active_->head, std::move(response), std::move(producer),
                          server_->options.compression_level);
  active_->body.DropSink();
  active_->drain_timer.reset();
}

void Connection::ContinueStream(Sequence sequence) {
  if (IsCurrent(sequence)) active_->waits = false;
}

void Connection::CloseAfterResponse(Sequence sequence) {
  if (IsCurrent(sequence)) active_->close_after = true;
}

void Connection::OnClientGone(Sequence sequence, std::function<void()> gone) {
  if (IsCurrent(sequence) && !gone_) {
    active_->on_gone.push_back(std::move(gone));
  } else if (IsCurrent(sequence) || sequence == lost_sequence_) {
    Post(std::move(gone));
  }
}

void Connection::Abandon(Sequence sequence) {
  if (!IsCurrent(sequence) || active_->answer) return;
  const base::Status why = base::Internal("the request was not answered");
  Respond(sequence, server_->handler.OnBadRequest(why), {});
}

void Connection::OnHangUp(bool reset) {
  if (reset) return Close();
  gone_ = true;
  RunUser([](Connection& self) { self.TellGone(); });
}

void Connection::TellGone() {
  if (!active_) return;
  const auto callbacks = std::move(active_->on_gone);
  active_->on_gone.clear();
  for (const auto& gone : callbacks) gone();
}

void Connection::OnSilence() {
  awaiting_ = false;
  const base::Status why(408, "request_timeout_exception",
                         "no byte of the request came for " +
                             std::to_string(server_->options.read_timeout.count()) + "ms");
  if (!active_) {
    BadRequest(why);
  } else if (Discards()) {
    return Close();
  } else {
    active_->body.Fail(why);
  }
  Work();
}

}  // namespace rest::http
