// engine/mapping/completion_contexts.h
//
// `contexts` of completion fields: categories and places that a suggestion is made for.
// Threads: pure functions.

#pragma once

#include <string>

#include "base/json/tree.h"
#include "base/result.h"
#include "engine/mapping/field_value.h"

namespace engine {

// What a mapping says, as it shows it: [{"name":"g","type":"GEO","precision":6}].
base::Result<std::string> ParseContexts(const base::json::Value& value);

// The contexts that a suggestion in a document gives. The bare cause.
base::Status CheckContexts(const FieldNode& field, const base::json::Value& given);

// A suggestion must have a context if its field knows any. Of one whose contexts come from another
// field of the document this is not checked.
base::Status CheckContextsGiven(const FieldNode& field, const base::json::Value& suggestion);

}  // namespace engine
