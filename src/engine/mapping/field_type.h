// engine/mapping/field_type.h
//
// The types a field may have, and the parameters each one takes in the order in which a mapping
// shows them. Threads: constant tables.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace engine {

enum class Kind : std::uint8_t {
  kObject,
  kNested,
  kAlias,
  kText,      // any scalar is good: text, match_only_text, search_as_you_type, wildcard, …
  kKeyword,   // any scalar that is not immense
  kConstant,  // constant_keyword
  kInteger,   // byte, short, integer, long
  kUnsigned,  // unsigned_long
  kReal,      // half_float, float, double, scaled_float
  kBoolean,
  kDate,  // date, date_nanos
  kIp,
  kBinary,
  kGeoPoint,
  kShape,     // geo_shape
  kFlat,      // flat_object
  kRange,     // *_range
  kComplete,  // completion
  kJoin,
  kFeature,   // rank_feature
  kFeatures,  // rank_features
  kAnything,  // percolator: whatever is well-formed
};

struct Parameter {
  enum class Form : std::uint8_t {
    kBool,
    kInt,
    kDouble,
    kValue,  // as the field's own values
    kText,
    kChoice,   // one of `choices`
    kTexts,    // a text or a list of them
    kMeta,     // an object of short texts
    kDynamic,  // true, false, strict, …
    kFormat,   // of dates
    kRaw,      // kept as it is
    kFields,   // properties or multi-fields: the children stand here
  };

  std::string_view name;
  Form form;
  std::string_view fallback = "";  // as JSON; what is as by default is not shown
  bool fixed = false;              // a merge may not change it
  bool always = false;             // shown even if it is as by default
  bool required = false;
  bool by_index = false;  // the index says what is if the field does not: shown once it was given
  std::string_view choices = "";  // "a, b, c"
};

struct FieldType {
  std::string_view name;
  Kind kind;
  std::span<const Parameter> parameters;
  bool parametrized = true;  // which of OpenSearch's two texts tells of unknown parameters
  int bits = 0;              // of numbers

  bool IsObject() const { return kind == Kind::kObject || kind == Kind::kNested; }
  int IndexOf(std::string_view parameter) const;  // -1: it has none of that name
  // Once parameters of every field, some are taken, and have no effect, where they are none any
  // more.
  bool LetsPass(std::string_view parameter) const;
};

// Null: there is no such type.
const FieldType* FindFieldType(std::string_view name);
const FieldType& ObjectType();

}  // namespace engine
