// actions/shards/shard_options.h
//
// What an index's metadata say about how its shards are opened and refreshed. Threads: pure
// functions.

#pragma once

#include "cluster/index/index_metadata.h"
#include "engine/shard/shard.h"

namespace actions {

engine::Shard::Options ShardOptions(const cluster::IndexMetadata& index, int number);

// index.refresh_interval in nanoseconds; negative: never by itself.
inline constexpr std::int64_t kUsualRefreshNanos = 1'000'000'000;
std::int64_t RefreshInterval(const cluster::IndexMetadata& index);

// index.max_document_bytes
std::uint64_t MaxDocumentBytes(const cluster::IndexMetadata& index);

}  // namespace actions
