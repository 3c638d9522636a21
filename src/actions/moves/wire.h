// actions/moves/wire.h
//
// What the two nodes of a move say to each other. All readers are for untrusted bytes.
//
// Threads: values and pure functions.

#pragma once

#include <string>
#include <string_view>

#include "cluster/index/index_metadata.h"
#include "engine/shard/copied_operations.h"

namespace actions::moves {

// One move, as the cluster's state has it.
struct OneMove {
  std::string index, index_uuid;
  int shard = 0;
  std::uint64_t key = 0;  // names it
};

// What the target asks the source for.
struct Question {
  OneMove move;
  std::int64_t from = 0;  // the first sequence number

  std::string Encode() const;
  static base::Result<Question> Decode(std::string_view bytes);
};

// The source's process is named: one that has begun anew may have lost what was not durable.
struct Answer {
  std::uint64_t incarnation = 0;
  engine::CopiedOperations copied;

  std::string Encode() const;
  static base::Result<Answer> Decode(std::string_view bytes);
};

}  // namespace actions::moves
