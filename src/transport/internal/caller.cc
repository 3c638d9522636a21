#include "transport/internal/caller.h"

#include <tuple>

#include "transport/internal/wire.h"

namespace transport::internal {

namespace {

constexpr int kMaxCallsInMessage = 1000;

base::Status ShuttingDown() { return {503, "node_closed_exception", "the node is shutting down"}; }

}  // namespace

std::shared_ptr<Caller> Caller::Make(SessionClient::Where where) {
  const std::shared_ptr<Caller> caller(new Caller(std::move(where)));
  caller->client_ = std::make_shared<SessionClient>(caller->where_, caller);
  return caller;
}

void Caller::Reach(Channels channels) {
  Channels before;  // end outside our lock
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  left_ = false;
  session_ = nullptr;
  unreachable_ = {};
  before = std::exchange(channels_, std::move(channels));
  work_ = proto::Transport::NewStub(channels_.work);
  copies_ = proto::Transport::NewStub(channels_.copies);
  client_->Reach(channels_.session);
}

void Caller::ReachSoon() {
  std::lock_guard lock(mutex_);
  if (stopped_ || !channels_.session) return;
  grpc::experimental::ChannelResetConnectionBackoff(channels_.session.get());
  client_->ConnectSoon();
}

void Caller::Leave() {
  std::vector<OutboundCallPtr> queued;
  base::Status why;
  {
    std::lock_guard lock(mutex_);
    left_ = true;
    queued = TakeQueued();
    why = Refusal();
  }
  for (OutboundCallPtr& call : queued) FinishLater(std::move(call), why);
  LetGoIfIdle();
}

// All in one, so that a Reach() comes before it or behind it.
void Caller::LetGoIfIdle() {
  Channels before;  // end outside our lock
  std::lock_guard lock(mutex_);
  if (!left_ || stopped_ || !open_.empty()) return;
  session_ = nullptr;
  work_ = copies_ = nullptr;
  before = std::exchange(channels_,
                         {.address = channels_.address, .session = {}, .work = {}, .copies = {}});
  client_->Leave();
}

// As OpenSearch words it.
base::Status Caller::NotConnected(std::string_view why) const {
  return {503, "node_not_connected_exception",
          "[" + where_.id + "][" + channels_.address + "] Node not connected: " + std::string(why)};
}

base::Status Caller::Refusal() const {
  if (stopped_) return ShuttingDown();
  if (left_) return NotConnected("it has left the cluster");
  if (unreachable_.ok()) return {};
  const base::Status refusal = NotConnected(unreachable_.reason());
  return refusal.type() == unreachable_.type() ? refusal : refusal.CausedBy(unreachable_);
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
    refused = Refusal();
    if (!refused.ok()) {
      // told below
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
  } else if (const auto due = call->deadline_nanos()) {
    where_.home->node.loop.At(*due, [weak = std::weak_ptr(call), self = weak_from_this()] {
      const auto late = weak.lock();
      const auto caller = self.lock();
      if (late && caller) caller->EndInQueue(late);
    });
  }
  return call;
}

// Its deadline has come; if it has been sent meanwhile, it is the child's matter.
void Caller::EndInQueue(const OutboundCallPtr& call) {
  base::Status why;
  {
    std::lock_guard lock(mutex_);
    why = session_ ? base::Timeout("too many calls to [" + where_.id +
                                   "] are open, this one was not sent before its deadline")
                   : NotConnected("not before the deadline of the call");
  }
  call->FinishUnsent(std::move(why));
}

void Caller::FinishLater(OutboundCallPtr call, base::Status why) {
  where_.home->node.loop.Post(
      [call = std::move(call), why = std::move(why)] { call->FinishUnsent(why); });
}

void Caller::Open(const OutboundCallPtr& call, const OutboundSessionPtr& session) {
  std::shared_ptr<proto::Transport::Stub> stub;
  {
    std::lock_guard lock(mutex_);
    stub = call->lane() == Lane::kWork ? work_ : copies_;
  }
  if (!stub) return;  // it has ended meanwhile, and was the last one
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
    if (left_ && open_.empty()) {  // channels end on the loop rather than here
      where_.home->node.loop.Post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->LetGoIfIdle();
      });
    }
  }
  OpenQueued();
}

void Caller::OnOpen(const OutboundSessionPtr& session) {
  std::vector<OutboundCallPtr> dead, asking;
  Channels channels;
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || !channels_.session || session->lost) return;
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
  base::Status refused;
  {
    std::lock_guard lock(mutex_);
    unreachable_ = why;
    queued = TakeQueued();
    refused = Refusal();
  }
  for (const OutboundCallPtr& call : queued) call->FinishUnsent(refused);
}

std::vector<OutboundCallPtr> Caller::TakeQueued() {
  std::vector<OutboundCallPtr> queued;
  for (auto& [number, call] : std::exchange(queued_, {})) queued.push_back(std::move(call));
  return queued;
}

void Caller::OnLost(const OutboundSessionPtr& session) {
  std::vector<OutboundCallPtr> lost, queued;
  base::Status refused;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [number, call] : open_) {
      if (call->session() == session) lost.push_back(call);
    }
    if (session_ == session) session_ = nullptr;
    if (!session_) {
      unreachable_ = {503, "node_not_connected_exception", "it is silent"};
      queued = TakeQueued();
      refused = Refusal();
    }
  }
  for (const OutboundCallPtr& call : lost) call->Lose(false);
  for (const OutboundCallPtr& call : queued) call->FinishUnsent(refused);
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
  call->FinishWithoutStream(
      tasks::End(AnswerLost("nothing runs on [" + where_.id + "] any more, the answer is lost")));
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
    if (way == OutboundCall::Way::kQueued &&
        call->FinishUnsent(base::Cancelled(call->stop().reason)))
      continue;
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
  for (const OutboundCallPtr& call : queued) call->FinishUnsent(ShuttingDown());
  for (const OutboundCallPtr& call : open) {
    if (!call->FinishUnsent(ShuttingDown())) call->Lose(false);
  }
}

Caller::Status Caller::status() const {
  std::lock_guard lock(mutex_);
  return {.connected = session_ != nullptr,
          .open = open_.size(),
          .queued = queued_.size(),
          .unreachable = left_ ? Refusal() : unreachable_};
}

}  // namespace transport::internal
