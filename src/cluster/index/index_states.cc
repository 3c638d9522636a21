#include "cluster/index/index_states.h"

#include "cluster/index/index_blocks.h"
#include "cluster/index/shard_limit.h"
#include "cluster/records.h"

namespace cluster {

namespace {

using base::Result;

constexpr const char* kVerified = "index.verified_before_close";

// Those among `names` that are to be changed.
template <typename Wanted>
Result<std::vector<IndexPtr>> Find(const ClusterState& state, const std::vector<std::string>& names,
                                   Wanted wanted) {
  std::vector<IndexPtr> found;
  for (const std::string& name : names) {
    IndexPtr index = state.FindIndex(name);
    if (index == nullptr) return IndexNotFound(name, "index_or_alias");
    if (wanted(*index)) found.push_back(std::move(index));
  }
  return found;
}

template <typename Modify>
IndexStateChange Change(ClusterState& state, const std::vector<IndexPtr>& indices, Modify modify) {
  IndexStateChange change;
  for (const IndexPtr& index : indices) {
    auto next = std::make_shared<IndexMetadata>(*index);
    modify(*next);
    change.names.push_back(next->name);
    change.changes.push_back(IndexRecord(*next));
    state.indices[next->name] = std::move(next);
  }
  return change;
}

}  // namespace

Result<IndexStateChange> CloseIndices(ClusterState& state, const std::vector<std::string>& names,
                                      std::int64_t wall_millis) {
  RETURN_IF_ERROR(CheckBlocks(state, names, Access::kChangeMetadata));
  ASSIGN_OR_RETURN(const auto open,
                   Find(state, names, [](const IndexMetadata& index) { return index.open; }));
  return Change(state, open, [&](IndexMetadata& index) {
    index.open = false;
    index.state_millis = wall_millis;
    index.settings[kVerified] = "true";
    index.moves.clear();
  });
}

Result<IndexStateChange> OpenIndices(ClusterState& state, const std::vector<std::string>& names,
                                     std::int64_t wall_millis) {
  RETURN_IF_ERROR(CheckBlocks(state, names, Access::kChangeMetadata));
  ASSIGN_OR_RETURN(const auto closed,
                   Find(state, names, [](const IndexMetadata& index) { return !index.open; }));
  std::int64_t more = 0;
  for (const IndexPtr& index : closed) more += Copies(*index);
  RETURN_IF_ERROR(CheckRoom(state, more));
  return Change(state, closed, [&](IndexMetadata& index) {
    index.open = true;
    index.state_millis = wall_millis;
    index.settings.erase(kVerified);
  });
}

// A block that forbids to change metadata does not forbid to add another one of this kind.
Result<IndexStateChange> AddBlock(ClusterState& state, const std::vector<std::string>& names,
                                  std::string_view setting) {
  const std::string key(setting);
  const bool of_metadata =
      setting == BlockSetting("read_only") || setting == BlockSetting("metadata");
  if (!of_metadata) RETURN_IF_ERROR(CheckBlocks(state, names, Access::kChangeMetadata));
  ASSIGN_OR_RETURN(const auto free, Find(state, names, [&](const IndexMetadata& index) {
                     return !BoolSetting(index.settings, key);
                   }));
  return Change(state, free, [&](IndexMetadata& index) { index.settings[key] = "true"; });
}

}  // namespace cluster
