// engine/shard/shard_owners.h
//
// Whose data are under which key in a node's store, so that what a crash or an absence has left
// behind can be told from what is in use.
//
// Threads: any.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "journal/node_store.h"

namespace engine {

struct ShardOwner {
  std::uint64_t key = 0;
  std::string index_uuid;
  bool of_no_use = false;  // a copy that nobody had opened yet, or a shard that has left
};

// All that the store knows of.
base::Result<std::vector<ShardOwner>> ShardOwners(const journal::NodeStore& store);
base::Result<ShardOwner> OwnerOf(const journal::NodeStore& store, std::uint64_t key);

// The data of a shard whose key is never used again go when the store writes its files anew; its
// record, which says from now on that they are of no use, goes when none of them is left. An error:
// the record could not be written; the data go nevertheless, unless the process ends before.
base::Status Discard(journal::NodeStore& store, std::uint64_t key, const std::string& index_uuid);

void SetOwner(journal::NodeStore::Batch& batch, const ShardOwner& owner);
void DeleteOwner(journal::NodeStore::Batch& batch, std::uint64_t key);

}  // namespace engine
