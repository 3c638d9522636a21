// What may be changed about the indices: creation, deletion, mappings, settings.

#include <algorithm>

#include "base/ids.h"
#include "base/text/strings.h"
#include "cluster/allocation.h"
#include "cluster/cluster_service.h"
#include "cluster/index/alias_changes.h"
#include "cluster/index/shard_limit.h"
#include "cluster/records.h"
#include "cluster/settings/analysis_settings.h"
#include "cluster/settings/cluster_settings.h"
#include "cluster/settings/disk_watermarks.h"
#include "cluster/settings/setting_checks.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;

// The index of task results is made by the node itself: a full cluster must not lose them.
constexpr std::string_view kTasksIndex = ".tasks";

bool IsAlias(const ClusterState& state, const std::string& name) {
  return std::ranges::any_of(
      state.indices, [&](const auto& entry) { return entry.second->aliases.contains(name); });
}

Status CheckNames(const ClusterState& state, const CreateIndexRequest& request) {
  RETURN_IF_ERROR(CheckIndexName(request.name));
  if (const IndexPtr there = state.FindIndex(request.name)) {
    return Status(400, "resource_already_exists_exception",
                  "index [" + there->name + "/" + there->uuid + "] already exists")
        .With("index", there->name)
        .With("index_uuid", there->uuid);
  }
  for (const auto& [key, record] : state.unreadable) {
    if (record.index != request.name) continue;
    return {400, "resource_already_exists_exception",
            "index [" + request.name + "] already exists, but its metadata record [" + key +
                "] cannot be read: " + record.why};
  }
  if (IsAlias(state, request.name)) {
    return Status(400, "invalid_index_name_exception",
                  "Invalid index name [" + request.name + "], already exists as alias")
        .With("index", request.name)
        .With("index_uuid", "_na_");
  }
  for (const auto& [alias, body] : request.aliases) {
    RETURN_IF_ERROR(CheckAliasName(alias));
    RETURN_IF_ERROR(CheckAliasIsNoIndex(state, alias));
    if (alias == request.name) {
      return {400, "invalid_alias_name_exception",
              "Invalid alias name [" + alias +
                  "]: an index or data stream exists with the same name as the alias"};
    }
  }
  return {};
}

void AutoExpand(const ClusterState& state, IndexMetadata& index) {
  const std::string_view range = SettingOr(index.settings, "index.auto_expand_replicas");
  if (const auto replicas = ExpandReplicas(range, DataNodes(state))) {
    index.number_of_replicas = *replicas;
  }
}

std::shared_ptr<IndexMetadata> MakeIndex(const ClusterState& state, CreateIndexRequest request,
                                         std::int64_t now) {
  auto index = std::make_shared<IndexMetadata>();
  index->name = std::move(request.name);
  index->uuid = base::RandomId();
  index->creation_millis = now;
  index->settings = std::move(request.settings);
  // No client may set it, so it is not in the table of settings.
  if (!request.provided_name.empty() && request.provided_name != index->name)
    index->settings["index.provided_name"] = std::move(request.provided_name);
  index->mappings = std::move(request.mappings);
  index->aliases = std::move(request.aliases);
  const auto setting = [&](const char* key) {
    return static_cast<int>(IntSetting(index->settings, key));
  };
  index->number_of_shards = setting("index.number_of_shards");
  index->number_of_replicas = setting("index.number_of_replicas");
  index->routing_partition_size = setting("index.routing_partition_size");
  if (index->settings.contains("index.number_of_routing_shards")) {
    index->routing_slots = setting("index.number_of_routing_shards");
  }
  AutoExpand(state, *index);
  PlaceShards(state, *index);
  return index;
}

// 400 for settings among `update` that clients never change, that an open index cannot change, or
// that no index can.
Status CheckDynamic(const SettingsUpdate& update, const std::vector<IndexPtr>& indices) {
  std::vector<std::string> fixed, open;
  std::string final_one;
  for (const auto& [key, value] : update) {
    const IndexSetting* setting = FindIndexSetting(key);
    if (setting == nullptr) continue;  // ParseSettingsUpdate() has refused it
    if (setting->update == IndexSetting::Update::kPrivate) {
      return base::IllegalArgument("can not update private setting [" + key +
                                   "]; this setting is managed by OpenSearch");
    }
    if (setting->update != IndexSetting::Update::kDynamic) fixed.push_back(key);
    if (setting->update == IndexSetting::Update::kFinal && final_one.empty()) final_one = key;
  }
  for (const IndexPtr& index : indices) {
    if (index->open) open.push_back("[" + index->name + "/" + index->uuid + "]");
  }
  if (open.empty() && !final_one.empty() && !indices.empty()) {
    return base::IllegalArgument("final " + indices.front()->name + " setting [" + final_one +
                                 "], not updateable");
  }
  if (fixed.empty() || open.empty()) return {};
  return base::IllegalArgument("Can't update non dynamic settings [[" + base::Join(fixed, ", ") +
                               "]] for open indices [" + base::Join(open, ", ") + "]");
}

std::shared_ptr<IndexMetadata> WithSettings(const ClusterState& state, const IndexMetadata& index,
                                            const SettingsUpdate& update, bool preserve_existing) {
  auto changed = std::make_shared<IndexMetadata>(index);
  for (const auto& [key, value] : update) {
    if (preserve_existing && index.settings.contains(key)) continue;
    if (value) {
      changed->settings[key] = *value;
    } else {
      changed->settings.erase(key);
    }
    if (key == "index.number_of_replicas") {
      changed->number_of_replicas =
          static_cast<int>(IntSetting(changed->settings, "index.number_of_replicas"));
    }
  }
  AutoExpand(state, *changed);
  return changed;
}

Result<IndexPtr> MergeInto(ClusterState& state, const IndexPtr& index,
                           const ClusterService::MergeMapping& merge,
                           ClusterService::Changes& changes) {
  ASSIGN_OR_RETURN(std::string merged, merge(*index));
  if (merged == index->mappings) return index;
  auto changed = std::make_shared<IndexMetadata>(*index);
  changed->mappings = std::move(merged);
  changes.push_back(IndexRecord(*changed));
  state.indices[index->name] = changed;
  return IndexPtr(std::move(changed));
}

}  // namespace

Result<IndexPtr> ClusterService::CreateIndex(tasks::TaskContext& task, CreateIndexRequest request) {
  IndexPtr made;
  const auto create = [&](ClusterState& state) -> Result<Changes> {
    RETURN_IF_ERROR(CheckNames(state, request));
    RETURN_IF_ERROR(CheckSettings(request.settings));
    RETURN_IF_ERROR(CheckAnalysis(request.settings));
    const auto index = MakeIndex(state, request, clock_.WallMillis());
    if (index->name != kTasksIndex) RETURN_IF_ERROR(CheckRoom(state, Copies(*index)));
    for (int shard = 0; shard < index->number_of_shards; ++shard) {
      index->shard_keys.push_back(NewShardKey());
    }
    made = state.indices[index->name] = index;
    std::set<std::string> aliases;
    for (const auto& entry : index->aliases) aliases.insert(entry.first);
    RETURN_IF_ERROR(CheckAliases(state, aliases));
    return Changes{IndexRecord(*index)};
  };
  RETURN_IF_ERROR(Apply(task, create));
  return made;
}

Status ClusterService::DeleteIndices(tasks::TaskContext& task,
                                     const std::vector<std::string>& names) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    Changes changes;
    for (const std::string& name : names) {
      const IndexPtr index = state.FindIndex(name);
      if (index == nullptr) return IndexNotFound(name, "index_or_alias");
      std::ranges::move(DeleteIndex(state, *index, clock_.WallMillis()),
                        std::back_inserter(changes));
    }
    return changes;
  });
}

Result<IndexPtr> ClusterService::UpdateMapping(tasks::TaskContext& task, const std::string& index,
                                               const MergeMapping& merge, std::string_view uuid) {
  IndexPtr result;
  const auto update = [&](ClusterState& state) -> Result<Changes> {
    const IndexPtr current = state.FindIndex(index);
    if (current == nullptr || (!uuid.empty() && current->uuid != uuid)) {
      return IndexNotFound(index, "index_or_alias");
    }
    Changes changes;
    ASSIGN_OR_RETURN(result, MergeInto(state, current, merge, changes));
    return changes;
  };
  RETURN_IF_ERROR(Apply(task, update));
  return result;
}

Status ClusterService::UpdateMappings(tasks::TaskContext& task,
                                      const std::vector<std::string>& names,
                                      const MergeMapping& merge) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    Changes changes;
    for (const std::string& name : names) {
      RETURN_IF_ERROR(task.Checkpoint());
      const IndexPtr current = state.FindIndex(name);
      if (current == nullptr) return IndexNotFound(name, "index_or_alias");
      RETURN_IF_ERROR(MergeInto(state, current, merge, changes).status());
    }
    return changes;
  });
}

Status ClusterService::UpdateIndexSettings(tasks::TaskContext& task,
                                           const std::vector<std::string>& names,
                                           const SettingsUpdate& settings, bool preserve_existing) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    std::vector<IndexPtr> indices;
    for (const std::string& name : names) {
      indices.push_back(state.FindIndex(name));
      if (indices.back() == nullptr) return IndexNotFound(name, "index_or_alias");
    }
    RETURN_IF_ERROR(CheckDynamic(settings, indices));
    std::vector<IndexPtr> changed;
    std::int64_t more = 0;
    for (const IndexPtr& index : indices) {
      IndexPtr next = WithSettings(state, *index, settings, preserve_existing);
      if (next->settings == index->settings &&
          next->number_of_replicas == index->number_of_replicas) {
        continue;
      }
      if (index->open) more += Copies(*next) - Copies(*index);
      changed.push_back(std::move(next));
    }
    RETURN_IF_ERROR(CheckRoom(state, more));
    Changes changes;
    for (IndexPtr& index : changed) {
      changes.push_back(IndexRecord(*index));
      state.indices[index->name] = std::move(index);
    }
    return changes;
  });
}

Status ClusterService::UpdateSettings(tasks::TaskContext& task, const SettingsUpdate& persistent,
                                      const SettingsUpdate& transient, const OwnSettings& own) {
  return Apply(task, [&](ClusterState& state) -> Result<Changes> {
    const auto before = std::pair(state.persistent_settings, state.transient_settings);
    const Status misfit_before = DiskWatermarks::Of(state, own).misfit;
    RETURN_IF_ERROR(ChangeSettings(state.persistent_settings, persistent, "persistent"));
    RETURN_IF_ERROR(ChangeSettings(state.transient_settings, transient, "transient"));
    if (before == std::pair(state.persistent_settings, state.transient_settings)) return Changes();
    // What did not fit before, as after a change of the node's own, is no reason against this.
    const Status misfit = DiskWatermarks::Of(state, own).misfit;
    if (!misfit.ok() && misfit.reason() != misfit_before.reason()) return misfit;
    return Changes{ClusterRecord(state)};  // which every change writes last, with its version
  });
}

}  // namespace cluster
