// actions/node_stats/figures.h
//
// What only a node itself knows: what its machine and process use, what is in its shards, how its
// tasks fare. And how this travels to a node that asks.
//
// Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actions/node_stats/host.h"
#include "actions/shards/shard_activity.h"
#include "base/result.h"
#include "tasks/record/cancel_metrics.h"

namespace actions::node_stats {

// Which of it is wanted; what is not stays empty.
struct Parts {
  bool host = false;        // machine, process, pools, breakers, connections
  bool shards = false;      // what is in them and what is done with them, commits
  bool each_shard = false;  // not only all of them together
  bool cancels = false;     // late tasks, histograms
  bool settings = false;
  bool usage = false;

  bool any() const { return host || shards || cancels || settings || usage; }
};

struct PoolFigures {
  std::string name;
  bool scaling = false;  // has threads as it needs them
  std::int64_t threads = 0, queue = 0, active = 0, rejected = 0, largest = 0, completed = 0;
  std::int64_t max_threads = 0, max_queue = 0;
};

struct BreakerFigures {
  std::string name;
  std::int64_t limit = 0, estimated = 0, tripped = 0;
};

// Of a shard, or of several.
struct ShardFigures {
  std::int64_t documents = 0, deleted = 0, bytes = 0;
  std::int64_t unrefreshed = 0;          // operations that the last refresh does not show yet
  std::int64_t leaving = 0, coming = 0;  // relocations
  std::int64_t max_seq_no = -1;          // of one shard
  ActivityFigures activity;

  void Add(const ShardFigures& other);
};

// By the index's uuid and the shard's number, "<uuid>/0".
using FiguresByShard = std::map<std::string, ShardFigures>;
std::string KeyOfShard(std::string_view index_uuid, int number);

// Some of the shards of a node.
struct NodeShards {
  std::string data_path;
  FiguresByShard shards;
};

// Of the node's HTTP server.
struct Connections {
  std::int64_t current_open = 0, total_opened = 0;
};

// What clients have asked for.
struct Usage {
  std::int64_t since_millis = 0;  // when the counting began
  std::map<std::string, std::int64_t> rest_actions;
};

struct NodeFigures {
  std::int64_t wall_millis = 0;  // when it looked
  HostFigures host;
  std::string data_path;
  std::int64_t max_content_length = 0;
  std::int64_t write_buffer = 0;                // bytes
  std::map<std::string, std::string> settings;  // as `_nodes` shows them
  std::vector<PoolFigures> pools;
  std::vector<BreakerFigures> breakers;
  Connections http;
  Usage usage;
  ShardFigures shards;  // of all that are there now
  FiguresByShard by_shard;
  tasks::Histogram commits;                    // of these
  std::int64_t late_now = 0, late_in_all = 0;  // searches on shards that run on after their cancel
  tasks::CancelMetrics::Snapshot cancels;
};

std::string Encode(const Parts& parts);
base::Result<Parts> DecodeParts(std::string_view bytes);
std::string Encode(const NodeShards& shards);
base::Result<NodeShards> DecodeNodeShards(std::string_view bytes);
std::string Encode(const NodeFigures& figures);
base::Result<NodeFigures> DecodeFigures(std::string_view bytes);

}  // namespace actions::node_stats
