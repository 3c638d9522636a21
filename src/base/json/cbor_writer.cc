#include "base/json/cbor_writer.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "base/json/big_integer.h"
#include "base/json/escape.h"
#include "base/json/scalars.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

enum Major : std::uint8_t { kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kTag = 6 };

}  // namespace

void CborWriter::BigEndian(std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out_.push_back(static_cast<char>(value >> shift));
  }
}

void CborWriter::Head(std::uint8_t major, std::uint64_t argument) {
  const auto initial = [&](unsigned low) { out_.push_back(static_cast<char>(major << 5 | low)); };
  if (argument < 24) {
    initial(static_cast<unsigned>(argument));
  } else if (argument <= 0xFF) {
    initial(24), BigEndian(argument, 1);
  } else if (argument <= 0xFFFF) {
    initial(25), BigEndian(argument, 2);
  } else if (argument <= 0xFFFFFFFF) {
    initial(26), BigEndian(argument, 4);
  } else {
    initial(27), BigEndian(argument, 8);
  }
}

void CborWriter::String(std::string_view value) {
  std::string valid;
  if (!IsValidUtf8(value)) {
    AppendValidUtf8(valid, value);
    value = valid;
  }
  Head(kText, value.size());
  out_ += value;
}

void CborWriter::Int(std::int64_t value) {
  if (value >= 0) return Uint(value);
  Head(kNegative, ~static_cast<std::uint64_t>(value));
}

void CborWriter::Uint(std::uint64_t value) { Head(kUnsigned, value); }

void CborWriter::Double(double value) {
  out_.push_back('\xfb');
  BigEndian(std::bit_cast<std::uint64_t>(value), 8);
}

void CborWriter::Float(float value) {
  out_.push_back('\xfa');
  BigEndian(std::bit_cast<std::uint32_t>(value), 4);
}

void CborWriter::Number(std::string_view spelling) {
  std::string_view digits = spelling;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.find_first_of(".eE") != std::string_view::npos || digits.size() > kMostBigDigits) {
    const auto value = ParseDouble(spelling);
    return Double(value.ok() ? *value : std::nan(""));
  }
  std::uint64_t small = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), small);
  if (error == std::errc()) {
    if (!negative || small == 0) return Uint(small);
    return Head(kNegative, small - 1);
  }
  std::string magnitude = BigMagnitude(digits);
  if (negative) DecrementMagnitude(magnitude);
  Head(kTag, negative ? 3 : 2);
  Head(kBytes, magnitude.size());
  out_ += magnitude;
}

void CborWriter::Bool(bool value) { out_.push_back(value ? '\xf5' : '\xf4'); }

void CborWriter::Null() { out_.push_back('\xf6'); }

void CborWriter::Raw(std::string_view json) { Replay(json, *this); }

}  // namespace base::json
