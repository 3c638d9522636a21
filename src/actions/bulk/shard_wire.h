// actions/bulk/shard_wire.h
//
// What the tasks of one shard's part of a write say to each other: the head of the request, chunks
// of operations, and what became of them. All readers are for untrusted bytes.
//
// Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actions/bulk/params.h"
#include "base/result.h"
#include "engine/shard/operation.h"

namespace actions::bulk {

// The head of bulk[s] and bulk[s][p]. A request that fits in one chunk carries it.
struct ShardRequest {
  static constexpr std::size_t kChunkOperations = 200;
  static constexpr std::size_t kChunkBytes = 128 << 10;
  // Up to here a request is small: the thread on which it arrives writes it itself.
  static constexpr std::size_t kSmallOperations = 8;
  static constexpr std::size_t kSmallBytes = 16 << 10;

  std::string index, index_uuid;
  int shard = 0;
  std::uint64_t operations = 0;
  Refresh refresh = Refresh::kNone;
  int needed_copies = 1;
  base::TimeValue timeout = base::TimeValue::Minutes(1);
  std::string chunk;  // empty: the operations come by the stream

  std::string Encode() const;
  static base::Result<ShardRequest> Decode(std::string_view bytes);
  // "requests[3], index[src][0], refresh[IMMEDIATE]"
  std::string Description() const;
};

// Appends everything of `operation` but the bytes of its source, of which `source_size` follow.
void AppendOperation(const engine::Operation& operation, std::size_t source_size,
                     std::string& chunk);
// Views into `chunk`.
base::Status ReadOperations(std::string_view chunk, std::vector<engine::Operation>& operations);

// What became of the operations [first, first + results.size()) of the shard's part.
std::string EncodeResults(std::uint64_t first, std::span<const engine::OperationResult> results);
struct SettledResults {
  std::uint64_t first = 0;
  std::vector<engine::OperationResult> results;
};
base::Result<SettledResults> DecodeResults(std::string_view bytes);

// The result of an end: of how many operations the shard has told. Fewer that were heard of: some
// of what it told was lost on its way.
std::string EncodeTold(std::uint64_t operations);
std::uint64_t DecodeTold(std::string_view bytes);

// A failure as bytes.
void PutStatus(std::string& out, const base::Status& status);
base::Status ReadStatus(std::string_view bytes);

}  // namespace actions::bulk
