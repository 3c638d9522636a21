// engine/mapping/rank_values.h
//
// The ranks that a document has given so far: a rank_feature field takes one value, and a
// rank_features field one value a feature, in a document or in each nested object of it.
//
// Lifetime: one document or nested object; points into its tree. Threads: one.

#pragma once

#include <map>
#include <string_view>
#include <unordered_set>

#include "engine/mapping/field_value.h"

namespace engine {

class RankValues {
 public:
  // Refuses a rank that is there already. The bare cause; OK for fields of other types.
  base::Status Add(const FieldNode& field, const base::json::Value& value, const Source& source);

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
