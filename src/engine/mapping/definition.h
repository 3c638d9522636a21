// engine/mapping/definition.h
//
// What a field was given, and drafts of mappings: what is parsed, and what is put to a mapping. The
// mapping itself is a MappingTree, and documents are checked against the CheckPlan made of it.
//
// Lifetime: values. Threads: one at a time while it is built, then any.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "engine/mapping/field_type.h"
#include "engine/mapping/mapping.h"

namespace engine {

// The values of a type's parameters, as JSON, by the parameter's number. Stores only those that
// were given: a text has 19 parameters, and most fields give none.
class ParameterValues {
 public:
  // Empty: not given.
  const std::string& operator[](std::size_t parameter) const;
  void Set(std::size_t parameter, std::string json);

  friend bool operator==(const ParameterValues&, const ParameterValues&) = default;

 private:
  std::vector<std::pair<std::size_t, std::string>> given_;  // sorted
};

struct Definition {
  Definition() : Definition("", ObjectType()) {}
  Definition(std::string where, const FieldType& what) : path(std::move(where)), type(&what) {}

  std::string path;  // "" of the root
  const FieldType* type;
  ParameterValues values;

  std::string_view name() const { return std::string_view(path).substr(path.rfind('.') + 1); }
  // As JSON; the default if it was not given, empty if there is no such parameter.
  std::string_view Value(std::string_view parameter) const;
  bool Bool(std::string_view parameter) const { return Value(parameter) == "true"; }
  // Of a text: what is between the quotes.
  std::string Text(std::string_view parameter) const;

  friend bool operator==(const Definition&, const Definition&) = default;
};

// A field with those below it.
struct Draft : Definition {
  using Definition::Definition;

  std::map<std::string, Draft> children;  // properties or multi-fields
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

  friend bool operator==(const RootOptions&, const RootOptions&) = default;
};

struct MappingDraft {
  Draft root;
  RootOptions options;
};

std::string ChildPath(std::string_view parent, std::string_view name);

class Reading;

// Bare errors, as PUT _mapping shows them; any if the reading was given up, see Reading::end().
base::Result<MappingDraft> ParseMapping(std::string_view json, Reading& reading);
base::Result<MappingDraft> ParseMapping(const base::json::Value& root, Reading& reading);
// One field's definition.
base::Result<Draft> ParseField(std::string path, const base::json::Value& body, Reading& reading);
// The options of a whole mapping, but not its fields.
base::Status ParseOption(std::string_view key, const base::json::Value& value, Reading& reading,
                         RootOptions& options, bool& known);

// As PUT _mapping does: what documents were indexed with cannot change.
base::Status MergeField(Draft& field, Draft update);
// Without the fields below.
base::Status MergeDefinition(Definition& field, Definition& update);
base::Status MergeOptions(RootOptions& options, RootOptions update, Reading& reading);
// What a template or the request for an index puts on the mapping of the templates below it: a
// field takes the place of another, objects are merged, and so are `_meta` and dynamic templates.
base::Status Overlay(MappingDraft& lower, MappingDraft upper, Reading& reading);

base::Status OverlayOptions(RootOptions& lower, RootOptions upper, Reading& reading);

std::int64_t CountFields(const Draft& field);

// Writes the members of an object or the multi-fields of a field; null if it has none.
using WriteMembers = std::function<void(base::json::Writer&)>;

void WriteMapping(const MappingDraft& draft, base::json::Writer& writer);
void WriteMapping(const Definition& root, const RootOptions& options,
                  const WriteMembers& properties, base::json::Writer& writer);
void WriteField(const Definition& field, const WriteMembers& members, base::json::Writer& writer);

// How Java prints a value inside an error: {a=1, b=[x, null]}.
std::string JavaText(const base::json::Value& value);

}  // namespace engine
