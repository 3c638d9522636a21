// actions/update/update.h
//
// Changing one document: POST /{index}/_update/{id}. Below the task `update` works `update[s]` on
// the node of the shard, and below that the same bulk[s] and leaf as for any write; the leaf
// retries.
//
// Threads: any.

#pragma once

#include "actions/bulk/single.h"

namespace actions::update {

// Adds update[s] to the node's actions; `node` outlives it.
void AddShardAction(Node& node);

// "updating document in [src]"
std::string Describe(std::string_view index);

// `body` as ParseUpdateBody() reads it.
bulk::SingleWrite UpdateWrite(bulk::BulkParams params, std::string id, bulk::Extra extra,
                              std::string body);

}  // namespace actions::update
