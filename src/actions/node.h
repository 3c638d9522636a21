// actions/node.h
//
// Everything an action may use of the node it runs on. Made and taken down by server/, which is the
// only place that knows all; actions get it by reference.
//
// Lifetime: outlives every task. Threads: its members say.

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "actions/shards/shard_table.h"
#include "cluster/cluster_service.h"
#include "tasks/child_scope.h"
#include "tasks/memory/memory_account.h"
#include "tasks/record/cancel_metrics.h"
#include "tasks/record/history.h"
#include "tasks/run/after_end.h"
#include "tasks/run/local_peer.h"
#include "tasks/run/loop.h"
#include "tasks/run/thread_pool.h"
#include "tasks/task_registry.h"

namespace actions {

namespace tasks_stream {
class Feed;
}

// How a cancelled task without a status object shows its status (tasks.cancel.status_format), in
// the order of cluster::kStatusFormats. kAuto: as text, but not to clients that cannot read it.
enum class StatusFormat : std::uint8_t { kAuto, kString, kObject, kNone };

// How far a pool may grow.
struct PoolBounds {
  std::int64_t threads = 0, queue = 0;
};

// Constant after start.
struct NodeSettings {
  std::string data_path;
  StatusFormat cancel_status_format = StatusFormat::kAuto;
  std::int64_t fanout_timeout_millis = 1000;              // tasks.fanout_timeout: cancels
  std::int64_t list_timeout_millis = 5000;                // lists
  std::int64_t history_min_running_millis = 1000;         // tasks.history.min_running_time
  std::size_t stream_max_readers = 10'000;                // tasks.stream.max_readers
  std::int64_t parents_first_millis = 50;                 // how long a child waits for their stop
  std::int64_t task_cancellation_interval_millis = 5000;  // shown; nothing is sampled
  std::int64_t result_retention_millis = -1;        // tasks.result_retention; negative: for ever
  bool auto_create_index = true;                    // action.auto_create_index
  bool destructive_requires_name = false;           // action.destructive_requires_name
  std::uint64_t max_content_length = 100ull << 20;  // http.max_content_length
  std::size_t bulk_memory_bytes = 8 << 20;          // of one body; more is spilled to a file
  tasks::MemoryAccount::Limits memory;              // of the node's account
  cluster::OwnSettings shared;                      // all that the cluster's override
  std::int64_t write_buffer_bytes = 0;              // store.write_buffer
  std::map<std::string, PoolBounds> pool_bounds;    // by the pool's name
  // What `_nodes` shows: the settings that were set, without secrets, and what OpenSearch adds.
  std::map<std::string, std::string> shown;
};

// The ways to the nodes of the cluster, by node id. Null: that node is not known.
class Peers {
 public:
  virtual ~Peers() = default;
  virtual tasks::Peer* Find(const std::string& node_id) = 0;
  // The same node, for what moves much data and is in no hurry.
  virtual tasks::Peer* FindForCopies(const std::string& node_id) { return Find(node_id); }
};

struct Pools {
  tasks::ThreadPool& coordinator;  // may own children
  tasks::ThreadPool& write;        // leaves from here on
  tasks::ThreadPool& get;
  tasks::ThreadPool& generic;     // what waits for the disk or the cluster's state
  tasks::ThreadPool& management;  // what the cluster is and does: never waits for a disk
  tasks::ThreadPool& task_api;    // lists and cancels: nor for anything but each other
};

struct Node {
  const NodeSettings& settings;
  const base::Clock& clock;
  tasks::TaskRegistry& registry;
  tasks::ActionTable& action_table;
  tasks::Loop& loop;
  tasks::Loop& disk;  // reads and writes files where an I/O thread must not wait for the disk
  tasks::History& history;
  tasks::CancelMetrics& metrics;
  Pools pools;
  Peers& peers;
  cluster::ClusterService& cluster;
  journal::NodeStore& store;
  ShardTable& shards;
  tasks_stream::Feed& stream;
  tasks::AfterEnd* after_end = nullptr;  // null: results are not kept

  // The node's own Peer, which children on this node are started through.
  tasks::Peer& self() const { return *peers.Find(registry.node_id()); }
};

// Names of OpenSearch's actions that more than one place needs; static storage.
namespace names {
inline constexpr std::string_view kBulk = "indices:data/write/bulk";
inline constexpr std::string_view kBulkShard = "indices:data/write/bulk[s]";
inline constexpr std::string_view kBulkPrimary = "indices:data/write/bulk[s][p]";
inline constexpr std::string_view kIndex = "indices:data/write/index";
inline constexpr std::string_view kDelete = "indices:data/write/delete";
inline constexpr std::string_view kUpdate = "indices:data/write/update";
inline constexpr std::string_view kUpdateShard = "indices:data/write/update[s]";
inline constexpr std::string_view kGet = "indices:data/read/get";
inline constexpr std::string_view kGetShard = "indices:data/read/get[s]";
inline constexpr std::string_view kMultiGet = "indices:data/read/mget";
inline constexpr std::string_view kMultiGetShard = "indices:data/read/mget[shard]";
inline constexpr std::string_view kSearch = "indices:data/read/search";
inline constexpr std::string_view kCreateIndex = "indices:admin/create";
inline constexpr std::string_view kDeleteIndex = "indices:admin/delete";
inline constexpr std::string_view kPutMapping = "indices:admin/mapping/put";
inline constexpr std::string_view kUpdateSettings = "indices:admin/settings/update";
inline constexpr std::string_view kAutoCreate = "indices:admin/auto_create";
inline constexpr std::string_view kAutoPutMapping = "indices:admin/mapping/auto_put";
inline constexpr std::string_view kTasksList = "cluster:monitor/tasks/lists";
inline constexpr std::string_view kTasksListNode = "cluster:monitor/tasks/lists[n]";
inline constexpr std::string_view kTaskGet = "cluster:monitor/task/get";
inline constexpr std::string_view kTasksCancel = "cluster:admin/tasks/cancel";
inline constexpr std::string_view kTasksCancelNode = "cluster:admin/tasks/cancel[n]";
}  // namespace names

}  // namespace actions
