// Any bytes as a request target, as a whole head and as a body: nothing but a Status may come of
// it.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rest/http/internal/message_parser.h"
#include "rest/http/target.h"

namespace {

void FuzzTarget(std::string_view text) {
  const auto target = rest::http::ParseTarget(text);
  if (!target.ok()) return;
  for (const std::string& segment : target.value().segments) {
    if (segment.empty()) std::abort();
  }
  for (const auto& [name, value] : target.value().parameters) {
    if (*target.value().Find(name) != value) std::abort();
  }
}

// The body must come out the same however it is cut.
void FuzzRequest(std::string_view text) {
  const auto length = rest::http::MessageParser::FindHead(text, {});
  if (!length.ok() || length.value() == 0) return;
  rest::http::MessageParser parser;
  rest::http::RequestHead head;
  if (!parser.ParseHead(text.substr(0, length.value()), head).ok()) return;
  std::string body;
  std::string kept;
  for (char byte : text.substr(length.value())) {
    if (parser.done()) return;
    kept.push_back(byte);
    const auto used = parser.ParseBody(kept, [&](std::string_view raw) {
      body.append(raw);
      return raw.size();
    });
    if (!used.ok()) return;
    kept.erase(0, used.value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  FuzzTarget(text);
  FuzzRequest(text);
  return 0;
}
