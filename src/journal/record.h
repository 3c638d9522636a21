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

// What the shard holds after a record.
struct Counters {
  std::int64_t live = 0;     // documents
  std::int64_t deleted = 0;  // ids whose newest operation is a delete
  friend bool operator==(const Counters&, const Counters&) = default;
};

// {term, first_seq_no, operations[], position of the record before, checksum chained to its}. The
// operations stand under `docs`, which drops those that a later one replaced: so a head keeps a
// hash of each and the names of those it replaced, and its tail can be checked without them.
struct RecordHead {
  std::int64_t primary_term = 1;
  std::int64_t first_seq_no = 0;
  std::uint64_t previous_position = 0;
  Counters counters;
  std::vector<std::uint32_t> operations;  // OperationHash() of each, in seq_no order
  std::vector<std::int64_t> superseded;   // seq_nos whose operations this record replaced
  std::uint64_t checksum = 0;             // ChainChecksum() with that of the record before

  std::int64_t last_seq_no() const {
    return first_seq_no + static_cast<std::int64_t>(operations.size()) - 1;
  }
  friend bool operator==(const RecordHead&, const RecordHead&) = default;
};

// The value under `docs`: everything of an operation but its seq_no, which is the key.
void AppendOperation(const OpRecord& op, std::string& out);
// Version and term are known last: writes them into the bytes AppendOperation() made.
void SetVersionAndTerm(char* operation, std::int64_t version, std::int64_t primary_term);
base::Result<OpRecord> ParseOperation(std::int64_t seq_no,
                                      std::string_view bytes);  // hostile input
std::uint32_t OperationHash(std::string_view bytes);

std::string EncodeHead(const RecordHead& head);
base::Result<RecordHead> ParseHead(std::string_view bytes);  // hostile input
std::uint64_t ChainChecksum(const RecordHead& head, std::uint64_t previous);

// Keys sort as the numbers do.
void AppendBigEndian(std::uint64_t number, std::string& out);
std::uint64_t ReadBigEndian(const char* eight_bytes);

}  // namespace journal
