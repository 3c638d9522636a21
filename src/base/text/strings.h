// base/text/strings.h
//
// What parameters, paths and names need of text. Threads: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace base {

// Whether `text` fits a pattern in which `*` stands for any run of bytes; at worst
// O(pattern * text), never exponential.
bool GlobMatch(std::string_view pattern, std::string_view text);
// True if any fits; an empty list fits nothing.
bool GlobMatchAny(std::span<const std::string> patterns, std::string_view text);

// As OpenSearch splits list parameters: at commas, nothing trimmed, empty items at the end dropped
// (so "" and "," are the empty list).
std::vector<std::string> SplitList(std::string_view text);

std::string ToLowerAscii(std::string_view text);
std::string_view TrimAscii(std::string_view text);

// Of UTF-8. JSON parsers that read bytes, such as OpenSearch's, pass over one at the start.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// Whether a mark stands in front of anything.
inline bool HasByteOrderMark(std::string_view text) {
  return text.size() > kByteOrderMark.size() && text.starts_with(kByteOrderMark);
}
std::string Join(std::span<const std::string> items, std::string_view separator);

// 1 - distance / length of the longer; 1 for two empty texts. For "did you mean".
float LevenshteinSimilarity(std::string_view a, std::string_view b);

// " -> did you mean [x]?" or " -> did you mean any of [x, y]?", best first; empty if no candidate
// is more than half alike.
std::string DidYouMean(std::string_view wrong, std::span<const std::string> candidates);

// URL-safe alphabet, without padding.
std::string Base64UrlEncode(std::string_view bytes);
Result<std::string> Base64UrlDecode(std::string_view text);

// `%41` to `A`; with plus_is_blank also `+` to a blank, as in query strings. Bad escapes are 400.
enum class PlusIsBlank : bool { kNo, kYes };
Result<std::string> PercentDecode(std::string_view text, PlusIsBlank plus);
// Escapes all but unreserved characters.
std::string PercentEncode(std::string_view text);

bool IsValidUtf8(std::string_view bytes);
// The length in bytes of the well-formed character at the start, 0 if there is none.
int Utf8CharLength(std::string_view bytes);

}  // namespace base
