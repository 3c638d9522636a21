// rest/media_type.h
//
// The formats bodies come in and answers go out in, and how headers name them. Pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rest {

enum class MediaType : std::uint8_t { kJson, kNdjson, kYaml, kCbor, kSmile };

// Of a Content-Type header: nothing if the type is well-formed but none of ours; 400 if it is no
// media type at all.
base::Result<std::optional<MediaType>> ParseContentType(std::string_view header);

// Of `?format=` or Accept: a short name or a media type; nothing if it is unknown.
std::optional<MediaType> ParseFormat(std::string_view text);

// As OpenSearch prints it in messages: "JSON".
std::string_view Name(MediaType type);
// The content type of an answer: "application/json; charset=UTF-8".
std::string_view ContentTypeOf(MediaType type);

}  // namespace rest
