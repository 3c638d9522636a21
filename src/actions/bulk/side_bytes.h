// actions/bulk/side_bytes.h
//
// Many short texts under 32-bit addresses, in blocks that begin small and never move what is older
// than a block. Threads: one appends; any read afterwards.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actions/bulk/wire.h"

namespace actions::bulk {

class SideBytes {
 public:
  static constexpr std::size_t kBlock = 64 << 10;

  std::uint32_t Add(std::string_view text) {
    const std::size_t need = text.size() + 10;
    if (blocks_.empty() || blocks_.back().size() + need > kBlock) {
      if (!blocks_.empty()) full_bytes_ += blocks_.back().capacity();
      blocks_.emplace_back();
    }
    std::string& block = blocks_.back();
    const auto address = static_cast<std::uint32_t>((blocks_.size() - 1) * kBlock + block.size());
    PutText(block, text);
    return address;
  }

  // Its addresses will soon be used up, though a few large texts still find one.
  bool full() const { return blocks_.size() > UINT32_MAX / kBlock - 1000; }

  // Valid until the next Add().
  std::string_view At(std::uint32_t address) const {
    return WireReader(std::string_view(blocks_[address / kBlock]).substr(address % kBlock)).Text();
  }

  std::size_t memory_bytes() const {
    return blocks_.empty() ? 0 : full_bytes_ + blocks_.back().capacity();
  }

 private:
  std::vector<std::string> blocks_;
  std::size_t full_bytes_ = 0;  // of all blocks but the last
};

}  // namespace actions::bulk
