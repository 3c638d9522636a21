// engine/mapping/definition_text.h
//
// Parameters of fields that are analyzed: text, match_only_text, search_as_you_type, completion.
// Threads: pure functions.

#pragma once

#include <string>

#include "base/json/tree.h"
#include "base/result.h"
#include "engine/mapping/definition.h"

namespace engine {

// `index_prefixes` as a mapping shows it.
base::Result<std::string> ParsePrefixes(const base::json::Value& value);
// `fielddata_frequency_filter`, which says what terms are loaded by how often they occur.
base::Result<std::string> ParseFrequencies(const base::json::Value& value);

// Once all parameters have been read: 400 if they contradict each other or the type. Drops the
// analyzers that are as they would be anyway.
base::Status FinishText(Draft& field);

}  // namespace engine
