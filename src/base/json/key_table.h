// base/json/key_table.h
//
// Finds the keys of one large object: a hash table with a secret seed, so that nobody can send keys
// that all fall on each other. Lifetime: the keys must outlive their use. Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace base::json {

class KeyTable {
 public:
  // Smaller objects are searched faster as they are.
  static constexpr std::size_t kFewKeys = 12;

  // What one key costs.
  struct Cost;

  // Empties it and makes room for that many.
  void Start(std::size_t keys);
  // The place this key was added with before, else adds it with `place` and returns that.
  std::uint32_t FindOrAdd(std::string_view key, std::uint32_t place);
  std::optional<std::uint32_t> Find(std::string_view key) const;

 private:
  struct Slot {
    std::uint32_t tag;    // of the hash, so that few keys are looked at in vain
    std::uint32_t entry;  // counted from 1, 0 if free
  };
  struct Entry {
    std::string_view key;
    std::uint32_t place;
  };

  // The slot where the key stands or would stand.
  std::size_t Probe(std::string_view key, std::uint64_t hash) const;

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::vector<Entry> entries_;
};

struct KeyTable::Cost {
  Slot slots[4];
  Entry entry;
};

}  // namespace base::json
