// journal/record.h
//
// What a journal holds: records of operations, chained by checksum, so that a hole or a rewritten
// tail is noticed. The same bytes in every journal, local or replicated. Plain values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace journal {

enum class OpKind : std::uint8_t { kIndex = 1, kDelete = 2, kNoop = 3 };

// One operation as it was done: ids, versions and source are final. Views into the caller's memory.
struct OpRecord {
  OpKind kind = OpKind::kIndex;
  std::int64_t seq_no = 0;
  std::int64_t version = 0;
  std::int64_t primary_term = 1;
  std::string_view id;
  std::string_view routing;  // empty: none
  std::string_view source;   // byte for byte as the client sent it; empty for deletes
};

// {term, first_seq_no, operations[], position of the record before, checksum chained to its}.
struct RecordHead {
  std::int64_t primary_term = 1;
  std::int64_t first_seq_no = 0;
  std::uint32_t count = 0;
  std::uint64_t previous_position = 0;
  std::uint64_t checksum = 0;  // XXH3 over the operations' bytes, seeded with the previous checksum
};

// The value under `docs`: everything of an operation but its seq_no, which is the key.
void AppendOperation(const OpRecord& op, std::string& out);
base::Result<OpRecord> ParseOperation(std::int64_t seq_no, std::string_view bytes);  // hostile input
std::string EncodeHead(const RecordHead& head);
base::Result<RecordHead> ParseHead(std::string_view bytes);

}  // namespace journal
