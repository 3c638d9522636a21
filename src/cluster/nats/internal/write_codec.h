// cluster/nats/internal/write_codec.h
//
// One message of the metadata stream: the changes of one write, who wrote it and behind which one.
// The latter and a checksum tell what nobody of ours wrote, or not at this place.
//
//   version 1 | checksum of the rest (8) | flags: 1 zstd | id (16) | varint previous sequence
//   | varint size of the changes | changes, perhaps compressed:
//     varint count | { 0 delete, 1 put | varint size, key | of a put: varint size, value } …
//
// Threads: pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cluster/metadata_store.h"

namespace cluster::nats::internal {

using WriteId = std::array<std::uint8_t, 16>;
WriteId NewWriteId();

struct StoredWrite {
  WriteId id{};
  std::uint64_t previous = 0;  // the sequence of the message before it
  std::vector<MetadataStore::Change> changes;
};

// What one write may hold before it is compressed; readers refuse more.
constexpr std::size_t kLargestWrite = 32 << 20;
constexpr std::size_t kMostChanges = 1'000'000;

base::Result<std::string> EncodeWrite(const StoredWrite& write);
// 500 for anything that EncodeWrite() does not make; the reason is the end of "write 5 …".
base::Result<StoredWrite> DecodeWrite(std::string_view bytes);

// Of what follows it; public for the fuzzer.
std::uint64_t ChecksumOf(std::string_view bytes);
// How much of `bytes` one change takes, the compression aside.
std::size_t EncodedSize(const MetadataStore::Change& change);

}  // namespace cluster::nats::internal
