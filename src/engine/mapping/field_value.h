// engine/mapping/field_value.h
//
// Whether one value of a document fits its field, and in OpenSearch's words why it does not.
// Threads: pure functions.

#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "engine/mapping/check_plan.h"
#include "tasks/task_context.h"

namespace engine {

// The document that a value is part of.
struct Source {
  std::string_view text;           // for places in errors
  const tasks::TaskContext& task;  // whose stop ends the check of a long value
  std::string_view routing;        // empty: it has none
};

// `value` is no array, unless the field takes arrays as one value, and is not null. Returns the
// bare cause: FieldError() says which field it was. If it is an error, ask `source.task` first
// whether it has to stop.
base::Status CheckValue(const FieldNode& field, const base::json::Value& value,
                        const Source& source);

// One date of a field with a format: a text, or a number's spelling.
base::Status CheckDate(const FieldNode& field, std::string_view text);

// "failed to parse field [n] of type [long] in document with id '1'. Preview of field's value: …".
base::Status FieldError(const FieldNode& field, std::string_view id, const base::json::Value& value,
                        base::Status cause);

// Whether such a field reads an array itself, as a point does [lon, lat].
bool TakesArray(Kind kind);

// The parser's words for a token where a number is wanted.
base::Status NotNumeric(const base::json::Value& value, std::string_view source);

// How Java's types are named where they are too small.
struct IntegerNames {
  const char* article;  // "a long"
  const char* token;    // in the parser's words
  const char* boxed;    // "Long"
};
IntegerNames NamesOf(int bits);
// "Value [300] is out of range for a byte".
base::Status OutOfRange(std::string_view text, const char* article);
// Whether a float, double or half_float can hold it.
base::Status CheckFinite(const FieldType& type, double value);

// The metadata field `_doc_count`: how many documents this one stands for.
base::Status CheckDocCount(const base::json::Value& value, std::string_view source);

// A term that is too long for the index, as it is told after the document has been parsed.
base::Status CheckTerm(const FieldNode& field, const base::json::Value& value);

}  // namespace engine
