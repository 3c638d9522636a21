#include "base/json/escape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/text/strings.h"

namespace base::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char kHex[] = "0123456789ABCDEF";
constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;

struct Sort {
  bool escapes;  // something that JSON must escape
  bool not_ascii;
};

// Eight bytes at a time: (x - n) & ~x & high is set for the bytes below n, and for the zero bytes
// of x ^ c if n is 1.
Sort Classify(std::string_view text) {
  std::uint64_t special = 0, high = 0;
  const char* at = text.data();
  std::size_t left = text.size();
  const auto look = [&](std::uint64_t x) {
    high |= x;
    const std::uint64_t quote = x ^ (kOnes * '"'), slash = x ^ (kOnes * '\\');
    special |= ((x - kOnes * 0x20) & ~x) | ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash);
  };
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t x;
    std::memcpy(&x, at, 8);
    look(x);
  }
  if (left > 0) {
    std::uint64_t x = kOnes * ' ';
    std::memcpy(&x, at, left);
    look(x);
  }
  return {(special & kHighs) != 0, (high & kHighs) != 0};
}

// 0: stands for itself; 'u': needs \u00XX; otherwise the letter behind the backslash.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b', table['\t'] = 't', table['\n'] = 'n', table['\f'] = 'f', table['\r'] = 'r';
  table['"'] = '"', table['\\'] = '\\';
  return table;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

void AppendEscaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;  // where the part not yet written begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') {
      out += "00";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  out.append(text, plain);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits at `at`, -1 if they are not.
int ReadHex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char* PutUtf8(char* out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  }
  return out;
}

bool IsHighSurrogate(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The escape \uXXXX whose digits begin at `i`; moves `i` behind it, and behind the second half of a
// pair.
bool UnescapeUnit(std::string_view text, std::size_t& i, char*& out) {
  const int unit = ReadHex4(text, i);
  if (unit < 0) return false;
  i += 4;
  std::uint32_t c = unit;
  if (IsHighSurrogate(unit) && text.substr(i).starts_with("\\u")) {
    if (const int low = ReadHex4(text, i + 2); IsLowSurrogate(low)) {
      c = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      i += 6;
    }
  }
  if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
  out = PutUtf8(out, c);
  return true;
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view text) {
  const Sort sort = Classify(text);
  if (sort.not_ascii && !IsValidUtf8(text)) {
    std::string valid;
    AppendValidUtf8(valid, text);
    return AppendQuoted(out, valid);
  }
  out.push_back('"');
  if (sort.escapes) {
    AppendEscaped(out, text);
  } else {
    out += text;
  }
  out.push_back('"');
}

void AppendValidUtf8(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const int length = Utf8CharLength(text.substr(i)); length > 0) {
      i += length;
      continue;
    }
    out.append(text, plain, i - plain);
    out += kReplacement;
    plain = ++i;
  }
  out.append(text, plain);
}

bool Unescape(std::string_view text, char* out, std::size_t& length) {
  char* const begin = out;
  for (std::size_t i = 0; i < text.size();) {
    const void* const slash = std::memchr(text.data() + i, '\\', text.size() - i);
    const std::size_t run =
        slash ? static_cast<const char*>(slash) - (text.data() + i) : text.size() - i;
    std::memcpy(out, text.data() + i, run);
    out += run;
    i += run;
    if (slash == nullptr) break;
    if (i + 1 >= text.size()) return false;
    const char kind = text[i + 1];
    i += 2;
    constexpr std::string_view kKinds = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (const std::size_t which = kKinds.find(kind); which != std::string_view::npos) {
      *out++ = kMeant[which];
    } else if (kind != 'u' || !UnescapeUnit(text, i, out)) {
      return false;
    }
  }
  length = out - begin;
  return true;
}

}  // namespace base::json
