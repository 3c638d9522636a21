#include "tasks/child_scope.h"

#include <cassert>
#include <condition_variable>
#include <map>
#include <mutex>

#include "tasks/run/thread_pool.h"

namespace tasks {

using base::Code;
using base::Status;

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

// The root's stop, as its descendants hear it.
Stop PassOn(Stop stop) {
  stop.cause = StopCause::kParent;
  stop.at_wall_millis = stop.at_nanos = 0;
  return stop;
}

void FillIn(StartRequest& request, const TaskContext& task) {
  request.task_class = task.spec().task_class;
  request.parent = task.id();
  request.origin = task.spec().origin;
  request.lease = task.spec().lease;
  if (const auto deadline = task.spec().deadline_nanos) {
    const std::int64_t left = *deadline - task.clock().MonotonicNanos();
    request.deadline_left_millis = left <= 0 ? 0 : (left + kNanosPerMilli - 1) / kNanosPerMilli;
  }
}

}  // namespace

struct ChildScope::State : std::enable_shared_from_this<State> {
  // Announced and not yet ended, its `on_end` included.
  struct Child {
    std::string name;            // its id once it is known
    std::shared_ptr<Call> call;  // null while it is being sent
  };

  explicit State(TaskContext& of) : task(of) {}

  bool Start(Peer& peer, StartRequest request, CallEvents events);
  std::uint64_t Announce(const std::string& node_id);
  CallEvents Watch(std::uint64_t number, RemoteChildren::Key remote, CallEvents events);
  void Attach(std::uint64_t number, const std::shared_ptr<Call>& call);
  void StopChildren(Stop why);
  void Ended(std::uint64_t number, const End& end);
  void Leave();
  Status Verdict() const;  // needs mutex

  TaskContext& task;
  mutable std::mutex mutex;
  std::condition_variable all_ended;
  std::uint64_t last_number = 0;            // guarded by mutex
  std::map<std::uint64_t, Child> children;  // guarded by mutex
  std::optional<Stop> stop;                 // guarded by mutex; constant once there
  std::string unconfirmed;                  // guarded by mutex; every lost child, named
  Status first_failure;                     // guarded by mutex
  std::function<void(Status)> when_joined;  // guarded by mutex
  std::optional<std::stop_callback<std::function<void()>>> on_task_stop;  // the owner's
};

bool ChildScope::State::Start(Peer& peer, StartRequest request, CallEvents events) {
  // Before we look for a stop: who stops us and then looks for children elsewhere finds this one.
  const bool elsewhere = peer.node_id() != task.id().node;
  const RemoteChildren::Key remote = elsewhere ? task.remote_children().Add(peer.node_id()) : 0;
  const std::uint64_t number = Announce(peer.node_id());
  if (number == 0) {
    if (elsewhere) task.remote_children().Remove(remote);
    return false;
  }
  FillIn(request, task);
  Attach(number, peer.Start(std::move(request), Watch(number, remote, std::move(events))));
  return true;
}

// Looks and announces in one: refused (0), or found by the stop.
std::uint64_t ChildScope::State::Announce(const std::string& node_id) {
  std::lock_guard lock(mutex);
  if (stop || !task.Checkpoint().ok()) return 0;
  children[++last_number].name = "a child on " + node_id;
  return last_number;
}

CallEvents ChildScope::State::Watch(std::uint64_t number, RemoteChildren::Key remote,
                                    CallEvents events) {
  return {.on_call = [self = shared_from_this(),
                      number](const std::shared_ptr<Call>& call) { self->Attach(number, call); },
          .on_started =
              [self = shared_from_this(), number, remote,
               on_started = std::move(events.on_started)](const TaskId& id) {
                {
                  std::lock_guard lock(self->mutex);
                  self->children.at(number).name = id.ToString();
                }
                if (remote != 0) self->task.remote_children().Name(remote, id);
                if (on_started) on_started(id);
              },
          .on_progress = std::move(events.on_progress),
          .on_end =
              [self = shared_from_this(), number, remote,
               on_end = std::move(events.on_end)](const End& end) {
                if (on_end) on_end(end);
                if (remote != 0) self->task.remote_children().Remove(remote);
                self->Ended(number, end);
              },
          .at_once = events.at_once};
}

// From now on a stop reaches the child.
void ChildScope::State::Attach(std::uint64_t number, const std::shared_ptr<Call>& call) {
  {
    std::lock_guard lock(mutex);
    const auto child = children.find(number);
    if (child == children.end()) return;  // it has ended already
    child->second.call = call;
    if (!stop) return;
  }
  call->Cancel(*stop);  // it came while we were sending
}

void ChildScope::State::StopChildren(Stop why) {
  std::vector<std::shared_ptr<Call>> calls;
  {
    std::lock_guard lock(mutex);
    if (stop) return;
    stop = std::move(why);
    for (const auto& [number, child] : children) {
      if (child.call) calls.push_back(child.call);
    }
  }
  for (const auto& call : calls) call->Cancel(*stop);
}

void ChildScope::State::Ended(std::uint64_t number, const End& end) {
  std::shared_ptr<Call> call;  // ends outside our lock
  std::function<void(Status)> joined;
  Status verdict;
  {
    std::lock_guard lock(mutex);
    const auto child = children.find(number);
    if (end.error.code() == Code::kUnconfirmed) {
      const std::string& reason = end.error.reason();
      const bool named = reason.find(child->second.name) != std::string::npos;
      if (!unconfirmed.empty()) unconfirmed += "; ";
      unconfirmed += named ? reason : child->second.name + ": " + reason;
    } else if (!stop || end.outcome != Outcome::kCancelled) {  // else it did as it was told
      first_failure.Update(end.error);
    }
    call = std::move(child->second.call);
    children.erase(child);
    if (!children.empty()) return;
    joined = std::exchange(when_joined, nullptr);
    if (joined) verdict = Verdict();
    all_ended.notify_all();
  }
  // Without `joined` the owner may be gone: nothing of the task is touched any more.
  if (joined) joined(std::move(verdict));
}

Status ChildScope::State::Verdict() const {
  Status verdict;
  if (!unconfirmed.empty()) {  // a failure of the server's that passes, not a fault of its code
    verdict = Status(503, "node_disconnected_exception", unconfirmed).WithCode(Code::kUnconfirmed);
  }
  verdict.Update(task.Checkpoint());
  verdict.Update(first_failure);
  return verdict;
}

// Left with children that nobody joined: they are stopped first, and told why.
void ChildScope::State::Leave() {
  std::unique_lock lock(mutex);
  when_joined = nullptr;
  if (!children.empty()) {
    const Status failure = first_failure;
    lock.unlock();
    if (const auto of_task = task.stop()) {
      StopChildren(PassOn(*of_task));
    } else if (failure.ok()) {
      StopChildren({.cause = StopCause::kAbandoned, .reason = "parent returned early"});
    } else {
      StopChildren({.cause = StopCause::kSiblingFailed, .reason = failure.reason()});
    }
    lock.lock();
    Waiting waiting(task, "children");
    all_ended.wait(lock, [this] { return children.empty(); });
  }
  lock.unlock();
  on_task_stop.reset();
}

ChildScope::ChildScope(TaskContext& task) : state_(std::make_shared<State>(task)) {
  assert(!OnLeafThread() && "a pool of leaves runs code that owns no children");
  // On the canceller's thread: a short lock of ours, then posts. It never waits.
  state_->on_task_stop.emplace(task.stop_token(), [state = state_.get()] {
    state->StopChildren(PassOn(*state->task.stop()));
  });
}

ChildScope::~ChildScope() { state_->Leave(); }

bool ChildScope::Start(Peer& peer, StartRequest request, CallEvents events) {
  return state_->Start(peer, std::move(request), std::move(events));
}

void ChildScope::StopChildren(Stop stop) { state_->StopChildren(std::move(stop)); }

Status ChildScope::Join() {
  Waiting waiting(state_->task, "children");
  std::unique_lock lock(state_->mutex);
  state_->all_ended.wait(lock, [this] { return state_->children.empty(); });
  return state_->Verdict();
}

void ChildScope::WhenJoined(std::function<void(Status)> joined) {
  Status verdict;
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->children.empty()) {
      state_->when_joined = std::move(joined);
      return;
    }
    verdict = state_->Verdict();
  }
  joined(std::move(verdict));
}

}  // namespace tasks
