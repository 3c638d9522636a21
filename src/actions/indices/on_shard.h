// actions/indices/on_shard.h
//
// What refresh, flush and count do on one shard. Refresh and flush have the two steps of every
// write: [s] finds the primary and holds no thread, its child [s][p] is the leaf that does it.
//
// Threads: the handlers where ActionTable says.

#pragma once

#include <string>
#include <string_view>

#include "actions/node.h"

namespace actions::indices {

struct OverShardsKind {
  std::string_view action;   // of the request
  std::string_view shard;    // of its child on a shard
  std::string_view primary;  // of the child's child; empty: the child does it itself
};
inline constexpr OverShardsKind kRefresh{"indices:admin/refresh", "indices:admin/refresh[s]",
                                         "indices:admin/refresh[s][p]"};
inline constexpr OverShardsKind kFlush{"indices:admin/flush", "indices:admin/flush[s]",
                                       "indices:admin/flush[s][p]"};
inline constexpr OverShardsKind kCount{names::kSearch, "indices:data/read/search[phase/query]", ""};

struct OneShard {
  std::string index, index_uuid;
  int number = 0;

  std::string Encode() const;
  static base::Result<OneShard> Decode(std::string_view bytes);
};

// Adds the actions on a shard of all three kinds. Their result is a number: documents counted.
void AddShardActions(Node& node);

}  // namespace actions::indices
