#include "transport/internal/outbound_call.h"

#include "transport/internal/caller.h"
#include "transport/internal/wire.h"

namespace transport::internal {

using base::Code;
using base::Status;

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

Status TooLarge(std::size_t bytes, std::size_t limit) {
  return Status(413, "transport_serialization_exception",
                "the request has " + std::to_string(bytes) + " bytes, the limit between nodes is " +
                    std::to_string(limit));
}

}  // namespace

OutboundCall::OutboundCall(std::shared_ptr<Caller> caller, std::uint64_t number, Lane lane,
                           tasks::StartRequest request, tasks::CallEvents events)
    : caller_(std::move(caller)),
      number_(number),
      lane_(lane),
      upstream_(request.lease),
      events_(std::move(events)),
      deadline_nanos_(
          request.deadline_left_millis
              ? std::optional(caller_->where().home->node.registry.clock().MonotonicNanos() +
                              *request.deadline_left_millis * kNanosPerMilli)
              : std::nullopt),
      request_(std::move(request)),
      name_("a child on " + caller_->where().id),
      leaf_(caller_->where().home->node.actions.ReachOf(request_.action) ==
            tasks::Reach::kOwnNode) {}

proto::WorkUp OutboundCall::MakeStart(const OutboundSession& session, const EchoBook::Look& look) {
  proto::WorkUp up;
  proto::Start& start = *up.mutable_start();
  start.set_session(session.key);
  start.set_call(number_);
  start.set_beat(look.beat);
  if (look.upstream.number != 0) {
    start.mutable_upstream()->set_number(look.upstream.number);
    start.mutable_upstream()->set_left_nanos(look.upstream.left_nanos);
  }
  start.set_copies(lane_ == Lane::kCopies);
  request_.incarnation = caller_->where().home->node.registry.incarnation();
  if (deadline_nanos_) {  // it may have waited
    const std::int64_t left =
        *deadline_nanos_ - caller_->where().home->node.registry.clock().MonotonicNanos();
    request_.deadline_left_millis =
        std::max<std::int64_t>(0, (left + kNanosPerMilli - 1) / kNanosPerMilli);
  }
  Encode(std::move(request_), start);
  return up;
}

Status OutboundCall::Open(const OutboundSessionPtr& session, proto::Transport::Stub& stub) {
  const SessionClient::Where& where = caller_->where();
  if (request_.payload.size() > where.home->options.max_message_bytes)
    return TooLarge(request_.payload.size(), where.home->options.max_message_bytes);
  ASSIGN_OR_RETURN(const EchoBook::Look look,
                   session->echoes.ForStart(upstream_, where.home->node.BootNanos()));
  using Wire = ClientStream<proto::WorkUp, proto::WorkDown>;
  const auto wire = std::make_shared<Wire>(shared_from_this(), where.home->streams);
  std::shared_ptr<PayloadSender> payload;
  if (request_.stream) {
    payload = std::make_shared<PayloadSender>(request_.stream, where.home->node.payloads,
                                              where.home->options.stream_window_bytes,
                                              [weak = std::weak_ptr(wire)](proto::Payload frame) {
                                                proto::WorkUp up;
                                                *up.mutable_payload() = std::move(frame);
                                                const auto stream = weak.lock();
                                                return stream && stream->Send(std::move(up));
                                              });
  }
  proto::WorkUp start = MakeStart(*session, look);
  request_ = {};
  {
    std::lock_guard lock(mutex_);
    if (ended_) return {};
    if (session->lost)
      return Status(503, "node_not_connected_exception",
                    "[" + where.id + "] Node not connected: it is silent");
    session_ = session;
    stream_ = wire;
    payload_ = std::move(payload);
    wire->Begin([&](grpc::ClientContext* context, auto* reactor) {
      context->set_wait_for_ready(true);  // the session says how long
      stub.async()->Work(context, reactor);
    });
    wire->Send(std::move(start));  // before any stop
  }
  return {};
}

void OutboundCall::Cancel(const tasks::Stop& stop) {
  {
    std::lock_guard lock(mutex_);
    if (ended_ || stop_) return;
    stop_ = stop;
  }
  caller_->CancelSoon(shared_from_this());
}

OutboundCall::Way OutboundCall::WayOfStop() const {
  std::lock_guard lock(mutex_);
  if (ended_) return Way::kNone;
  if (!session_) return Way::kQueued;
  return started_ || broken_ ? Way::kSession : Way::kStream;
}

void OutboundCall::SendStop() {
  std::shared_ptr<Stream<proto::WorkUp>> stream;
  proto::WorkUp up;
  {
    std::lock_guard lock(mutex_);
    if (!stream_ || !stop_) return;
    stream = stream_;
    Encode(*stop_, *up.mutable_cancel());
  }
  stream->Send(std::move(up), Place::kFirst);  // the Start has been handed over long ago
}

void OutboundCall::OnMessage(proto::WorkDown& down) {
  if (down.has_started()) {
    Started(down.started());
  } else if (down.has_progress()) {
    if (!events_.on_progress || ended()) return;
    told_.Run([self = shared_from_this(), bytes = std::move(*down.mutable_progress())] {
      if (!self->end_told_) self->events_.on_progress(bytes);
    });
  } else if (down.has_end()) {
    Finish(Decode(std::move(*down.mutable_end())));
  } else if (down.has_credit()) {
    std::shared_ptr<PayloadSender> payload;
    {
      std::lock_guard lock(mutex_);
      payload = payload_;
    }
    if (payload) payload->Credit(down.credit());
  }
}

void OutboundCall::Started(const proto::Started& started) {
  const auto child = Decode(started.child());
  if (!child.ok()) return;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    started_ = true;
    leaf_ = started.leaf();
    name_ = child->ToString();
  }
  if (!events_.on_started) return;
  told_.Run([self = shared_from_this(), id = *child] {
    if (!self->end_told_) self->events_.on_started(id);
  });
}

void OutboundCall::OnClosed(const grpc::Status& /*why*/) {
  {
    std::lock_guard lock(mutex_);
    stream_ = nullptr;
    broken_ = true;
    if (ended_) return;
  }
  caller_->Ask(shared_from_this());
}

bool OutboundCall::Finish(tasks::End end, bool only_unsent) {
  std::shared_ptr<PayloadSender> payload;
  std::shared_ptr<Stream<proto::WorkUp>> stream;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return true;
    if (only_unsent && session_) return false;
    ended_ = true;
    payload = std::move(payload_);
    stream = stream_;
  }
  if (payload) payload->Stop();
  told_.Run([self = shared_from_this(), end = std::move(end)] {
    self->end_told_ = true;
    self->events_.on_end(end);
  });
  if (stream) stream->Close();
  caller_->Ended(*this);
  return true;
}

void OutboundCall::FinishWithoutStream(tasks::End end) {
  std::shared_ptr<Stream<proto::WorkUp>> stream;
  {
    std::lock_guard lock(mutex_);
    stream = stream_;
  }
  Finish(std::move(end));
  if (stream) stream->Abort();
}

void OutboundCall::Lose(bool dead) {
  std::string name;
  {
    std::lock_guard lock(mutex_);
    name = name_;
  }
  const Status why =
      dead ? AnswerLost(name + " has ended with its node's process, its answer is lost")
           : AnswerLost(name + " is unconfirmed: its node is lost").WithCode(Code::kUnconfirmed);
  FinishWithoutStream(tasks::End(why));
}

tasks::Stop OutboundCall::stop() const {
  std::lock_guard lock(mutex_);
  return stop_.value_or(tasks::Stop());
}

OutboundSessionPtr OutboundCall::session() const {
  std::lock_guard lock(mutex_);
  return session_;
}

bool OutboundCall::asks() const {
  std::lock_guard lock(mutex_);
  return broken_ && !ended_;
}

bool OutboundCall::leaf() const {
  std::lock_guard lock(mutex_);
  return leaf_;
}

bool OutboundCall::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace transport::internal
