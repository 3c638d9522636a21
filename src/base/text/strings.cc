#include "base/text/strings.h"

#include <simdjson.h>

#include <algorithm>
#include <numeric>

namespace base {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// Characters of valid UTF-8; bytes of anything else.
std::u32string Characters(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    const int length = std::max(Utf8CharLength(text), 1);
    char32_t c = 0;
    for (const char byte : text.substr(0, length)) c = c << 8 | static_cast<unsigned char>(byte);
    characters.push_back(c);
    text.remove_prefix(length);
  }
  return characters;
}

std::size_t LevenshteinDistance(std::u32string_view a, std::u32string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text) {
  // Only the last star needs to be tried again: an earlier one has matched as little as it can.
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool GlobMatchAny(std::span<const std::string> patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [text](const std::string& pattern) { return GlobMatch(pattern, text); });
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  while (!items.empty() && items.back().empty()) items.pop_back();
  return items;
}

std::string ToLowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view TrimAscii(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string Join(std::span<const std::string> items, std::string_view separator) {
  std::string joined;
  for (const std::string& item : items) {
    if (&item != items.data()) joined += separator;
    joined += item;
  }
  return joined;
}

float LevenshteinSimilarity(std::string_view a, std::string_view b) {
  const std::u32string x = Characters(a), y = Characters(b);
  const std::size_t longer = std::max(x.size(), y.size());
  if (longer == 0) return 1;
  return 1.0F - static_cast<float>(LevenshteinDistance(x, y)) / static_cast<float>(longer);
}

std::string DidYouMean(std::string_view wrong, std::span<const std::string> candidates) {
  // A name longer than any of ours can be like none of them, and the distance is quadratic.
  constexpr std::size_t kLongest = 512;
  if (wrong.size() > kLongest) return {};
  std::vector<std::pair<float, std::string>> alike;
  for (const std::string& candidate : candidates) {
    const float similarity = LevenshteinSimilarity(wrong, candidate);
    if (similarity > 0.5F) alike.emplace_back(similarity, candidate);
  }
  if (alike.empty()) return {};
  std::sort(alike.begin(), alike.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string names;
  for (const auto& [similarity, name] : alike) names += (names.empty() ? "" : ", ") + name;
  return (alike.size() == 1 ? " -> did you mean [" : " -> did you mean any of [") + names + "]?";
}

std::string Base64UrlEncode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text.push_back(kBase64[bits >> (count - 6) & 63]);
  }
  if (count > 0) text.push_back(kBase64[bits << (6 - count) & 63]);
  return text;
}

Result<std::string> Base64UrlDecode(std::string_view text) {
  const Status malformed = IllegalArgument("malformed base64 [" + std::string(text) + "]");
  if (text.size() % 4 == 1) return malformed;
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kBase64.find(c);
    if (value == std::string_view::npos) return malformed;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8)));
  }
  // Two spellings of the same bytes would be two names of the same thing.
  if ((bits & ((1u << count) - 1)) != 0) return malformed;
  return bytes;
}

Result<std::string> PercentDecode(std::string_view text, PlusIsBlank plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == PlusIsBlank::kYes) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (i + 2 >= text.size()) {
        return IllegalArgument("unterminated escape sequence at end of string: " +
                               std::string(text));
      }
      if (high < 0 || low < 0) {
        return IllegalArgument("invalid escape sequence `" + std::string(text.substr(i, 3)) +
                               "` at index " + std::to_string(i) + " of: " + std::string(text));
      }
      decoded.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter_or_digit =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter_or_digit || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

bool IsValidUtf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

int Utf8CharLength(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes.size() < static_cast<std::size_t>(length)) return 0;
  for (int i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = at(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second >= 0xA0;
  const bool too_large = lead == 0xF4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace base
