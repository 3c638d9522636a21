#include "transport/internal/inbound_call.h"

#include "transport/internal/wire.h"

namespace transport::internal {

using base::Result;
using base::Status;

namespace {

// Longer results are not kept for the case that the stream breaks while they are sent.
constexpr std::size_t kMaxKeptResult = 64 << 10;

tasks::End Kept(const tasks::End& end) {
  if (!end.result || end.result->size() <= kMaxKeptResult) return end;
  return tasks::End(AnswerLost("the task has ended, its answer was lost"));
}

tasks::Stop CallerIsGone() {
  return {.cause = tasks::StopCause::kParent, .reason = "its caller is gone"};
}

}  // namespace

bool InboundCall::Send(proto::WorkDown down) {
  std::shared_ptr<Stream<proto::WorkDown>> stream;
  {
    std::lock_guard lock(mutex_);
    stream = stream_;
  }
  return stream && stream->Send(std::move(down));
}

void InboundCall::OnMessage(proto::WorkUp& up) {
  if (!started_) {
    started_ = true;
    if (up.has_start()) return OnStart(std::move(*up.mutable_start()));
    return BreakRules(base::IllegalArgument("a call must begin with its start"));
  }
  if (up.has_payload()) {
    OnPayload(*up.mutable_payload());
  } else if (up.has_cancel()) {
    const auto stop = Decode(up.cancel());
    if (!stop.ok()) return BreakRules(stop.status());
    Stop(*stop);
  } else {
    BreakRules(base::IllegalArgument("a call got a message that it does not know"));
  }
}

void InboundCall::OnStart(proto::Start&& start) {
  const Status refused = Prepare(std::move(start));
  if (!refused.ok()) return Ended(tasks::End::NeverBegan(refused));
  const auto self = shared_from_this();
  callee_->node().actions.Begin(
      callee_->node().registry, tasks::TaskType::kTransport, self,
      [this](const tasks::TaskPtr& child) { Begun(child); },
      [self](const tasks::End& end) { self->Ended(end); });
}

Status InboundCall::Prepare(proto::Start&& start) {
  const InboundSessionPtr session = callee_->Find(start.session());
  if (!session)
    return Status(503, "node_not_connected_exception",
                  "the session of the caller has ended, or never was");
  const Options& options = callee_->options();
  const bool streamed = start.streamed(), copies = start.copies();
  const std::uint64_t number = start.call(), beat = start.beat();
  const Upstream left = start.has_upstream() ? Upstream{.number = start.upstream().number(),
                                                        .left_nanos = start.upstream().left_nanos()}
                                             : Upstream();
  ASSIGN_OR_RETURN(DecodedStart decoded, Decode(std::move(start)));
  action_ = std::move(decoded.action);
  request_ = std::move(decoded.request);
  request_.action = action_;
  ASSIGN_OR_RETURN(request_.lease,
                   session->leases().ForCall(beat, left, callee_->node().BootNanos()));
  if (streamed) {
    inbox_ =
        std::make_shared<PayloadInbox>(session->grants(copies),
                                       PayloadInbox::Limits{.window = options.stream_window_bytes,
                                                            .max_chunk = options.max_message_bytes},
                                       [weak = weak_from_this()](std::size_t bytes) {
                                         proto::WorkDown down;
                                         down.set_credit(bytes);
                                         if (const auto self = weak.lock())
                                           self->Send(std::move(down));
                                       });
  }
  RETURN_IF_ERROR(session->Add(number, shared_from_this()));
  session_ = session;
  number_ = number;
  return {};
}

void InboundCall::OnPayload(proto::Payload& payload) {
  if (!inbox_) return;  // it was refused
  const Status status = inbox_->OnPayload(payload);
  if (!status.ok()) BreakRules(status);
}

// Nothing else that comes on this stream can be trusted; the caller asks about it by the session.
void InboundCall::BreakRules(const Status& why) {
  callee_->LogBrokenRules("a call of [" + action_ + "]", why);
  std::shared_ptr<Stream<proto::WorkDown>> stream;
  {
    std::lock_guard lock(mutex_);
    stream = stream_;
  }
  if (stream) stream->Abort();
}

void InboundCall::Begun(const tasks::TaskPtr& child) {
  if (!child) return;
  std::optional<tasks::Stop> stop;
  {
    std::lock_guard lock(mutex_);
    child_ = child;
    stop = stop_;
  }
  if (stop) child->RequestStop(*stop);
  proto::WorkDown down;
  Encode(child->id(), *down.mutable_started()->mutable_child());
  down.mutable_started()->set_leaf(callee_->node().actions.ReachOf(action_) ==
                                   tasks::Reach::kOwnNode);
  Send(std::move(down));
}

void InboundCall::Stop(const tasks::Stop& stop) {
  tasks::TaskPtr child;
  {
    std::lock_guard lock(mutex_);
    if (!stop_) stop_ = stop;
    child = child_.lock();
  }
  if (child) child->RequestStop(stop);
}

void InboundCall::StreamLost(const tasks::Stop& stop) {
  std::optional<tasks::End> end;
  {
    std::lock_guard lock(mutex_);
    by_session_ = true;
    end = end_;
  }
  if (end) return session_->Remove(number_, std::move(end));
  Stop(stop);
}

std::int64_t InboundCall::lease_until() const {
  return request_.lease ? request_.lease->valid_until_boot_nanos.load() : INT64_MAX;
}

Result<std::optional<std::string>> InboundCall::Next(tasks::TaskContext& task) {
  if (inbox_) return inbox_->Next(task);
  RETURN_IF_ERROR(task.Checkpoint());
  return std::optional<std::string>();
}

void InboundCall::Progress(std::string bytes) {
  std::shared_ptr<Stream<proto::WorkDown>> stream;
  {
    std::lock_guard lock(mutex_);
    stream = stream_;
  }
  if (!stream) return;
  const Options& options = callee_->options();
  if (bytes.size() <= options.max_message_bytes &&
      stream->unsent_bytes() + bytes.size() <= options.max_unsent_bytes) {
    proto::WorkDown down;
    down.set_progress(std::move(bytes));
    stream->Send(std::move(down));
    return;
  }
  Stop({.cause = tasks::StopCause::kBackpressure,
        .reason = "its caller does not read its progress"});
  stream->Abort();
}

void InboundCall::Ended(tasks::End end) {
  if (end.result && end.result->size() > callee_->options().max_message_bytes)
    end = tasks::End(Status(500, "transport_serialization_exception",
                            "the result has " + std::to_string(end.result->size()) +
                                " bytes, the limit between nodes is " +
                                std::to_string(callee_->options().max_message_bytes)));
  std::shared_ptr<Stream<proto::WorkDown>> stream;
  {
    std::lock_guard lock(mutex_);
    if (!by_session_) stream = stream_;
    if (stream) end_ = Kept(end);
  }
  if (inbox_) inbox_->Break({base::Code::kFailed, "the task has ended"});
  if (stream) {
    proto::WorkDown down;
    Encode(std::move(end), *down.mutable_end());
    stream->Send(std::move(down));
    stream->Close();
  } else if (session_) {
    session_->Remove(number_, Kept(end));
  }
}

void InboundCall::OnClosed(const grpc::Status& why) {
  std::optional<tasks::End> end;
  bool by_session = false;
  {
    std::lock_guard lock(mutex_);
    stream_ = nullptr;
    end = end_;
    by_session = by_session_;
  }
  if (!session_) return;
  if (!end) {
    Stop(CallerIsGone());
    if (inbox_) inbox_->Break(base::Cancelled(CallerIsGone().reason));
  } else if (!by_session) {
    session_->Remove(number_, why.ok() ? std::nullopt : std::move(end));
  }
}

}  // namespace transport::internal
