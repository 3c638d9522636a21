// actions/reroute/reroute.h
//
// What the operator orders about single shards, `cluster:admin/reroute`: going on with a shard
// whose data were lost, wholly (allocate_empty_primary) or in part (allocate_stale_primary). And
// why a shard is unassigned, `cluster:monitor/allocation/explain`.
//
// Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/cluster_health/copies.h"
#include "actions/run_change.h"

namespace actions::reroute {

inline constexpr std::string_view kReroute = "cluster:admin/reroute";
inline constexpr std::string_view kExplain = "cluster:monitor/allocation/explain";

struct Command {
  enum class Kind : std::uint8_t { kStalePrimary, kEmptyPrimary };
  Kind kind = Kind::kStalePrimary;
  std::string index;
  int shard = -1;
  std::string node;  // name or id
  bool accept_data_loss = false;
};

// 400 for what is none, or is one that OpenSearch has and this version does not.
base::Result<std::vector<Command>> ParseCommands(const tasks::TaskContext& task,
                                                 const std::string& body);

std::string_view NameOf(Command::Kind kind);

// Carries `commands` out in one change of the metadata: all of them or, with the first that is
// refused, none. With `explain` one that is refused is left out, and says why.
struct Options {
  bool dry_run = false;
  bool explain = false;
};
struct Explanation {
  Command command;
  bool carried_out = false;
  std::string why;
};
struct Rerouted {
  Acknowledged acknowledged;
  std::vector<Explanation> explanations;  // of each command, in order
};
using RerouteDone = std::function<void(const base::Result<Rerouted>& rerouted)>;
void Run(Node& node, tasks::RunningTask task, std::vector<Command> commands, Options options,
         RerouteDone done);

struct Explained {
  cluster::IndexPtr index;
  cluster_health::ShardCopy copy;
  std::string home;  // node id of where the shard's data are; empty: nowhere
};
struct Asked {
  std::string index;
  int shard = 0;
  bool primary = true;
};
// Without a question the first unassigned copy, primaries first; 400 if there is none.
base::Result<Explained> Explain(const Node& node, const std::optional<Asked>& asked);

}  // namespace actions::reroute
