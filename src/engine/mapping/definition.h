// engine/mapping/definition.h
//
// A mapping as a tree of fields with what each was given: what is parsed, merged, counted and
// shown. Documents are checked against the CheckPlan made of it.
//
// Lifetime: a value. Threads: one at a time while it is built, then any.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "engine/mapping/field_type.h"
#include "engine/mapping/mapping.h"

namespace engine {

struct Definition {
  Definition() : Definition("", ObjectType()) {}
  Definition(std::string where, const FieldType& what)
      : path(std::move(where)), type(&what), values(what.parameters.size()) {}

  std::string path;  // "" of the root
  const FieldType* type;
  std::vector<std::string> values;             // of type->parameters, as JSON; empty: not given
  std::map<std::string, Definition> children;  // properties or multi-fields

  // As JSON; the default if it was not given, empty if there is no such parameter.
  std::string_view Value(std::string_view parameter) const;
  bool Bool(std::string_view parameter) const { return Value(parameter) == "true"; }
  // Of a text: what is between the quotes.
  std::string Text(std::string_view parameter) const;
  void Set(std::string_view parameter, std::string json);
};

// Members of a mapping that belong to no field. Empty: not given.
struct RootOptions {
  // Metadata: _meta, _data_stream_timestamp, _field_names, _routing, _source, as JSON.
  std::map<std::string, std::string, std::less<>> metadata;
  std::vector<std::string> date_formats;
  bool has_date_formats = false;
  std::vector<std::pair<std::string, std::string>> templates;  // name, body
  bool has_templates = false;
  std::string date_detection, numeric_detection;  // true, false
  std::string derived;
};

struct MappingTree {
  Definition root;
  RootOptions options;
};

std::string ChildPath(std::string_view parent, std::string_view name);

class Reading;

// Bare errors, as PUT _mapping shows them; any if the reading was given up, see Reading::end().
base::Result<MappingTree> ParseTree(std::string_view json, Reading& reading);
base::Result<MappingTree> ParseTree(const base::json::Value& root, Reading& reading);
base::Status MergeTree(MappingTree& tree, MappingTree update, Reading& reading);
// One field's definition.
base::Result<Definition> ParseField(std::string path, const base::json::Value& body,
                                    Reading& reading);
base::Status MergeField(Definition& field, Definition update);
// The options of a whole mapping, but not its fields.
base::Status ParseOption(std::string_view key, const base::json::Value& value, Reading& reading,
                         RootOptions& options, bool& known);
base::Status MergeOptions(RootOptions& options, RootOptions update, Reading& reading);

// Aliases that lead nowhere, and what is too much of the mapping as a whole.
base::Status CheckLimits(const MappingTree& tree, const MappingLimits& limits, Reading& reading);
std::int64_t CountFields(const Definition& field);

void WriteTree(const MappingTree& tree, base::json::Writer& writer);

// How Java prints a value inside an error: {a=1, b=[x, null]}.
std::string JavaText(const base::json::Value& value);

}  // namespace engine
