#include "base/json/key_table.h"

#include <bit>
#include <cstring>

#include "base/ids.h"

namespace base::json {
namespace {

struct Seeds {
  std::uint64_t first = RandomUint64(), second = RandomUint64();
};

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a ^ std::rotl(b, 29)) * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  return x ^ (x >> 29) ^ b;
}

template <typename Word>
std::uint64_t Load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// The last word overlaps the one before it, which costs less than reading it byte by byte.
std::uint64_t Hash(std::string_view key) {
  static const Seeds seeds;
  std::uint64_t hash = seeds.first ^ key.size();
  const char* at = key.data();
  const char* const end = at + key.size();
  std::uint64_t last = 0;
  if (key.size() >= 8) {
    for (; end - at > 8; at += 8) hash = Mix(hash, Load<std::uint64_t>(at) + seeds.second);
    last = Load<std::uint64_t>(end - 8);
  } else if (key.size() >= 4) {
    last = Load<std::uint32_t>(at) << 32 | Load<std::uint32_t>(end - 4);
  } else {
    for (; at < end; ++at) last = last << 8 | static_cast<unsigned char>(*at);
  }
  return Mix(Mix(hash, last + seeds.second), seeds.second);
}

}  // namespace

void KeyTable::Start(std::size_t keys) {
  slots_.assign(std::bit_ceil(keys * 2 + 1), Slot{0, 0});
  entries_.clear();
}

std::size_t KeyTable::Probe(std::string_view key, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.entry == 0 || (slot.tag == tag && entries_[slot.entry - 1].key == key)) return at;
  }
}

std::uint32_t KeyTable::FindOrAdd(std::string_view key, std::uint32_t place) {
  const std::uint64_t hash = Hash(key);
  Slot& slot = slots_[Probe(key, hash)];
  if (slot.entry != 0) return entries_[slot.entry - 1].place;
  entries_.push_back({key, place});
  slot = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(entries_.size())};
  return place;
}

std::optional<std::uint32_t> KeyTable::Find(std::string_view key) const {
  const Slot& slot = slots_[Probe(key, Hash(key))];
  if (slot.entry == 0) return std::nullopt;
  return entries_[slot.entry - 1].place;
}

}  // namespace base::json
