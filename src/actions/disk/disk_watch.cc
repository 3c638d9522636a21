#include "actions/disk/disk_watch.h"

#include <algorithm>
#include <set>

#include "actions/node_stats/ask.h"
#include "base/log.h"
#include "base/log/state_throttle.h"
#include "cluster/index/index_blocks.h"
#include "cluster/records.h"
#include "cluster/settings/cluster_settings.h"
#include "cluster/settings/disk_watermarks.h"

namespace actions::disk {

using base::Result;
using base::Status;
using cluster::ClusterService;
using cluster::DiskWatermarks;

namespace {

// Between the end of one and the begin of the next; at least as long as the last one took.
constexpr std::int64_t kReclaimPause = 1'000'000'000, kLongestReclaimPause = 60'000'000'000;

enum class Stage : std::uint8_t { kRoom, kLow, kHigh, kFlood };

std::string_view NameOf(Stage stage) {
  switch (stage) {
    case Stage::kRoom:
      return "below the low watermark";
    case Stage::kLow:
      return "above the low watermark";
    case Stage::kHigh:
      return "above the high watermark";
    case Stage::kFlood:
      return "above the flood stage: all indices on this node are read-only";
  }
  return "";
}

// Of any node's disk. A node whose store is full refuses documents, whatever the watermarks say: a
// small disk keeps more.
Stage StageOf(const DiskWatermarks& marks, const journal::DiskSpace& space, bool store_is_full) {
  if (!marks.enabled) return Stage::kRoom;
  if (store_is_full) return Stage::kFlood;
  const auto [total, available] = space;
  if (total == 0) return Stage::kRoom;
  if (available < marks.flood.FreeBytes(total)) return Stage::kFlood;
  if (available < marks.high.FreeBytes(total)) return Stage::kHigh;
  return available < marks.low.FreeBytes(total) ? Stage::kLow : Stage::kRoom;
}

bool IsBlocked(const cluster::IndexMetadata& index) {
  return cluster::BoolSetting(index.settings, cluster::kFloodBlock);
}

bool HasShardOn(const cluster::IndexMetadata& index, const std::string& node) {
  return std::ranges::find(index.shard_nodes, node) != index.shard_nodes.end();
}

}  // namespace

struct DiskWatch::Impl : std::enable_shared_from_this<Impl> {
  Impl(Node& node_in, journal::DiskRoom& room_in, Options options_in)
      : node(node_in), room(room_in), options(options_in), loop(node.clock) {}

  void LookAgain();
  void Look();
  Stage Measure();
  void Tell(Stage stage, const journal::DiskSpace& space);
  void TellBlocked(bool blocked);
  void Block(const cluster::ClusterState& state);
  void AskOthers(const cluster::ClusterState& state);
  void Release(const std::set<std::string>& nodes_with_room);
  enum class Room : std::uint8_t { kOfDiscardedShards, kAll };
  void Reclaim(Room which);
  Status ReclaimFor(tasks::TaskContext& task, Room which);
  void ReadMarks();
  using Select = std::function<bool(const cluster::IndexMetadata&)>;
  void Change(std::string_view action, std::string description, const Select& select, bool block);
  void Report(const cluster::ClusterState& state);
  // One write of the cluster's metadata, as a task.
  using Write = std::function<Status(tasks::TaskContext&)>;
  void ChangeCluster(std::string_view action, const std::string& description, const Write& write);

  Node& node;
  journal::DiskRoom& room;
  const Options options;
  // The rest is the loop's.
  DiskWatermarks marks;
  std::string misfit;  // what was told of it
  base::log::StateThrottle<Stage> stages{node.clock, Stage::kRoom};
  base::log::StateThrottle<bool> blocks{node.clock, false};
  base::log::LogThrottle failures{node.clock};
  Stage stage = Stage::kRoom;
  std::int64_t released_at = 0;  // when it was last tried
  Stage reported = Stage::kRoom;
  std::int64_t reported_at = 0;  // when it was last tried
  std::atomic<bool> reclaiming{false};
  std::atomic<std::int64_t> next_reclaim{0};
  // Of the task that reclaims, one at a time.
  std::int64_t reclaim_pause = kReclaimPause;
  std::uint64_t reclaimed_writes = 0;  // of the store, when its room was last given back
  std::atomic<std::uint64_t> reclaimed_discards{0};  // likewise
  tasks::Loop loop;                                  // last
};

// Tells once that not all that is set is in force.
void DiskWatch::Impl::ReadMarks() {
  auto in_force = DiskWatermarks::Of(*node.cluster.state(), node.settings.shared);
  marks = std::move(in_force.marks);
  const std::string before = std::exchange(misfit, in_force.misfit.reason());
  if (misfit.empty() || misfit == before) return;
  base::log::Warn("disk", "watermarks that do not fit together were ignored",
                  {{"error", in_force.misfit},
                   {"low", marks.low.text()},
                   {"high", marks.high.text()},
                   {"flood_stage", marks.flood.text()}});
}

Stage DiskWatch::Impl::Measure() {
  ReadMarks();
  node.store.CheckCompactions();
  journal::DiskSpace space = room.Look();
  room.SetFloodBytes(marks.enabled ? marks.flood.FreeBytes(space.total) : 0);
  space = room.Look();
  const Stage now = StageOf(marks, space, room.full());
  Tell(now, space);
  return now;
}

void DiskWatch::Impl::Tell(Stage now, const journal::DiskSpace& space) {
  const Stage before = stages.logged();
  if (!stages.Pass(now)) return;
  base::log::Write(now > before ? base::log::Level::kWarn : base::log::Level::kInfo, "disk",
                   "disk usage has crossed a watermark",
                   {{"now", NameOf(now)},
                    {"path", node.settings.data_path},
                    {"total", space.total},
                    {"available", space.available},
                    {"low", marks.low.text()},
                    {"high", marks.high.text()},
                    {"flood_stage", marks.flood.text()}});
}

void DiskWatch::Impl::TellBlocked(bool blocked) {
  if (!blocks.Pass(blocked)) return;
  if (!blocked)
    return base::log::Info("disk", "indices with shards on this node are writable again");
  base::log::Warn("disk", "indices with shards on this node were made read-only");
}

void DiskWatch::Impl::Look() {
  const Stage before = std::exchange(stage, Measure());
  if (!node.store.trouble().error.empty()) node.store.TryAgain();
  if (stage == Stage::kFlood) Block(*node.cluster.state());
  const cluster::StatePtr state = node.cluster.state();
  const bool blocked = std::ranges::any_of(state->indices, [&](const auto& entry) {
    return IsBlocked(*entry.second) && HasShardOn(*entry.second, state->local_id);
  });
  TellBlocked(blocked);
  Report(*state);
  const std::int64_t now = node.clock.MonotonicNanos();
  if (blocked && stage < Stage::kHigh &&
      (before >= Stage::kHigh || now - released_at >= marks.interval_nanos)) {
    released_at = now;
    AskOthers(*state);
  }
  if (now < next_reclaim) return;
  if (room.full() || (blocked && stage >= Stage::kHigh)) {
    Reclaim(Room::kAll);
  } else if (stage >= Stage::kLow && node.store.stats().discards != reclaimed_discards) {
    Reclaim(Room::kOfDiscardedShards);
  }
}

// One write of the metadata for all of them; none if nothing has to change.
void DiskWatch::Impl::Change(std::string_view action, std::string description, const Select& select,
                             bool block) {
  const auto mutate = [&](cluster::ClusterState& state) -> Result<ClusterService::Changes> {
    ClusterService::Changes changes;
    for (auto& [name, index] : state.indices) {
      if (IsBlocked(*index) == block || !select(*index)) continue;
      auto next = std::make_shared<cluster::IndexMetadata>(*index);
      if (block) {
        next->settings[std::string(cluster::kFloodBlock)] = "true";
      } else {
        next->settings.erase(std::string(cluster::kFloodBlock));
      }
      index = std::move(next);
      changes.push_back(cluster::IndexRecord(*index));
    }
    return changes;
  };
  ChangeCluster(action, description,
                [&](tasks::TaskContext& task) { return node.cluster.Apply(task, mutate); });
}

// Other nodes place shards by it. A disk that has become less full is reported only after an
// interval: it may be full again in a second.
void DiskWatch::Impl::Report(const cluster::ClusterState& state) {
  const auto local = state.nodes.find(state.local_id);
  if (state.nodes.size() < 2 || local == state.nodes.end()) return;
  const std::int64_t now = node.clock.MonotonicNanos();
  if (local->second.disk_stage == static_cast<int>(stage)) return;
  if (stage <= reported && now - reported_at < marks.interval_nanos) return;
  reported = stage;
  reported_at = now;
  ChangeCluster("internal:disk/report", "the node reports which watermarks its disk is above",
                [&](tasks::TaskContext& task) {
                  return node.cluster.PutDiskStage(task, static_cast<int>(stage));
                });
}

void DiskWatch::Impl::ChangeCluster(std::string_view action, const std::string& description,
                                    const Write& write) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = "it is one write of the cluster's metadata";
  spec.description = description;
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return;  // the node is shutting down
  const Status changed = write(**task);
  std::move(*task).Finish(tasks::End(changed));
  if (changed.ok()) return;
  if (const auto kept_back = failures.Pass())
    base::log::Warn("disk", "what follows from the disk's usage could not be written, will retry",
                    {{"change", description}, {"error", changed}, {"kept_back", *kept_back}});
}

void DiskWatch::Impl::Block(const cluster::ClusterState& state) {
  const auto select = [local = state.local_id](const cluster::IndexMetadata& index) {
    return HasShardOn(index, local);
  };
  const bool all = std::ranges::all_of(state.indices, [&](const auto& entry) {
    return IsBlocked(*entry.second) || !select(*entry.second);
  });
  if (all) return;
  Change("internal:disk/block", "indices are made read-only, the disk is above the flood stage",
         select, true);
}

// The nodes that hold shards of blocked indices must have room themselves; one that does not answer
// keeps its indices blocked.
void DiskWatch::Impl::AskOthers(const cluster::ClusterState& state) {
  std::set<std::string> others;
  for (const auto& [name, index] : state.indices) {
    if (!IsBlocked(*index) || !HasShardOn(*index, state.local_id)) continue;
    others.insert(index->shard_nodes.begin(), index->shard_nodes.end());
  }
  others.erase(state.local_id);
  others.erase("");  // of shards that have no node yet
  if (others.empty()) return Release({state.local_id});
  node_stats::Question question{.about = node_stats::About::kStats, .parts = {.host = true}};
  question.nodes.assign(others.begin(), others.end());
  node_stats::Ask(node, std::move(question),
                  [weak = weak_from_this(), local = state.local_id,
                   marks = marks](const Result<node_stats::Answer>& answer) {
                    const std::shared_ptr<Impl> self = weak.lock();
                    if (!self || !answer.ok()) return;
                    std::set<std::string> with_room = {local};
                    for (const auto& [id, figures] : answer->figures) {
                      const node_stats::HostFigures& host = figures.host;
                      const journal::DiskSpace space{
                          .total = static_cast<std::uint64_t>(host.disk_total),
                          .available = static_cast<std::uint64_t>(host.disk_available)};
                      if (StageOf(marks, space, host.disk_full) < Stage::kHigh)
                        with_room.insert(id);
                    }
                    self->loop.Post([weak, with_room] {
                      if (const auto held = weak.lock()) held->Release(with_room);
                    });
                  });
}

void DiskWatch::Impl::Release(const std::set<std::string>& nodes_with_room) {
  const std::string local = node.registry.node_id();
  Change(
      "internal:disk/release", "indices are writable again, the disk is below the high watermark",
      [&](const cluster::IndexMetadata& index) {
        return HasShardOn(index, local) &&
               std::ranges::all_of(index.shard_nodes, [&](const std::string& id) {
                 return id.empty() || nodes_with_room.contains(id);
               });
      },
      false);
}

void DiskWatch::Impl::Reclaim(Room which) {
  if (reclaiming.exchange(true)) return;
  // However the task ends, also if it never runs.
  const std::shared_ptr<void> over(
      nullptr, [self = shared_from_this()](void*) { self->reclaiming = false; });
  tasks::TaskSpec spec;
  spec.action = "internal:store/reclaim";
  spec.task_class = tasks::TaskClass::kBackground;
  spec.description = which == Room::kAll ? "gives the room of deleted documents back to the disk"
                                         : "gives the room of deleted indices back to the disk";
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return;
  node.pools.generic.Hand(
      *std::move(task), [self = shared_from_this(), over, which](tasks::RunningTask running) {
        const Status status = self->ReclaimFor(*running, which);
        const bool did_what_it_could = journal::NodeStore::IsNoRoom(status);
        std::move(running).Finish(tasks::End(did_what_it_could ? Status() : status));
      });
}

// What was deleted may be held by a reader, or by a refresh that has not come yet: then it is tried
// again, less and less often as long as nothing is written.
Status DiskWatch::Impl::ReclaimFor(tasks::TaskContext& task, Room which) {
  const journal::NodeStore::Stats before = node.store.stats();
  const std::int64_t began = node.clock.MonotonicNanos();
  Status status =
      which == Room::kAll ? node.store.Reclaim(task) : node.store.ReclaimDiscarded(task);
  if (status.ok()) reclaimed_discards = before.discards;
  const std::int64_t ended = node.clock.MonotonicNanos();
  const bool in_vain = std::exchange(reclaimed_writes, before.writes) == before.writes;
  reclaim_pause = in_vain ? std::min(2 * reclaim_pause, kLongestReclaimPause) : kReclaimPause;
  next_reclaim = ended + std::max(reclaim_pause, ended - began);
  return status;
}

void DiskWatch::Impl::LookAgain() {
  Look();
  loop.At(node.clock.MonotonicNanos() + options.look_nanos, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->LookAgain();
  });
}

DiskWatch::DiskWatch(Node& node, journal::DiskRoom& room, Options options)
    : impl_(std::make_shared<Impl>(node, room, options)) {
  if (impl_->options.look_nanos <= 0) return;  // a test looks
  impl_->loop.Post([weak = std::weak_ptr(impl_)] {
    if (const auto self = weak.lock()) self->LookAgain();
  });
}

DiskWatch::~DiskWatch() { Stop(); }

void DiskWatch::Look() { impl_->Look(); }

void DiskWatch::Stop() { impl_->loop.Stop(); }

}  // namespace actions::disk
