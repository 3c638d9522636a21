// engine/mapping/single_values.h
//
// The values that a document has given so far to fields that take only one: rank_feature, each
// feature of rank_features, geo_shape. A nested object counts as a document of its own.
//
// Lifetime: one document or nested object; points into its tree. Threads: one.

#pragma once

#include <map>
#include <string_view>
#include <unordered_set>

#include "engine/mapping/field_value.h"

namespace engine {

class SingleValues {
 public:
  // Refuses a rank that is there already. The bare cause; OK for fields of other types.
  base::Status Add(const FieldNode& field, const base::json::Value& value, const Source& source);
  // A shape that fits its field: 400 on the second, as the index says it, if it has doc values.
  base::Status AddShape(const FieldNode& field);

 private:
  using Value = base::json::Value;

  // Names are collected only once a second object comes: one object cannot have a name twice.
  struct Given {
    const Value* first = nullptr;
    std::unordered_set<std::string_view> names;
  };

  base::Status AddFeatures(const FieldNode& field, Given& given, const Value& value,
                           const Source& source);

  std::map<const FieldNode*, Given> given_;
};

}  // namespace engine
