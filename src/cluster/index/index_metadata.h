// cluster/index/index_metadata.h
//
// One index as the cluster knows it. Immutable.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cluster {

// The prefix of a shard's keys in a node's store, made by chance: where the cluster's metadata were
// lost, or are older than they were, a new shard must not find the documents of another one.
std::uint64_t NewShardKey();

// A shard on its way to another node, from which it is copied under a key of its own.
struct ShardMove {
  std::string target;     // node id
  std::uint64_t key = 0;  // given once: it names the move, too
  friend bool operator==(const ShardMove&, const ShardMove&) = default;
};

struct IndexMetadata {
  std::string name;
  std::string uuid;
  std::int64_t creation_millis = 0;
  int number_of_shards = 1;
  int number_of_replicas = 1;
  std::map<std::string, std::string> settings;  // flat, with the `index.` prefix, as given
  std::string mappings = "{}";                  // JSON, normalized by engine::Mapping
  std::map<std::string, std::string> aliases;   // name -> JSON object
  bool open = true;
  std::int64_t state_millis = 0;          // when it was closed or opened last; 0: at its creation
  std::vector<std::string> shard_nodes;   // node id of each shard's primary
  std::vector<std::uint64_t> shard_keys;  // prefix of its keys in that node's store
  std::vector<std::int64_t> primary_terms;
  std::map<int, ShardMove> moves;  // by shard; those that are under way
  int routing_slots = 0;           // index.number_of_routing_shards; 0: OpenSearch's default
  int routing_partition_size = 1;  // index.routing_partition_size

  // Null: it stays where it is.
  const ShardMove* MoveOf(int shard) const {
    const auto found = moves.find(shard);
    return found == moves.end() ? nullptr : &found->second;
  }
  // Whether `node_id` is where the shard lives now.
  bool LivesOn(const std::string& node_id, int shard) const {
    return shard_nodes[static_cast<std::size_t>(shard)] == node_id;
  }

  // Of which each shard has as many; shards may be split until each has one.
  int RoutingSlots() const;
  // murmur3 of the routing (or the id) as OpenSearch computes it, so documents land alike.
  int ShardOf(std::string_view id, std::string_view routing) const;

  std::string Encode() const;  // for the MetadataStore
  static base::Result<std::shared_ptr<const IndexMetadata>> Decode(std::string_view bytes);
};
using IndexPtr = std::shared_ptr<const IndexMetadata>;

// 400 invalid_index_name_exception with OpenSearch's texts.
base::Status CheckIndexName(std::string_view name);

// 400 invalid_alias_name_exception with OpenSearch's texts.
base::Status CheckAliasName(std::string_view name);

}  // namespace cluster
