#include "cluster/cluster_service.h"

#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "cluster/internal/turn.h"
#include "cluster/records.h"

namespace cluster {

using base::Result;
using base::Status;

namespace {

// Without this record nobody knows which cluster the others are of.
Status CheckReadable(const ClusterState& state) {
  const auto found = state.unreadable.find("cluster");
  if (found == state.unreadable.end()) return {};
  return base::Internal("the metadata record [cluster] cannot be read: " + found->second.why +
                        "; restore it, or begin a new cluster with the indices that are there: -E "
                        "node.accept_loss=cluster");
}

}  // namespace

ClusterService::ClusterService(MetadataStore& store, const base::Clock& clock)
    : store_(store), clock_(clock) {}

ClusterService::~ClusterService() {
  if (applier_) store_.Watch(nullptr);
}

void ClusterService::Listen(Listener listener) { listeners_.push_back(std::move(listener)); }

StatePtr ClusterService::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void ClusterService::Introduce(std::string cluster_name, NodeInfo local) {
  auto alone = std::make_shared<ClusterState>();
  alone->cluster_name = std::move(cluster_name);
  alone->local_id = local.id;
  alone->own = local;
  alone->nodes.emplace(local.id, std::move(local));
  std::lock_guard lock(mutex_);
  if (!state_->recovered()) state_ = std::move(alone);
}

Status StateNotRecovered() {
  return {503, "cluster_block_exception",
          "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"};
}

Status ClusterService::Start(std::string cluster_name, NodeInfo local) {
  return Open(std::move(cluster_name), std::move(local), /*alone=*/true, nullptr);
}

Status ClusterService::Open(std::string cluster_name, NodeInfo local, bool alone,
                            const Look& look) {
  cluster_name_ = std::move(cluster_name);
  local_ = std::move(local);
  alone_ = alone;
  StatePtr loaded;
  do {  // until its uuid is there, whoever made it
    ASSIGN_OR_RETURN(loaded, Load());
    if (!discarded_.empty()) {
      ASSIGN_OR_RETURN(loaded, DiscardUnreadable(loaded));
    }
    RETURN_IF_ERROR(CheckReadable(*loaded));
    if (look) RETURN_IF_ERROR(look(*loaded));
    if (!loaded->cluster_uuid.empty()) break;
    const auto made = std::make_shared<ClusterState>(*loaded);
    made->cluster_uuid = base::RandomId();
    made->version = 1;
    const auto written = store_.Write(loaded->sequence, {ClusterRecord(*made)});
    if (!written.ok() && !MetadataStore::IsWriteConflict(written.status())) return written.status();
    if (written.ok()) made->sequence = *written;
    loaded = made;
    if (written.ok()) break;
  } while (true);
  const auto nothing = std::make_shared<ClusterState>(*loaded);
  nothing->indices.clear();
  nothing->nodes.clear();
  Publish(nothing, loaded);
  return {};
}

Result<StatePtr> ClusterService::Load() {
  ASSIGN_OR_RETURN(const MetadataStore::Contents contents, store_.Load());
  auto state = std::make_shared<ClusterState>();
  state->cluster_name = cluster_name_;
  state->local_id = local_.id;
  state->own = local_;
  for (const auto& [key, value] : contents.records) ApplyOrSetAside(*state, {key, value});
  if (alone_) {
    state->manager_id = local_.id;
    state->nodes = {{local_.id, local_}};
    state->transient_settings.clear();
  }
  state->sequence = contents.sequence;
  return StatePtr(std::move(state));
}

Result<StatePtr> ClusterService::DiscardUnreadable(const StatePtr& loaded) {
  StatePtr state = loaded;
  for (;;) {
    auto without = std::make_shared<ClusterState>(*state);
    Changes changes;
    std::erase_if(without->unreadable, [&](const auto& entry) {
      if (!discarded_.contains(entry.first)) return false;
      changes.push_back({entry.first, std::nullopt});
      return true;
    });
    if (changes.empty()) return state;
    const auto written = store_.Write(state->sequence, changes);
    if (written.ok()) {
      for (const auto& change : changes)
        base::log::Warn("cluster", "unreadable metadata record was discarded as the operator asked",
                        {{"key", change.key}});
      without->sequence = *written;
      return StatePtr(std::move(without));
    }
    if (!MetadataStore::IsWriteConflict(written.status())) return written.status();
    ASSIGN_OR_RETURN(state, Load());
  }
}

Status ClusterService::Apply(tasks::TaskContext& task, const Mutate& mutate) {
  Turn turn(*this);
  RETURN_IF_ERROR(turn.Take(task));
  Status written;
  do {
    RETURN_IF_ERROR(task.Checkpoint());
    if (stale_) RETURN_IF_ERROR(ReadNews());
    const StatePtr before = state();
    if (!before->recovered()) return StateNotRecovered();
    ClusterState now = *before;
    ASSIGN_OR_RETURN(Changes changes, mutate(now));
    if (changes.empty()) return {};
    RETURN_IF_ERROR(CheckText(now, changes));
    written = Write(task, before, std::move(now), std::move(changes));
  } while (MetadataStore::IsWriteConflict(written));
  return written;
}

Status ClusterService::Write(tasks::TaskContext& task, const StatePtr& before, ClusterState now,
                             Changes changes) {
  ++now.version;
  changes.push_back(ClusterRecord(now));
  RETURN_IF_ERROR(task.Seal());
  const Result<std::uint64_t> sequence = store_.Write(before->sequence, changes);
  if (sequence.ok()) {
    now.sequence = *sequence;
    Publish(before, std::make_shared<const ClusterState>(std::move(now)));
  } else {
    stale_ = true;
    if (!MetadataStore::IsWriteConflict(sequence.status())) {
      if (const auto kept_back = unwritten_.Pass())
        base::log::Warn("cluster", "metadata could not be written",
                        {{"error", sequence.status()}, {"kept_back", *kept_back}});
    }
  }
  // A stop that came meanwhile is latched: the caller's next checkpoint obeys it.
  task.Unseal().Ignore();
  return sequence.status();
}

// Who sees an index finds its shards: they are opened before it is seen, and dropped after it is
// gone from sight. No change both makes and deletes indices.
void ClusterService::Publish(const StatePtr& before, const StatePtr& now) {
  const bool shrinks = now->indices.size() < before->indices.size();
  if (!shrinks) Tell(before, now);
  std::vector<std::function<void()>> reached;
  {
    std::lock_guard lock(mutex_);
    state_ = now;
    std::erase_if(waiters_, [&](auto& entry) {
      if (entry.second.sequence > now->sequence) return false;
      reached.push_back(std::move(entry.second.then));
      return true;
    });
  }
  if (shrinks) Tell(before, now);
  for (const auto& then : reached) then();
}

void ClusterService::Tell(const StatePtr& before, const StatePtr& now) const {
  for (const Listener& listener : listeners_) listener(before, now);
}

}  // namespace cluster
