// cluster/index_blocks.h
//
// What an index's settings forbid (index.blocks.*). Threads: pure functions.

#pragma once

#include "base/status.h"
#include "cluster/index_metadata.h"
#include "cluster/index_settings.h"

namespace cluster {

enum class Access { kRead, kWrite, kChangeMetadata, kDelete };

// 403 or 429 cluster_block_exception, naming every block that is in the way.
base::Status CheckBlocks(const IndexMetadata& index, Access access);

// Whether this changes nothing but a block, which blocks themselves do not forbid.
bool IsBlockAlone(const SettingsUpdate& update);

}  // namespace cluster
