// tasks/child_scope.h
//
// A ChildScope is the only way to start a child, here or elsewhere. It passes its task's stop on
// and does not let go before the last child has ended: a task that has ended has no living
// descendants. Left without Join() it first stops them: one failure must not become a long wait.
//
// Lifetime: a local of the work, declared after whatever the children's callbacks touch; or, for
// work that holds no thread, a member of its state, which WhenJoined() outlives.
// Threads:  Start(), Join(), WhenJoined() and the destructor on the owner's; StopChildren() on any.
// Not on the threads of a sized pool: those run leaves (asserted).

#pragma once

#include <functional>
#include <memory>

#include "tasks/peer.h"
#include "tasks/task_context.h"

namespace tasks {

class ChildScope {
 public:
  explicit ChildScope(TaskContext& task);
  ~ChildScope();
  ChildScope(const ChildScope&) = delete;
  ChildScope& operator=(const ChildScope&) = delete;

  // Starts a child on `peer`; false, and no event will come, once the task or this scope is
  // stopping. Class, parent, origin, deadline and lease of `request` are filled in from the task.
  bool Start(Peer& peer, StartRequest request, CallEvents events);

  // Asks the children to stop, while the task itself may go on. The first stop wins.
  void StopChildren(Stop stop);

  // Returns when every child has ended and its `on_end` has returned. In this order: Unconfirmed
  // naming every lost child, Cancelled if the task has to stop, the first failure, OK.
  base::Status Join();

  // The same without holding a thread: `joined` runs once, on the thread of the last child's end
  // or at once on this one. No Start() after it. `joined` may destroy the scope; a scope that is
  // destroyed before forgets it.
  void WhenJoined(std::function<void(base::Status)> joined);

 private:
  struct State;  // shared with the callbacks of the calls
  const std::shared_ptr<State> state_;
};

}  // namespace tasks
