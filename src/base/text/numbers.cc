#include "base/text/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <type_traits>

namespace base {
namespace {

template <typename Int>
Result<Int> ParseInteger(std::string_view text) {
  std::string_view digits = text;
  // from_chars knows no plus sign; "+-1" must not pass.
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return NumberFormat(text);
  }
  Int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return NumberFormat(text);
  return value;
}

// What Java's String.trim() takes away.
std::string_view JavaTrim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

template <typename Float>
Result<Float> ParseFloating(std::string_view whole) {
  std::string_view text = JavaTrim(whole);
  if (text.empty()) return Status(400, "number_format_exception", "empty String");
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const auto signed_value = [negative](Float value) { return negative ? -value : value; };
  if (text == "NaN") return std::numeric_limits<Float>::quiet_NaN();
  if (text == "Infinity") return signed_value(std::numeric_limits<Float>::infinity());
  if (!text.empty() && std::string_view("fFdD").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  // from_chars would also take "inf", "nan" and, worse, a second sign.
  if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) {
    return NumberFormat(whole);
  }
  Float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return NumberFormat(whole);
  if (error == std::errc::result_out_of_range) {
    // Too large or too small: from_chars leaves `value` alone, strtod tells which.
    const double wide = std::strtod(std::string(text).c_str(), nullptr);
    value = wide > 1 ? std::numeric_limits<Float>::infinity() : static_cast<Float>(wide);
  } else if (error != std::errc()) {
    return NumberFormat(whole);
  }
  return signed_value(value);
}

// The significant digits and the power of ten of the first one.
struct Decimal {
  std::array<char, 32> digits;
  int count = 0;
  int exponent = 0;
};

Decimal ReadScientific(const char* at, const char* end) {
  Decimal decimal;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[decimal.count++] = *at;
  }
  const char* exponent = at + 1;
  if (exponent < end && *exponent == '+') ++exponent;
  std::from_chars(exponent, end, decimal.exponent);
  while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') --decimal.count;
  return decimal;
}

template <typename Float>
Decimal Shortest(Float value) {
  std::array<char, 64> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  Decimal decimal = ReadScientific(text.data(), end.ptr);
  // Java always shows two digits and takes the nearest such pair: 4.9E-324 where 5E-324 is shorter.
  if (decimal.count == 1 && value < std::numeric_limits<Float>::min()) {
    const int length = std::snprintf(text.data(), text.size(), "%.1e", static_cast<double>(value));
    Float again = 0;
    std::from_chars(text.data(), text.data() + length, again);
    if (again == value) decimal = ReadScientific(text.data(), text.data() + length);
  }
  return decimal;
}

template <typename Float>
void AppendFloating(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  value = std::abs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  if (value == 0) {
    out += "0.0";
    return;
  }
  const Decimal decimal = Shortest(value);
  const std::string_view digits(decimal.digits.data(), decimal.count);
  if (decimal.exponent >= 7 || decimal.exponent < -3) {
    out.push_back(digits[0]);
    out.push_back('.');
    out += digits.size() > 1 ? digits.substr(1) : "0";
    out.push_back('E');
    AppendInt(out, decimal.exponent);
  } else if (decimal.exponent < 0) {
    out += "0.";
    out.append(-decimal.exponent - 1, '0');
    out += digits;
  } else {
    const std::size_t whole = decimal.exponent + 1;
    out += digits.substr(0, whole);
    if (digits.size() < whole) out.append(whole - digits.size(), '0');
    out.push_back('.');
    out += digits.size() > whole ? digits.substr(whole) : "0";
  }
}

template <typename Int>
void AppendInteger(std::string& out, Int value) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end.ptr);
}

}  // namespace

Result<std::int64_t> ParseInt64(std::string_view text) { return ParseInteger<std::int64_t>(text); }
Result<std::int32_t> ParseInt32(std::string_view text) { return ParseInteger<std::int32_t>(text); }
Result<double> ParseDouble(std::string_view text) { return ParseFloating<double>(text); }
Result<float> ParseFloat(std::string_view text) { return ParseFloating<float>(text); }

void AppendJavaDouble(std::string& out, double value) { AppendFloating(out, value); }
void AppendJavaFloat(std::string& out, float value) { AppendFloating(out, value); }
void AppendInt(std::string& out, std::int64_t value) { AppendInteger(out, value); }
void AppendUint(std::string& out, std::uint64_t value) { AppendInteger(out, value); }

}  // namespace base
