// tasks/peer.h
//
// A Peer is the way to one node, our own included; a Call is one child over there. The messages of
// a call are ordered: Start before Cancel on the way out; Started, Progress, exactly one End on the
// way back. So a cancel can neither overtake its child nor miss it.
//
// tasks/ only names what it needs. LocalPeer is the own node, transport/ brings the others, and
// test/support has one that delays, freezes and loses nodes.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tasks/task_types.h"

namespace tasks {

// What a parent sends a child beyond the head of its payload: chunks, in order, made when they are
// asked for, so a large request is never in memory whole. Between nodes the receiver's credits ask
// (at most 256 KB unacknowledged a stream); on the own node the child itself does.
// Threads: one caller at a time. Lives as long as the call.
class PayloadSource {
 public:
  virtual ~PayloadSource() = default;
  // The next chunk (at most about 256 KB unless one operation is larger); nullopt at the end.
  virtual base::Result<std::optional<std::string>> Next() = 0;
  // Whether that may wait for a disk.
  virtual bool MayWait() const { return true; }
};

struct StartRequest {
  std::string_view action;  // static storage
  TaskClass task_class = TaskClass::kClient;
  TaskId parent;
  OriginPtr origin;
  std::optional<std::int64_t> deadline_left_millis;  // clocks differ: what is left travels
  std::uint64_t incarnation = 0;                     // of the caller
  // Sent: the parent's, which bounds the child's (docs/design/0011). Received: of the session it
  // came by, so bounded. Null: the whole chain is on this node.
  std::shared_ptr<const Lease> lease;
  OperationToken token;
  std::string payload;                    // the action's own format
  std::shared_ptr<PayloadSource> stream;  // null if `payload` is all
};

class Call {
 public:
  virtual ~Call() = default;

  // Asks the child to stop. Posts and returns, so a stop callback may call it. Harmless after End.
  virtual void Cancel(const Stop& stop) = 0;
};

// What a caller hears of its child: on another thread, under no lock of ours, one at a time.
struct CallEvents {
  // For a child on the own node, which may act before Start() returns: called from within Start(),
  // before the child's first step, with what Start() will return. May be null.
  std::function<void(const std::shared_ptr<Call>&)> on_call = nullptr;
  std::function<void(const TaskId&)> on_started;        // may be null
  std::function<void(const std::string&)> on_progress;  // may be null; the action's own format
  std::function<void(const End&)> on_end;
  // Of a child on the own node: the others, too, may come before Start() returns, on its thread or
  // another one. Saves a way over the loop; the caller holds nothing that they need.
  bool at_once = false;
};

class Peer {
 public:
  virtual ~Peer() = default;

  virtual const std::string& node_id() const = 0;

  // Starts the action over there as a task. `on_end` is called exactly once, also when the node is
  // lost: Unconfirmed, once nothing new can begin there. Calls only `on_call` from within Start(),
  // unless the events may come at once.
  virtual std::shared_ptr<Call> Start(StartRequest request, CallEvents events) = 0;
};

}  // namespace tasks
