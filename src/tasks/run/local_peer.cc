#include "tasks/run/local_peer.h"

#include <cassert>
#include <deque>
#include <mutex>

namespace tasks {

using base::Result;
using base::Status;

namespace {

// A child stops when its parent does, with its parent's reason; its own deadline is for the case
// that its parent's node says nothing any more.
constexpr std::int64_t kDeadlineGraceMillis = 100;

// One child on the own node, seen from both sides. Its events are told in order, one at a time: by
// the thread that brings them, or by the loop for those that came from within Start(), unless these
// may be told at once.
class LocalCall final : public Call, public std::enable_shared_from_this<LocalCall> {
 public:
  LocalCall(CallEvents events, Poster& loop)
      : events_(std::move(events)), loop_(loop), telling_(!events_.at_once) {}

  void Cancel(const Stop& stop) override {
    if (child_) child_->RequestStop(stop);
  }

  void Started(const TaskPtr& child) {
    child_ = child;
    if (child && events_.on_call) events_.on_call(shared_from_this());
    if (child && events_.on_started) Tell([this, id = child->id()] { events_.on_started(id); });
  }
  void Progress(std::string bytes) {
    if (events_.on_progress) Tell([this, bytes = std::move(bytes)] { events_.on_progress(bytes); });
  }
  void Ended(const End& end) {
    Tell([this, end] { events_.on_end(end); });
  }
  void StartReturns() {
    if (events_.at_once) return;
    {
      std::lock_guard lock(mutex_);
      telling_ = !events_waiting_.empty();
      if (!telling_) return;
    }
    loop_.Post([self = shared_from_this()] { self->TellAll(); });
  }

 private:
  void Tell(std::function<void()> event) {
    {
      std::lock_guard lock(mutex_);
      events_waiting_.push_back(std::move(event));
      if (std::exchange(telling_, true)) return;
    }
    TellAll();
  }

  void TellAll() {
    const auto self = shared_from_this();  // the last event may let go of us
    std::unique_lock lock(mutex_);
    while (!events_waiting_.empty()) {
      const std::function<void()> event = std::move(events_waiting_.front());
      events_waiting_.pop_front();
      lock.unlock();
      event();
      lock.lock();
    }
    telling_ = false;
  }

  const CallEvents events_;  // constant
  Poster& loop_;
  TaskPtr child_;  // constant once Started() was called, before anybody else knows this call
  std::mutex mutex_;
  std::deque<std::function<void()>> events_waiting_;  // guarded by mutex_
  bool telling_;  // guarded by mutex_; Start() does, at first, if nothing is told at once
};

class LocalInbound final : public Inbound {
 public:
  LocalInbound(StartRequest request, std::shared_ptr<LocalCall> call)
      : request_(std::move(request)), call_(std::move(call)) {}

  const StartRequest& request() const override { return request_; }
  bool streamed() const override { return request_.stream != nullptr; }

  Result<std::optional<std::string>> Next(TaskContext& task) override {
    RETURN_IF_ERROR(task.Checkpoint());
    if (!request_.stream) return std::optional<std::string>();
    return request_.stream->Next();
  }

  bool MayWait() const override { return request_.stream && request_.stream->MayWait(); }

  void Progress(std::string bytes) override { call_->Progress(std::move(bytes)); }

 private:
  const StartRequest request_;
  const std::shared_ptr<LocalCall> call_;
};

TaskSpec SpecOf(const StartRequest& request, std::string_view action, TaskType type,
                const base::Clock& clock) {
  TaskSpec spec;
  spec.action = action;
  spec.type = type;
  spec.task_class = request.task_class;
  spec.parent = request.parent;
  spec.origin = request.origin;
  spec.token = request.token;
  spec.lease = request.lease;
  if (request.deadline_left_millis)
    spec.deadline_nanos =
        clock.MonotonicNanos() + (*request.deadline_left_millis + kDeadlineGraceMillis) * 1'000'000;
  return spec;
}

}  // namespace

void ActionTable::Add(std::string_view action, Describe describe, Handler handler, Reach reach,
                      Early early) {
  [[maybe_unused]] const bool added =
      entries_
          .try_emplace(std::string(action),
                       Entry{std::move(describe), std::move(handler), reach, early})
          .second;
  assert(added && "an action has one handler");
}

void ActionTable::HoldBack(Status why) {
  held_back_because_ = std::move(why);
  open_.store(false, std::memory_order_relaxed);
}

Reach ActionTable::ReachOf(std::string_view action) const {
  const auto entry = entries_.find(action);
  return entry == entries_.end() ? Reach::kAnyNode : entry->second.reach;
}

void ActionTable::Begin(TaskRegistry& registry, TaskType type, std::shared_ptr<Inbound> inbound,
                        const std::function<void(const TaskPtr&)>& started,
                        std::function<void(const End&)> on_end) {
  const auto refuse = [&](const Status& why) {
    started(nullptr);
    on_end(End::NeverBegan(why));
  };
  const StartRequest& request = inbound->request();
  const auto entry = entries_.find(request.action);
  if (entry == entries_.end())
    return refuse({500, "action_not_found_transport_exception",
                   "No handler for action [" + std::string(request.action) + "]"});
  if (entry->second.early == Early::kNo && !open_.load(std::memory_order_acquire))
    return refuse(held_back_because_);
  TaskSpec spec = SpecOf(request, entry->first, type, registry.clock());
  if (entry->second.describe) entry->second.describe(request, spec);
  Result<RunningTask> task = registry.Register(std::move(spec));
  if (!task.ok()) return refuse(task.status());
  (*task)->AtEnd(std::move(on_end));
  started(task->context());
  if (Status stopped = (*task)->Checkpoint(); !stopped.ok())
    return (*std::move(task)).Finish(End::NeverBegan(std::move(stopped)));
  entry->second.handler(*std::move(task), std::move(inbound));
}

std::shared_ptr<Call> LocalPeer::Start(StartRequest request, CallEvents events) {
  auto call = std::make_shared<LocalCall>(std::move(events), loop_);
  actions_.Begin(
      registry_, TaskType::kDirect, std::make_shared<LocalInbound>(std::move(request), call),
      [&](const TaskPtr& child) { call->Started(child); },
      [call](const End& end) { call->Ended(end); });
  call->StartReturns();
  return call;
}

}  // namespace tasks
