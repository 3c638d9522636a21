#include "transport/internal/caller.h"

#include <tuple>

#include "transport/internal/wire.h"

namespace transport::internal {

using base::Code;

namespace {

constexpr int kMaxCallsInMessage = 1000;

base::Status NotConnected(const std::string& id) {
  return {503, "node_not_connected_exception", "[" + id + "] is not connected: it is silent"};
}

base::Status ShuttingDown() { return {503, "node_closed_exception", "the node is shutting down"}; }

}  // namespace

void Caller::Begin() {
  client_ = std::make_shared<SessionClient>(where_, channels_.session, weak_from_this());
  client_->Start();
}

void Caller::Move(Channels channels) {
  client_->Move(channels.session);
  std::lock_guard lock(mutex_);
  work_ = proto::Transport::NewStub(channels.work);
  copies_ = proto::Transport::NewStub(channels.copies);
  channels_ = std::move(channels);
}

std::shared_ptr<tasks::Call> Caller::Start(Lane lane, tasks::StartRequest request,
                                           tasks::CallEvents events) {
  OutboundCallPtr call;
  OutboundSessionPtr session;
  base::Status refused;
  {
    std::lock_guard lock(mutex_);
    call = std::make_shared<OutboundCall>(shared_from_this(), ++last_number_, lane,
                                          std::move(request), std::move(events));
    if (stopped_) {
      refused = ShuttingDown();
    } else if (!unreachable_.ok()) {
      refused = unreachable_;
    } else if (session_ && queued_.empty() && open_.size() < where_.home->options.max_streams) {
      session = session_;
      open_.emplace(call->number(), call);
    } else if (queued_.size() < where_.home->options.max_queued) {
      queued_.emplace(call->number(), call);
    } else {
      refused = base::Rejected("too many calls to [" + where_.id + "] are waiting, the limit is " +
                               std::to_string(where_.home->options.max_queued));
    }
  }
  if (session) {
    Open(call, session);
  } else if (!refused.ok()) {
    FinishLater(call, std::move(refused));
  }
  return call;
}

void Caller::FinishLater(OutboundCallPtr call, base::Status why) {
  where_.home->node.loop.Post(
      [call = std::move(call), why = std::move(why)] { call->Finish(tasks::End(why)); });
}

void Caller::Open(const OutboundCallPtr& call, const OutboundSessionPtr& session) {
  std::shared_ptr<proto::Transport::Stub> stub;
  {
    std::lock_guard lock(mutex_);
    stub = call->lane() == Lane::kWork ? work_ : copies_;
  }
  base::Status status = call->Open(session, *stub);
  if (!status.ok()) FinishLater(call, std::move(status));
}

void Caller::OpenQueued() {
  std::vector<OutboundCallPtr> next;
  OutboundSessionPtr session;
  {
    std::lock_guard lock(mutex_);
    session = session_;
    while (session && !queued_.empty() && open_.size() < where_.home->options.max_streams) {
      next.push_back(queued_.begin()->second);
      open_.insert(queued_.extract(queued_.begin()));
    }
  }
  for (const OutboundCallPtr& call : next) Open(call, session);
}

void Caller::Ended(const OutboundCall& call) {
  OutboundCallPtr kept;  // ends outside our lock
  {
    std::lock_guard lock(mutex_);
    for (auto* calls : {&open_, &queued_}) {
      const auto found = calls->find(call.number());
      if (found == calls->end()) continue;
      kept = std::move(found->second);
      calls->erase(found);
    }
  }
  OpenQueued();
}

void Caller::OnOpen(const OutboundSessionPtr& session) {
  std::vector<OutboundCallPtr> dead, asking;
  Channels channels;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    channels = channels_;
    session_ = session;
    unreachable_ = {};
    for (const auto& [number, call] : open_) {
      const OutboundSessionPtr of = call->session();
      if (of == session && call->asks()) asking.push_back(call);
      if (of && of->incarnation != session->incarnation && call->leaf()) dead.push_back(call);
    }
  }
  for (const auto& channel : {channels.work, channels.copies})
    grpc::experimental::ChannelResetConnectionBackoff(channel.get());
  for (const OutboundCallPtr& call : dead) call->Lose(true);
  for (const OutboundCallPtr& call : asking) Ask(call);
  OpenQueued();
}

void Caller::OnBroken() {
  std::lock_guard lock(mutex_);
  session_ = nullptr;
}

void Caller::OnUnreachable(const base::Status& why) {
  std::vector<OutboundCallPtr> queued;
  {
    std::lock_guard lock(mutex_);
    unreachable_ = why;
    queued = TakeQueued();
  }
  for (const OutboundCallPtr& call : queued) call->Finish(tasks::End(why));
}

std::vector<OutboundCallPtr> Caller::TakeQueued() {
  std::vector<OutboundCallPtr> queued;
  for (auto& [number, call] : std::exchange(queued_, {})) queued.push_back(std::move(call));
  return queued;
}

void Caller::OnLost(const OutboundSessionPtr& session) {
  std::vector<OutboundCallPtr> lost, queued;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [number, call] : open_) {
      if (call->session() == session) lost.push_back(call);
    }
    if (session_ == session) session_ = nullptr;
    if (!session_) {
      unreachable_ = NotConnected(where_.id);
      queued = TakeQueued();
    }
  }
  for (const OutboundCallPtr& call : lost) call->Lose(false);
  for (const OutboundCallPtr& call : queued) call->Finish(tasks::End(NotConnected(where_.id)));
}

void Caller::OnSettled(const OutboundSessionPtr& session, proto::Settled& settled) {
  OutboundCallPtr call;
  {
    std::lock_guard lock(mutex_);
    const auto found = open_.find(settled.call());
    if (found == open_.end()) return;
    call = found->second;
  }
  if (call->session() != session) return;
  if (settled.has_end())
    return call->FinishWithoutStream(Decode(std::move(*settled.mutable_end())));
  call->FinishWithoutStream(tasks::End(
      {Code::kOutcomeUnknown, "nothing runs on [" + where_.id + "] any more, the answer is lost"}));
}

void Caller::CancelSoon(OutboundCallPtr call) {
  {
    std::lock_guard lock(mutex_);
    to_stop_.push_back(std::move(call));
    if (to_stop_.size() > 1) return;
  }
  where_.home->node.loop.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->SendStops();
  });
}

// One stop rides behind its Start; many go together over the session, as far as their children are
// known to have begun.
void Caller::SendStops() {
  std::vector<OutboundCallPtr> calls, together, again;
  {
    std::lock_guard lock(mutex_);
    calls = std::exchange(to_stop_, {});
  }
  for (const OutboundCallPtr& call : calls) {
    const OutboundCall::Way way = call->WayOfStop();
    if (way == OutboundCall::Way::kNone) continue;
    if (way == OutboundCall::Way::kQueued) {
      call->Finish(tasks::End(base::Cancelled(call->stop().reason)));
      continue;
    }
    if (way == OutboundCall::Way::kSession && calls.size() > 1) {
      together.push_back(call);
    } else {
      call->SendStop();
    }
    again.push_back(call);
  }
  StopOverSession(together);
  StopAgain(std::move(again));
}

// What goes on after a while is told over the session, too: its stream may be stuck.
void Caller::StopAgain(std::vector<OutboundCallPtr> calls) {
  if (calls.empty()) return;
  const std::int64_t due = where_.home->node.registry.clock().MonotonicNanos() +
                           where_.home->options.cancel_on_session_millis * 1'000'000;
  where_.home->node.loop.At(due, [weak = weak_from_this(), calls = std::move(calls)]() mutable {
    std::erase_if(calls, [](const OutboundCallPtr& call) { return call->ended(); });
    if (const auto self = weak.lock()) self->StopOverSession(calls);
  });
}

void Caller::StopOverSession(const std::vector<OutboundCallPtr>& calls) {
  using Key = std::tuple<OutboundSessionPtr, tasks::StopCause, std::string, std::string>;
  std::map<Key, proto::CancelCalls> messages;
  const auto send = [this](const Key& key, proto::CancelCalls& message) {
    client_->Cancel(std::get<0>(key), std::move(message));
    message = {};
  };
  for (const OutboundCallPtr& call : calls) {
    const tasks::Stop stop = call->stop();
    const Key key{call->session(), stop.cause, stop.reason, stop.by};
    proto::CancelCalls& message = messages[key];
    if (message.call_size() == 0) Encode(stop, *message.mutable_stop());
    message.add_call(call->number());
    if (message.call_size() == kMaxCallsInMessage) send(key, message);
  }
  for (auto& [key, message] : messages) {
    if (message.call_size() > 0) send(key, message);
  }
}

// If it is not connected, it is asked when it is again.
void Caller::Ask(const OutboundCallPtr& call) {
  proto::CancelCalls ask;
  ask.add_call(call->number());
  ask.set_lost(true);
  Encode(tasks::Stop{.cause = tasks::StopCause::kParent, .reason = "its caller is gone"},
         *ask.mutable_stop());
  client_->Cancel(call->session(), std::move(ask));
}

void Caller::Stop() {
  std::vector<OutboundCallPtr> open, queued;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    session_ = nullptr;
    queued = TakeQueued();
    for (const auto& [number, call] : open_) open.push_back(call);
  }
  client_->Stop();
  for (const OutboundCallPtr& call : queued) call->Finish(tasks::End(ShuttingDown()));
  for (const OutboundCallPtr& call : open) call->Lose(false);
}

Caller::Status Caller::status() const {
  std::lock_guard lock(mutex_);
  return {.connected = session_ != nullptr,
          .open = open_.size(),
          .queued = queued_.size(),
          .unreachable = unreachable_};
}

}  // namespace transport::internal
