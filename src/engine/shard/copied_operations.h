// engine/shard/copied_operations.h
//
// A part of a shard on its way to another node. Plain values.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "journal/record.h"

namespace engine {

struct CopiedOperations {
  // By sequence number, as journal::AppendOperation() made them: the newest of each id.
  std::vector<std::pair<std::int64_t, std::string>> operations;
  std::int64_t upto = -1;  // everything up to here is in it, or was before it
  std::int64_t end = -1;   // the shard's last one when this was read
  std::int64_t primary_term = 1;
  journal::Counters counters;  // of the shard at `end`
};

}  // namespace engine
