// tasks/task_types.h
//
// The words of the heart: who a task is, for whom it runs, why it stops, how it ends. Plain values.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "base/status.h"

namespace tasks {

// `<nodeId>:<number>`. Numbers never repeat on a node and stay below 2^53.
struct TaskId {
  std::string node;
  std::int64_t number = -1;

  // As OpenSearch: `anything:-1` counts as not set.
  bool set() const { return number != -1; }
  std::string ToString() const;  // "unset" if not set
  // "", "unset" -> not set; else 400 "malformed task id …".
  static base::Result<TaskId> Parse(std::string_view text);

  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

// A request and its descendants, or work the node owns: merges, recovery, refresh.
enum class TaskClass : std::uint8_t { kClient, kBackground };

// kDirect: a child its own node started here; the wire's words are in TypeName().
enum class TaskType : std::uint8_t { kTransport, kDirect, kPersistent };
std::string_view TypeName(TaskType type);

enum class StopCause : std::uint8_t {
  kUser,
  kParent,
  kDeadline,
  kClientGone,
  kSiblingFailed,
  kAbandoned,
  kShutdown,
  kBackpressure,
  kPolicy
};
std::string_view CauseName(StopCause cause);  // "user", "client_gone", …

struct Stop {
  StopCause cause = StopCause::kUser;
  std::string reason{};  // the root's, unchanged on its way down
  std::string by{};      // user name, or the remote address it came from; empty if the node itself
  std::int64_t at_wall_millis = 0;  // of the first request; filled in by RequestStop() if 0
  std::int64_t at_nanos = 0;        // likewise, Clock::MonotonicNanos()
};

// What a cancel has stopped.
struct StoppedOthers {
  static constexpr std::size_t kNamed = 100;

  std::int64_t count = 0;
  std::vector<TaskId> tasks;  // the first kNamed of them

  void Write(base::json::Writer& out) const;  // a member of an object, "stopped_others"
};

// kUnconfirmed never travels: the caller says it of a child whose node is lost.
enum class Outcome : std::uint8_t { kDone, kCancelled, kFailed, kUnconfirmed };
std::string_view OutcomeName(Outcome outcome);

// How one unit of writing ended. kDone is durable, kNotDone never becomes visible, kUnknown: the
// journal's answer or a peer was lost.
enum class UnitOutcome : std::uint8_t { kDone, kNotDone, kUnknown };

// How a task ended. A result may accompany any outcome: a cancelled shard tells what it wrote.
struct End {
  End() = default;
  // The child's work never began: refused, never sent, or stopped before its first line.
  static End NeverBegan(base::Status why) {
    End end(std::move(why));
    end.never_began = true;
    return end;
  }
  explicit End(base::Status why, std::optional<std::string> what = std::nullopt)
      : outcome(OutcomeOf(why.code())), result(std::move(what)), error(std::move(why)) {}

  static Outcome OutcomeOf(base::Code code) {
    if (code == base::Code::kOk) return Outcome::kDone;
    if (code == base::Code::kCancelled) return Outcome::kCancelled;
    return code == base::Code::kUnconfirmed ? Outcome::kUnconfirmed : Outcome::kFailed;
  }

  Outcome outcome = Outcome::kDone;
  std::optional<std::string> result;  // bytes of the action's own format
  base::Status error;                 // OK if there is none
  bool never_began = false;           // false also if nobody can say
};

// For whom work is done. Shared by a request's whole tree, on every node.
struct Origin {
  std::vector<std::pair<std::string, std::string>> headers;  // X-Opaque-Id, X-Request-Id
  std::string user;            // authenticated name; empty on loopback
  std::string remote_address;  // of the client, "127.0.0.1:51234"

  std::string_view Who() const { return user.empty() ? remote_address : user; }
  bool IsFrom(std::string_view who) const;  // Who(), or an address of it without the port
  std::string_view Header(std::string_view name) const;  // "" if absent
};
using OriginPtr = std::shared_ptr<const Origin>;

// Names one chunk of a request's writing, so that a retry gets the stored outcome.
struct OperationToken {
  TaskId task;
  std::uint32_t chunk = 0;
};

// Until when a node may begin effects for a caller elsewhere. The session moves it on; Seal()
// compares it with the clock itself, so a process that wakes from a freeze begins nothing.
struct Lease {
  std::atomic<std::int64_t> valid_until_boot_nanos{INT64_MAX};
};

// What a task kind shows as its `status` object. Called on any thread while the task runs.
class StatusView {
 public:
  virtual ~StatusView() = default;
  virtual void Write(base::json::Writer& out) const = 0;  // one JSON object
};

// {"phase":"…"}: the status of every replication task.
class ReplicationStatus final : public StatusView {
 public:
  void Set(const char* phase) { phase_.store(phase, std::memory_order_relaxed); }
  void Write(base::json::Writer& out) const override;

 private:
  std::atomic<const char*> phase_{"starting"};  // static strings
};

// What is fixed when a task is registered.
struct TaskSpec {
  std::string_view action;  // static storage
  TaskType type = TaskType::kTransport;
  TaskClass task_class = TaskClass::kClient;
  bool cancellable = true;
  std::string_view not_cancellable_because;  // static storage; shown by `extended`
  TaskId parent;
  // Null: the wire shows no description at all (as OpenSearch's ClusterAdminTask).
  std::optional<std::string> description = std::string();
  std::vector<std::string> indices;  // for the `index=` filter; text to us
  OriginPtr origin;                  // null: the node itself
  std::shared_ptr<const StatusView> status;
  std::optional<std::int64_t> deadline_nanos;  // Clock::MonotonicNanos()
  OperationToken token;
  std::shared_ptr<const Lease> lease;  // null: the caller is this process
};

}  // namespace tasks
