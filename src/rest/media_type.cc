#include "rest/media_type.h"

#include <algorithm>

#include "base/text/strings.h"

namespace rest {

namespace {

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || kMarks.find(c) != kMarks.npos;
  });
}

// Lower case, without parameters.
std::string Essence(std::string_view header) {
  return base::ToLowerAscii(base::TrimAscii(header.substr(0, header.find(';'))));
}

std::optional<MediaType> FromEssence(std::string_view type) {
  if (type == "application/json" || type == "application/vnd.opensearch+json") {
    return MediaType::kJson;
  }
  if (type == "application/x-ndjson" || type == "application/vnd.opensearch+x-ndjson") {
    return MediaType::kNdjson;
  }
  if (type == "application/yaml") return MediaType::kYaml;
  if (type == "application/cbor") return MediaType::kCbor;
  if (type == "application/smile") return MediaType::kSmile;
  return std::nullopt;
}

}  // namespace

base::Result<std::optional<MediaType>> ParseContentType(std::string_view header) {
  const std::string type = Essence(header);
  const std::size_t slash = std::min(type.find('/'), type.size());
  const std::string_view subtype = std::string_view(type).substr(std::min(slash + 1, type.size()));
  if (!IsToken(std::string_view(type).substr(0, slash)) || !IsToken(subtype)) {
    const std::string why = "invalid Content-Type header [" + std::string(header) + "]";
    return base::Status(400, "content_type_header_exception",
                        "java.lang.IllegalArgumentException: " + why)
        .CausedBy(base::IllegalArgument(why));
  }
  return FromEssence(type);
}

std::optional<MediaType> ParseFormat(std::string_view text) {
  const std::string name = Essence(text);
  if (name == "json") return MediaType::kJson;
  if (name == "yaml") return MediaType::kYaml;
  if (name == "cbor") return MediaType::kCbor;
  if (name == "smile") return MediaType::kSmile;
  return FromEssence(name);
}

std::string_view Name(MediaType type) {
  switch (type) {
    case MediaType::kYaml:
      return "YAML";
    case MediaType::kCbor:
      return "CBOR";
    case MediaType::kSmile:
      return "SMILE";
    default:
      return "JSON";
  }
}

std::string_view ContentTypeOf(MediaType type) {
  switch (type) {
    case MediaType::kYaml:
      return "application/yaml";
    case MediaType::kCbor:
      return "application/cbor";
    case MediaType::kSmile:
      return "application/smile";
    default:
      return "application/json; charset=UTF-8";
  }
}

}  // namespace rest
