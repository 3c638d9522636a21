// Any bytes as what URLs are made of: escapes, lists, patterns, base64.

#include "base/text/strings.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto require = [](bool promise) {
    if (!promise) std::abort();
  };
  for (const auto plus : {base::PlusIsBlank::kNo, base::PlusIsBlank::kYes}) {
    const auto decoded = base::PercentDecode(text, plus);
    if (!decoded.ok()) continue;
    require(decoded->size() <= text.size());
    require(*base::PercentDecode(base::PercentEncode(*decoded), plus) == *decoded);
  }
  require(*base::Base64UrlDecode(base::Base64UrlEncode(text)) == text);
  if (const auto bytes = base::Base64UrlDecode(text); bytes.ok()) {
    require(base::Base64UrlEncode(*bytes) == text);
  }
  std::size_t valid = 0;
  while (valid < text.size()) {
    const int length = base::Utf8CharLength(text.substr(valid));
    if (length == 0) break;
    valid += length;
  }
  require(base::IsValidUtf8(text) == (valid == text.size()));

  const auto items = base::SplitList(text);
  require(items.empty() || !items.back().empty());
  const std::string_view head = text.substr(0, size / 2), tail = text.substr(size / 2);
  require(base::GlobMatch("*", text));
  require(base::GlobMatch(std::string(head) + "*", text) ||
          head.find('*') != std::string_view::npos);
  base::GlobMatch(head, tail);
  if (size < 200) {
    const float similarity = base::LevenshteinSimilarity(head, tail);
    require(similarity >= 0 && similarity <= 1);
    require(similarity == base::LevenshteinSimilarity(tail, head));
  }
  return 0;
}
