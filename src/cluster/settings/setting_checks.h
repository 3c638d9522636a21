// cluster/settings/setting_checks.h
//
// Checks of settings whose values are neither numbers nor units. Threads: pure functions.

#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"

namespace cluster {

base::Status CheckActiveShards(std::string_view key, std::string_view value);
base::Status CheckAllocationEnable(std::string_view key, std::string_view value);
base::Status CheckAppendOnly(std::string_view key, std::string_view value);
base::Status CheckAutoExpand(std::string_view key, std::string_view value);
base::Status CheckCodec(std::string_view key, std::string_view value);
base::Status CheckDataPath(std::string_view key, std::string_view value);
base::Status CheckDurability(std::string_view key, std::string_view value);
base::Status CheckFielddataCache(std::string_view key, std::string_view value);
base::Status CheckFsLock(std::string_view key, std::string_view value);
base::Status CheckMergePolicy(std::string_view key, std::string_view value);
base::Status CheckOnStartup(std::string_view key, std::string_view value);
base::Status CheckRatio(std::string_view key, std::string_view value);
base::Status CheckRebalanceEnable(std::string_view key, std::string_view value);
base::Status CheckReplicationType(std::string_view key, std::string_view value);
base::Status CheckSliceMode(std::string_view key, std::string_view value);
base::Status CheckSlowlogLevel(std::string_view key, std::string_view value);
base::Status CheckSoftDeletes(std::string_view key, std::string_view value);
base::Status CheckSortMissing(std::string_view key, std::string_view value);
base::Status CheckSortMode(std::string_view key, std::string_view value);
base::Status CheckSortOrder(std::string_view key, std::string_view value);

// The replicas that "0-1" or "0-all" means with so many data nodes; nullopt for "false", and where
// fewer nodes than its least leave the number as it is.
std::optional<int> ExpandReplicas(std::string_view value, int data_nodes);

}  // namespace cluster
