// tasks/run/local_peer.h
//
// The own node as a Peer, and the table of what can be started on it. A remote Start, too, ends in
// ActionTable::Begin(): local and remote children take one path.
//
// Lifetime: made by server/, outlive every task. Threads: Add() before the first Start; others any.

#pragma once

#include <atomic>
#include <map>

#include "tasks/peer.h"
#include "tasks/task_registry.h"

namespace tasks {

// The child's side of a call. Ending the RunningTask sends End.
class Inbound {
 public:
  virtual ~Inbound() = default;
  virtual const StartRequest& request() const = 0;
  // Whether chunks follow the head; from another node, too, whose source is not in the request.
  virtual bool streamed() const = 0;
  // The next chunk of the stream, nullopt at its end; Cancelled if the task has to stop first.
  virtual base::Result<std::optional<std::string>> Next(TaskContext& task) = 0;
  // Whether that may wait: for another node, or for a disk.
  virtual bool MayWait() const { return streamed(); }
  // Tells the caller what has been done so far; ordered before End.
  virtual void Progress(std::string bytes) = 0;
};

// Where an action starts children: a task that has none on other nodes is certainly over when its
// node is.
enum class Reach : bool { kOwnNode, kAnyNode };

// Whether an action may begin before its node is ready: it needs nothing but the node itself.
enum class Early : bool { kNo, kYes };

class ActionTable {
 public:
  // Works on `task`, now or later, on whatever thread, and finishes it. Must not block: leaves go
  // to a ThreadPool, work that waits for children is a state machine.
  using Handler = std::function<void(RunningTask task, std::shared_ptr<Inbound> inbound)>;
  // Fills in what the task shows from its request: description, status, indices, cancellable.
  using Describe = std::function<void(const StartRequest& request, TaskSpec& spec)>;

  void Add(std::string_view action, Describe describe, Handler handler,
           Reach reach = Reach::kAnyNode, Early early = Early::kNo);
  // From now on until Open(), only what is Early begins; all else is refused unbegun, because of
  // `why`. Before the first Start.
  void HoldBack(base::Status why);
  void Open() { open_.store(true, std::memory_order_release); }
  // kAnyNode of an action that is not known.
  Reach ReachOf(std::string_view action) const;

  // Registers the child and hands it to its handler; its end goes to `on_end` after it has left
  // the list. An unknown action, one held back, or a registry that refuses, is an End too.
  // `started` gets the child (null if refused) before its handler runs.
  void Begin(TaskRegistry& registry, TaskType type, std::shared_ptr<Inbound> inbound,
             const std::function<void(const TaskPtr&)>& started,
             std::function<void(const End&)> on_end);

 private:
  struct Entry {
    Describe describe;
    Handler handler;
    Reach reach;
    Early early;
  };
  std::map<std::string, Entry, std::less<>> entries_;  // constant once the first call has come
  base::Status held_back_because_;                     // constant once the first call has come
  std::atomic<bool> open_ = true;
};

class LocalPeer final : public Peer {
 public:
  // `loop` delivers what must not be called from within Start().
  LocalPeer(TaskRegistry& registry, ActionTable& actions, Poster& loop)
      : registry_(registry), actions_(actions), loop_(loop) {}

  const std::string& node_id() const override { return registry_.node_id(); }
  std::shared_ptr<Call> Start(StartRequest request, CallEvents events) override;

 private:
  TaskRegistry& registry_;
  ActionTable& actions_;
  Poster& loop_;
};

}  // namespace tasks
