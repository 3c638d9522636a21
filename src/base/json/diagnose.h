// base/json/diagnose.h
//
// Says what is wrong with a text that is no JSON, in the words OpenSearch's parser uses, and where.
// Slow and only for texts that the fast parser has refused.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/json/tree.h"
#include "base/status.h"

namespace base::json {

// OK only if the text is one JSON value within the options after all.
Status Diagnose(std::string_view text, const ParseOptions& options);

// 400 of `type`, its reason ending in line and column of `offset`.
Status ErrorAt(std::string_view type, std::string reason, std::string_view text,
               std::size_t offset);
// 400 parsing_exception with line and column as members.
Status ParsingError(std::string reason, std::string_view text, std::size_t offset);
// What OpenSearch's parser calls the first token of `value`: VALUE_NUMBER, START_OBJECT.
std::string_view FirstToken(const Value& value);

}  // namespace base::json
