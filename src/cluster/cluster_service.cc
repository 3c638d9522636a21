#include "cluster/cluster_service.h"

#include <utility>

#include "base/ids.h"
#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/log.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;

constexpr std::string_view kClusterKey = "cluster";
constexpr std::string_view kIndexPrefix = "index/";

std::map<std::string, std::string> ReadMap(const base::json::Value* value) {
  std::map<std::string, std::string> map;
  if (value == nullptr) return map;
  for (const base::json::Member& member : value->members()) {
    map.emplace(member.key, member.value->text());
  }
  return map;
}

}  // namespace

// Whoever holds it may change the cluster.
class ClusterService::Turn {
 public:
  explicit Turn(ClusterService& service) : service_(service) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!mine_) return;
    std::lock_guard lock(service_.turn_mutex_);
    service_.changing_ = false;
    service_.turn_ends_.notify_all();
  }

  // Cancelled if the task has to stop first.
  Status Take(tasks::TaskContext& task) {
    std::unique_lock lock(service_.turn_mutex_);
    RETURN_IF_ERROR(tasks::WaitFor(task, lock, service_.turn_ends_, "cluster state",
                                   [this] { return !service_.changing_; }));
    service_.changing_ = mine_ = true;
    return {};
  }

 private:
  ClusterService& service_;
  bool mine_ = false;
};

ClusterService::ClusterService(MetadataStore& store, const base::Clock& clock)
    : store_(store), clock_(clock) {}

void ClusterService::Listen(Listener listener) { listeners_.push_back(std::move(listener)); }

StatePtr ClusterService::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

Status ClusterService::Start(std::string cluster_name, NodeInfo local) {
  cluster_name_ = std::move(cluster_name);
  local_ = std::move(local);
  ASSIGN_OR_RETURN(StatePtr loaded, Load());
  if (loaded->cluster_uuid.empty()) {
    auto made = std::make_shared<ClusterState>(*loaded);
    made->cluster_uuid = base::RandomId();
    made->version = 1;
    ASSIGN_OR_RETURN(sequence_,
                     store_.Write(sequence_, {{std::string(kClusterKey), EncodeCluster(*made)}}));
    loaded = std::move(made);
  }
  auto nothing = std::make_shared<ClusterState>();
  nothing->cluster_name = loaded->cluster_name;
  nothing->cluster_uuid = loaded->cluster_uuid;
  nothing->local_id = loaded->local_id;
  nothing->nodes = loaded->nodes;
  Publish(nothing, loaded);
  return {};
}

Result<StatePtr> ClusterService::Load() {
  ASSIGN_OR_RETURN(const MetadataStore::Contents contents, store_.Load());
  auto state = std::make_shared<ClusterState>();
  state->cluster_name = cluster_name_;
  state->local_id = state->manager_id = local_.id;
  state->nodes.emplace(local_.id, local_);
  std::uint64_t next_key = 1;
  for (const auto& [key, value] : contents.records) {
    if (key == kClusterKey) {
      ASSIGN_OR_RETURN(const base::json::Document document, base::json::Document::Parse(value));
      const auto number = [&](std::string_view name) -> std::uint64_t {
        const base::json::Value* member = document.root().Find(name);
        const auto parsed = member == nullptr ? Result<std::int64_t>(0) : member->AsInt64();
        return parsed.ok() ? static_cast<std::uint64_t>(*parsed) : 0;
      };
      const base::json::Value* uuid = document.root().Find("cluster_uuid");
      state->cluster_uuid = uuid == nullptr ? std::string() : std::string(uuid->text());
      state->version = number("version");
      next_key = std::max(next_key, number("next_shard_key"));
      state->persistent_settings = ReadMap(document.root().Find("persistent_settings"));
    } else if (key.starts_with(kIndexPrefix)) {
      ASSIGN_OR_RETURN(IndexPtr index, IndexMetadata::Decode(value));
      for (const std::uint64_t shard_key : index->shard_keys) {
        next_key = std::max(next_key, shard_key + 1);
      }
      state->indices[index->name] = std::move(index);
    }
  }
  sequence_ = contents.sequence;
  next_shard_key_ = next_key;
  return StatePtr(std::move(state));
}

std::string ClusterService::EncodeCluster(const ClusterState& state) const {
  std::string bytes;
  base::json::CompactWriter writer(bytes);
  writer.BeginObject();
  writer.Field("cluster_uuid", state.cluster_uuid);
  writer.Field("version", state.version);
  writer.Field("next_shard_key", next_shard_key_);
  writer.ObjectField("persistent_settings");
  for (const auto& [key, value] : state.persistent_settings) writer.Field(key, value);
  writer.EndObject();
  writer.EndObject();
  return bytes;
}

Status ClusterService::Apply(tasks::TaskContext& task, const Mutate& mutate) {
  Turn turn(*this);
  RETURN_IF_ERROR(turn.Take(task));
  RETURN_IF_ERROR(task.Checkpoint());
  StatePtr before = state();
  if (stale_) {
    ASSIGN_OR_RETURN(StatePtr loaded, Load());
    Publish(before, loaded);
    before = std::move(loaded);
    stale_ = false;
  }
  ClusterState now = *before;
  const std::uint64_t first_key = next_shard_key_;
  Result<Changes> changes = mutate(now);
  Status written;
  if (!changes.ok()) {
    written = changes.status();
  } else if (!changes->empty()) {
    written = Write(task, before, std::move(now), std::move(*changes));
  }
  if (!written.ok() && !stale_) next_shard_key_ = first_key;  // nobody has seen them
  return written;
}

Status ClusterService::Write(tasks::TaskContext& task, const StatePtr& before, ClusterState now,
                             Changes changes) {
  ++now.version;
  changes.push_back({std::string(kClusterKey), EncodeCluster(now)});
  RETURN_IF_ERROR(task.Seal());
  const Result<std::uint64_t> sequence = store_.Write(sequence_, changes);
  if (sequence.ok()) {
    sequence_ = *sequence;
    Publish(before, std::make_shared<const ClusterState>(std::move(now)));
  } else {
    stale_ = true;
    base::log::Warn("cluster", "metadata could not be written", {{"error", sequence.status()}});
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
  {
    std::lock_guard lock(mutex_);
    state_ = now;
  }
  if (shrinks) Tell(before, now);
}

void ClusterService::Tell(const StatePtr& before, const StatePtr& now) const {
  for (const Listener& listener : listeners_) listener(before, now);
}

}  // namespace cluster
