// actions/cluster_health/health.h
//
// How the cluster is: which shards have their copies. And a wait until it is better,
// `cluster:monitor/health`, which holds no thread.
//
// Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"

namespace actions::cluster_health {

enum class Color : std::uint8_t { kGreen, kYellow, kRed };
std::string_view ColorName(Color color);

struct ShardHealth {
  Color color = Color::kGreen;
  bool primary_active = true;
  int active = 0, relocating = 0;
  int unassigned = 0;
};

struct IndexHealth {
  std::string name;
  Color color = Color::kGreen;
  int shards = 0, replicas = 0;
  int active_primaries = 0, active = 0, relocating = 0, unassigned = 0;
  std::vector<ShardHealth> of_shard;
};

struct Health {
  Color color = Color::kGreen;
  bool timed_out = false;
  int nodes = 0, data_nodes = 0;
  bool has_manager = false;
  int active_primaries = 0, active = 0, relocating = 0, unassigned = 0;
  double active_percent = 100;  // of all shards of the cluster
  std::vector<IndexHealth> indices;
  // What keeps the cluster, or this node, from working as it should, a sentence each.
  std::vector<std::string> problems;
};

// Of the indices in `names`, which must be there.
Health HealthOf(const Node& node, const std::vector<std::string>& names);

// What a wait is for; everything that is set.
struct Wish {
  std::optional<Color> at_least;         // this colour or a better one
  std::function<bool(int nodes)> nodes;  // may be empty
  std::optional<int> active_shards;      // -1: all
  bool none_relocating = false;
  std::vector<std::string> indices;  // expressions; those that are plain names must be there
  cluster::IndexOptions options;
  std::int64_t timeout_millis = 30'000;  // negative: no limit
};

// `done` runs once, with the health when the wish has come true, or timed_out, or why it ended
// early. The returned task may be stopped; null if it could not begin.
using HealthDone = std::function<void(base::Result<Health>)>;
tasks::TaskPtr Await(Node& node, Wish wish, tasks::OriginPtr origin, HealthDone done);

}  // namespace actions::cluster_health
