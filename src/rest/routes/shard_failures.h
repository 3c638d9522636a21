// rest/routes/shard_failures.h
//
// Shards of which a request has failed, as the array that `failures` of `_shards` is. Threads: a
// pure function.

#pragma once

#include <vector>

#include "actions/indices/indices.h"
#include "base/json/writer.h"

namespace rest::routes {

void WriteShardFailures(base::json::Writer& out,
                        const std::vector<actions::indices::ShardFailure>& failures);

}  // namespace rest::routes
