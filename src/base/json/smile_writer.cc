#include "base/json/smile_writer.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/json/big_integer.h"
#include "base/json/escape.h"
#include "base/json/scalars.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

// ":)\n", then version 0 with shared names and raw binary.
constexpr std::string_view kHeader = ":)\n\x05";
constexpr char kEndOfText = '\xfc';
constexpr unsigned kMostNames = 1024;
constexpr std::size_t kShort = 64;         // bytes of text whose length is in its first byte
constexpr std::size_t kTiny = 32;          // the same, of the lower of two ranges of such bytes
constexpr std::size_t kShortUnicode = 56;  // bytes of a name that is not ASCII

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
}

std::string Valid(std::string_view text) {
  if (IsValidUtf8(text)) return std::string(text);
  std::string valid;
  AppendValidUtf8(valid, text);
  return valid;
}

}  // namespace

SmileWriter::SmileWriter(std::string& out) : out_(out) { out_ += kHeader; }

bool SmileWriter::Refer(const std::string& name) {
  const auto found = seen_.find(name);
  if (found == seen_.end()) return false;
  const unsigned place = found->second;
  if (place < 64) {
    Byte(0x40 + place);
  } else {
    Byte(0x30 + (place >> 8));
    Byte(place & 0xff);
  }
  return true;
}

void SmileWriter::Remember(const std::string& name) {
  if (names_ == kMostNames) {
    seen_.clear();
    names_ = 0;
  }
  // The bytes FE and FF mark other things: a name at such a place keeps it and is never referred
  // to.
  if ((names_ & 0xff) < 0xfe) seen_[name] = names_;
  ++names_;
}

void SmileWriter::Key(std::string_view key) {
  if (key.empty()) return Byte(0x20);
  const std::string name = Valid(key);
  if (Refer(name)) return;
  const bool ascii = IsAscii(name);
  if (name.size() <= (ascii ? kShort : kShortUnicode)) {
    Byte(static_cast<unsigned>(ascii ? 0x80 + name.size() - 1 : 0xc0 + name.size() - 2));
    out_ += name;
  } else {
    Byte(0x34);
    out_ += name;
    out_.push_back(kEndOfText);
  }
  Remember(name);
}

void SmileWriter::String(std::string_view value) {
  if (value.empty()) return Byte(0x20);
  const std::string text = Valid(value);
  const bool ascii = IsAscii(text);
  const std::size_t least = ascii ? 1 : 2;  // bytes of the shortest that is no other form's
  if (text.size() > kShort) {
    Byte(ascii ? 0xe0 : 0xe4);
    out_ += text;
    out_.push_back(kEndOfText);
    return;
  }
  // Two ranges of first bytes that follow each other: tiny and short.
  static_assert(kShort == 2 * kTiny);
  Byte(static_cast<unsigned>((ascii ? 0x40 : 0x80) + text.size() - least));
  out_ += text;
}

// The last byte has six bits, and its highest set.
void SmileWriter::Variable(std::uint64_t value) {
  std::string bytes(1, static_cast<char>(0x80 | (value & 0x3f)));
  for (value >>= 6; value != 0; value >>= 7) bytes.push_back(static_cast<char>(value & 0x7f));
  out_.append(bytes.rbegin(), bytes.rend());
}

void SmileWriter::Sevens(std::uint64_t value, int groups) {
  for (int shift = 7 * (groups - 1); shift >= 0; shift -= 7) {
    Byte(static_cast<unsigned>(value >> shift) & 0x7f);
  }
}

// Seven bits a byte; what is left of the last byte stands alone, at the lower end.
void SmileWriter::Safe(std::string_view bytes) {
  Variable(bytes.size());
  unsigned window = 0;
  int held = 0;  // bits in `window` not yet written
  for (const char byte : bytes) {
    window = window << 8 | static_cast<unsigned char>(byte);
    for (held += 8; held >= 7; held -= 7) Byte((window >> (held - 7)) & 0x7f);
  }
  if (held > 0) Byte(window & ((1U << held) - 1));
}

void SmileWriter::Int(std::int64_t value) {
  const auto zigzag =
      static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  if (value >= -16 && value < 16) return Byte(static_cast<unsigned>(0xc0 + zigzag));
  using Int32 = std::numeric_limits<std::int32_t>;
  Byte(value >= Int32::min() && value <= Int32::max() ? 0x24 : 0x25);
  Variable(zigzag);
}

void SmileWriter::Uint(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Int(static_cast<std::int64_t>(value));
  BigInteger(std::to_string(value), false);
}

void SmileWriter::Double(double value) {
  Byte(0x29);
  Sevens(std::bit_cast<std::uint64_t>(value), 10);
}

void SmileWriter::Float(float value) {
  Byte(0x28);
  Sevens(std::bit_cast<std::uint32_t>(value), 5);
}

void SmileWriter::Number(std::string_view spelling) {
  std::string_view digits = spelling;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.find_first_of(".eE") != std::string_view::npos || digits.size() > kMostBigDigits) {
    const auto value = ParseDouble(spelling);
    return Double(value.ok() ? *value : std::nan(""));
  }
  std::int64_t small = 0;
  const char* const end = spelling.data() + spelling.size();
  if (std::from_chars(spelling.data(), end, small).ec == std::errc()) return Int(small);
  BigInteger(digits, negative);
}

void SmileWriter::BigInteger(std::string_view digits, bool negative) {
  Byte(0x26);
  Safe(TwosComplement(BigMagnitude(digits), negative));
}

void SmileWriter::Bool(bool value) { Byte(value ? 0x23 : 0x22); }

void SmileWriter::Null() { Byte(0x21); }

void SmileWriter::Raw(std::string_view json) { Replay(json, *this); }

}  // namespace base::json
