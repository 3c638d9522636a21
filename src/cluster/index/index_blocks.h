// cluster/index/index_blocks.h
//
// What an index's settings forbid (index.blocks.*). Threads: pure functions.

#pragma once

#include "base/status.h"
#include "cluster/cluster_state.h"
#include "cluster/index/index_metadata.h"
#include "cluster/settings/index_settings.h"

namespace cluster {

// kErase: a write that only deletes documents. kDelete: the deletion of the index.
enum class Access { kRead, kWrite, kErase, kReadMetadata, kChangeMetadata, kDelete };

inline constexpr std::string_view kFloodBlock = "index.blocks.read_only_allow_delete";

// 403 or 429 cluster_block_exception, naming every block that is in the way.
base::Status CheckBlocks(const IndexMetadata& index, Access access);
// The same of several indices, naming each that is blocked. Names that are not there are free.
base::Status CheckBlocks(const ClusterState& state, const std::vector<std::string>& names,
                         Access access);

// A block that is set, as `_cluster/state` shows it. Static storage.
struct ShownBlock {
  std::string_view id, description;
  std::vector<std::string_view> levels;
};
std::vector<ShownBlock> BlocksOf(const IndexMetadata& index);

// "index.blocks.write" of "write"; empty if there is no such block. Static storage.
std::string_view BlockSetting(std::string_view name);

// Whether this changes nothing but a block that forbids to change metadata, which such blocks
// themselves do not forbid.
bool IsBlockAlone(const SettingsUpdate& update);

}  // namespace cluster
