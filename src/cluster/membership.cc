// Being one of several nodes: joining, following what the others write, leaving.

#include <algorithm>

#include "base/log.h"
#include "cluster/cluster_service.h"
#include "cluster/internal/turn.h"
#include "cluster/records.h"

namespace cluster {

using base::Result;
using base::Status;

namespace {

constexpr std::string_view kManagerRole = "cluster_manager";

Status NameTaken(const IndexMetadata& index, const IndexMetadata& there) {
  return base::IllegalArgument(
      "this data directory has an index [" + index.name + "/" + index.uuid +
      "], but the cluster has another one of that name, [" + there.name + "/" + there.uuid +
      "]; delete one of the two, or keep this node alone by unsetting [cluster.nats.url]");
}

// The store's data were lost, and another cluster has begun there.
Status CheckSameCluster(const ClusterState& before, const ClusterState& now) {
  if (before.cluster_uuid.empty() || before.cluster_uuid == now.cluster_uuid) return {};
  return Status(503, "cluster_manager_not_discovered_exception",
                "the metadata store holds the cluster [" + now.cluster_uuid +
                    "] now, but this node belongs to [" + before.cluster_uuid +
                    "]: were the data of nats-server lost? Reads and running work go on");
}

// Who is to manage when `without` is gone: any other that may; empty if there is none.
std::string NextManager(const ClusterState& state, const std::string& without) {
  for (const auto& [id, node] : state.nodes)
    if (id != without && node.HasRole(kManagerRole)) return id;
  return {};
}

}  // namespace

Status ClusterService::Join(tasks::TaskContext& task, std::string cluster_name, NodeInfo local,
                            const BeforeJoin& before) {
  std::vector<IndexPtr> brought;
  const auto look = [&](const ClusterState& found) -> Status {
    if (!before) return {};
    ASSIGN_OR_RETURN(brought, before(found));
    return {};
  };
  RETURN_IF_ERROR(Open(std::move(cluster_name), std::move(local), /*alone=*/false, look));
  const auto join = [&](ClusterState& state) -> Result<Changes> {
    Changes changes;
    for (const IndexPtr& index : brought) {
      if (const IndexPtr there = state.FindIndex(index->name)) {
        if (there->uuid != index->uuid) return NameTaken(*index, *there);
        continue;
      }
      changes.push_back(IndexRecord(*index));
      RETURN_IF_ERROR(ApplyChange(state, changes.back()));
    }
    changes.push_back(NodeRecord(local_));
    state.nodes.insert_or_assign(local_.id, local_);
    if (!state.nodes.contains(state.manager_id) && local_.HasRole(kManagerRole)) {
      state.manager_id = local_.id;
      changes.push_back(ManagerRecord(local_.id));
    }
    return changes;
  };
  RETURN_IF_ERROR(Apply(task, join));
  applier_ = std::make_unique<tasks::Loop>(clock_);
  // Safe: Leave() and the destructor end the watch, then the applier.
  store_.Watch([this] {
    if (!news_.exchange(true)) applier_->Post([this] { Follow(); });
  });
  return {};
}

Status ClusterService::Leave(tasks::TaskContext& task) {
  if (!applier_) return {};
  store_.Watch(nullptr);
  applier_->Stop();
  return Apply(task, [this](ClusterState& state) -> Result<Changes> {
    const auto found = state.nodes.find(local_.id);
    if (found == state.nodes.end() || found->second.incarnation != local_.incarnation)
      return Changes();
    Changes changes = {NodeGone(local_.id)};
    state.nodes.erase(found);
    if (state.manager_id == local_.id) {
      state.manager_id = NextManager(state, local_.id);
      changes.push_back(ManagerRecord(state.manager_id));
    }
    return changes;
  });
}

Status ClusterService::CatchUp(tasks::TaskContext& task) {
  if (!state()->recovered()) return StateNotRecovered();
  if (alone_) return {};
  Turn turn(*this);
  RETURN_IF_ERROR(turn.Take(task));
  return ReadNews();
}

void ClusterService::Follow() {
  news_ = false;
  Turn turn(*this);
  turn.TakeAnyway();
  // What could not be read now is, when the store is heard of again.
  const Status read = ReadNews();
  if (read.reason() == no_news_) return;
  no_news_ = read.reason();
  if (!read.ok())
    base::log::Warn("cluster", "the metadata store does not tell news", {{"error", read}});
  else
    base::log::Info("cluster", "the metadata store tells news again", {});
}

Status ClusterService::ReadNews() {
  const StatePtr before = state();
  ASSIGN_OR_RETURN(const auto updates, store_.Since(before->sequence));
  if (!updates) {
    ASSIGN_OR_RETURN(const StatePtr loaded, Load());
    RETURN_IF_ERROR(CheckSameCluster(*before, *loaded));
    Publish(before, loaded);
  } else {
    StatePtr last = before;
    for (const MetadataStore::Update& update : *updates) {
      auto next = std::make_shared<ClusterState>(*last);
      next->sequence = update.sequence;
      for (const MetadataStore::Change& change : update.changes) ApplyOrSetAside(*next, change);
      RETURN_IF_ERROR(CheckSameCluster(*last, *next));
      Publish(last, next);
      last = std::move(next);
    }
  }
  stale_ = false;
  return {};
}

std::uint64_t ClusterService::WhenApplied(std::uint64_t sequence, std::function<void()> then) {
  {
    std::lock_guard lock(mutex_);
    if (state_->sequence < sequence) {
      waiters_.emplace(++last_waiter_, Waiter{sequence, std::move(then)});
      return last_waiter_;
    }
  }
  then();
  return 0;
}

void ClusterService::Forget(std::uint64_t waiter) {
  std::lock_guard lock(mutex_);
  waiters_.erase(waiter);
}

Status ClusterService::PutLocal(tasks::TaskContext& task) {
  return Apply(task, [this](ClusterState& state) -> Result<Changes> {
    const auto found = state.nodes.find(local_.id);
    if (found != state.nodes.end() && found->second.incarnation == local_.incarnation)
      return Changes();
    state.nodes.insert_or_assign(local_.id, local_);
    return Changes{NodeRecord(local_)};
  });
}

Status ClusterService::PutUnopened(tasks::TaskContext& task,
                                   const std::map<std::string, std::string>& unopened) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    const auto found = state.nodes.find(local_.id);
    if (found == state.nodes.end() || found->second.incarnation != local_.incarnation ||
        found->second.unopened == unopened)
      return Changes();
    found->second.unopened = unopened;
    return Changes{NodeRecord(found->second)};
  });
}

Status ClusterService::PutDiskStage(tasks::TaskContext& task, int stage) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    const auto found = state.nodes.find(local_.id);
    if (found == state.nodes.end() || found->second.incarnation != local_.incarnation ||
        found->second.disk_stage == stage)
      return Changes();
    found->second.disk_stage = stage;
    return Changes{NodeRecord(found->second)};
  });
}

Status ClusterService::BecomeManager(tasks::TaskContext& task, const std::string& instead_of) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    if (state.manager_id != instead_of || state.manager_id == local_.id) return Changes();
    state.manager_id = local_.id;
    return Changes{ManagerRecord(local_.id)};
  });
}

Status ClusterService::RemoveNodes(tasks::TaskContext& task, const std::vector<Process>& dead) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    if (state.manager_id != local_.id)
      return Status(503, "not_cluster_manager_exception",
                    "[" + state.manager_id + "] is the cluster manager now");
    Changes changes;
    for (const Process& process : dead) {
      const auto found = state.nodes.find(process.node_id);
      if (found == state.nodes.end() || found->second.incarnation != process.incarnation) continue;
      state.nodes.erase(found);
      changes.push_back(NodeGone(process.node_id));
    }
    return changes;
  });
}

}  // namespace cluster
