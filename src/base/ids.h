// base/ids.h
//
// Ids that nobody else has made: 22 characters of chance for nodes, clusters and indices, 20
// characters of time, place and count for documents.

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace base {

// Bytes from the operating system's generator. Threads: any.
void FillRandom(void* bytes, std::size_t size);
std::uint64_t RandomUint64();
// 128 random bits as 22 URL-safe characters.
std::string RandomId();

// What a run of consecutive document ids is made of: small enough to be logged instead of them.
struct DocIdBase {
  std::uint64_t timestamp = 0;  // milliseconds
  std::uint32_t sequence = 0;   // of the first one; 24 bits
  std::array<std::uint8_t, 6> node{};

  // The id `index` places after the first one, 20 URL-safe characters. Ids made one after the
  // other are near each other, so that a store of sorted keys puts them side by side.
  std::string Id(std::uint32_t index) const;
};

// Lifetime: one a node, made by server/. Threads: any.
class DocIdGenerator {
 public:
  DocIdGenerator();

  // `count` ids that no other call gets, as long as the clock does not go back over a restart.
  DocIdBase Reserve(std::uint32_t count, std::uint64_t wall_millis);

 private:
  std::array<std::uint8_t, 6> node_{};  // constant
  std::mutex mutex_;
  std::uint64_t timestamp_ = 0;  // guarded by mutex_; of the last id made
  std::uint32_t sequence_ = 0;   // guarded by mutex_; of the next id
};

}  // namespace base
