#include "cluster/index/murmur3.h"

#include <bit>

#include "base/text/strings.h"

namespace cluster {
namespace {

class Murmur3 {
 public:
  void Add(std::uint32_t unit) {
    ++units_;
    if (units_ % 2 == 1) {
      half_ = unit;
      return;
    }
    hash_ ^= Scramble(half_ | unit << 16);
    hash_ = std::rotl(hash_, 13) * 5 + 0xe6546b64;
  }

  std::uint32_t Finish() {
    if (units_ % 2 == 1) hash_ ^= Scramble(half_);
    hash_ ^= 2 * units_;
    hash_ = (hash_ ^ hash_ >> 16) * 0x85ebca6b;
    hash_ = (hash_ ^ hash_ >> 13) * 0xc2b2ae35;
    return hash_ ^ hash_ >> 16;
  }

 private:
  static std::uint32_t Scramble(std::uint32_t block) {
    return std::rotl(block * 0xcc9e2d51, 15) * 0x1b873593;
  }

  std::uint32_t hash_ = 0, units_ = 0, half_ = 0;
};

// The character at the start of `text`, which is `length` bytes long there (0: none that is well
// formed).
std::uint32_t CodePoint(std::string_view text, int length) {
  const auto byte = [&](int i) {
    return static_cast<std::uint32_t>(
        static_cast<unsigned char>(text[static_cast<std::size_t>(i)]));
  };
  if (length == 0) return 0xfffd;
  if (length == 1) return byte(0);
  std::uint32_t point = byte(0) & (0x7fu >> length);
  for (int i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3f);
  return point;
}

}  // namespace

std::int32_t Murmur3OfUtf16(std::string_view text) {
  Murmur3 hash;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) [[likely]] {
      hash.Add(first);
      text.remove_prefix(1);
      continue;
    }
    const int length = base::Utf8CharLength(text);
    const std::uint32_t point = CodePoint(text, length);
    if (point < 0x10000) {
      hash.Add(point);
    } else {
      hash.Add(0xd800 + ((point - 0x10000) >> 10));
      hash.Add(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
    text.remove_prefix(length == 0 ? 1 : static_cast<std::size_t>(length));
  }
  return static_cast<std::int32_t>(hash.Finish());
}

}  // namespace cluster
