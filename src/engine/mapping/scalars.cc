#include "engine/mapping/scalars.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace engine {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits at the start.
std::size_t CountDigits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool ParsesAs(int family, const char* text) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(family, text, address.data()) == 1;
}

}  // namespace

bool IsJsonNumber(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  const std::size_t whole = CountDigits(token);
  if (whole == 0 || (whole > 1 && token[0] == '0')) return false;
  token.remove_prefix(whole);
  if (token.starts_with('.')) {
    const std::size_t fraction = CountDigits(token.substr(1));
    if (fraction == 0) return false;
    token.remove_prefix(1 + fraction);
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    const std::size_t digits = CountDigits(token);
    if (digits == 0) return false;
    token.remove_prefix(digits);
  }
  return token.empty();
}

bool IsPlainInteger(std::string_view token, std::int64_t min, std::int64_t max) {
  const bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  if (token.empty() || token.size() > 18 || (token.size() > 1 && token[0] == '0')) return false;
  std::int64_t value = 0;
  for (const char c : token) {
    if (!IsDigit(c)) return false;
    value = value * 10 + (c - '0');
  }
  if (negative) value = -value;
  return value >= min && value <= max;
}

bool IsSmallReal(std::string_view token, double limit) {
  if (!IsJsonNumber(token)) return false;
  // Few digits and no exponent: small whatever they are.
  if (token.size() < 18 && limit > 1e18 && token.find_first_of("eE") == std::string_view::npos) {
    return true;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  return error == std::errc() && std::abs(value) < limit;
}

bool IsIpAddress(std::string_view text) {
  std::array<char, 64> buffer;
  if (const std::size_t zone = text.find('%');
      zone != std::string_view::npos && text.find(':') < zone) {
    text = text.substr(0, zone);
  }
  if (text.empty() || text.size() >= buffer.size()) return false;
  std::memcpy(buffer.data(), text.data(), text.size());
  buffer[text.size()] = '\0';
  if (std::memchr(buffer.data(), '\0', text.size()) != nullptr) return false;
  return ParsesAs(text.find(':') == std::string_view::npos ? AF_INET : AF_INET6, buffer.data());
}

bool PlainText(std::string_view token, std::string_view& text) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  text = token.substr(1, token.size() - 2);
  return std::memchr(text.data(), '\\', text.size()) == nullptr;
}

bool GoodEscapes(std::string_view raw) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') continue;
    if (++i == raw.size()) return false;
    if (raw[i] == 'u') {
      for (int digit = 0; digit < 4; ++digit) {
        if (++i >= raw.size() || !IsHex(raw[i])) return false;
      }
    } else if (std::strchr("\"\\/bfnrt", raw[i]) == nullptr) {
      return false;
    }
  }
  return true;
}

double ToHalf(double value) {
  const auto single = static_cast<float>(value);
  const float size = std::abs(single);
  if (!(size < 65'520.0f))
    return size > 0 ? single * std::numeric_limits<double>::infinity() : single;
  if (size == 0) return single;
  // Eleven significant bits, fewer below 2^-14.
  const int exponent = std::max(std::ilogb(size), -14);
  const double unit = std::ldexp(1.0, exponent - 10);
  return std::nearbyint(single / unit) * unit;
}

std::int64_t Utf16Length(std::string_view text) {
  std::int64_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}

}  // namespace engine
