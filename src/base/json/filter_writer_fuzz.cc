// A filter path, a newline, a document: whatever is filtered stays a document, and what was kept is
// kept when it is filtered again by the same inclusions.

#include <cstdlib>
#include <string>

#include "base/json/compact_writer.h"
#include "base/json/filter_writer.h"
#include "base/json/tree.h"

namespace {

using base::json::Document;

std::string Filter(const Document& document, std::string_view path) {
  std::string text;
  base::json::CompactWriter compact(text);
  base::json::FilterWriter writer(compact, path);
  document.root().Write(writer);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = input.find('\n');
  if (newline == std::string_view::npos || newline > 512) return 0;
  const std::string_view path = input.substr(0, newline);
  base::Result<Document> document = Document::Parse(input.substr(newline + 1), {.max_depth = 30});
  if (!document.ok()) return 0;
  const std::string once = Filter(*document, path);
  base::Result<Document> filtered = Document::Parse(once);
  if (!filtered.ok()) std::abort();
  if (path.find('-') == std::string_view::npos && Filter(*filtered, path) != once) std::abort();
  return 0;
}
