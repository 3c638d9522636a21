// engine/mapping/field_tree.h
//
// A mapping as an immutable tree of fields. A tree made from another one shares with it whatever is
// the same: definitions, and the chunks that an object keeps its fields in. So a new field costs
// its own chunk and those of the objects around it, however many fields there are.
//
// Lifetime: reference-counted parts, never changed once made. Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mapping/definition.h"

namespace engine {

// What limits are about, of a number of fields and all below them.
struct FieldTotals {
  std::int64_t fields = 0, nested = 0, aliases = 0;
  std::int64_t depth = 0;        // of the object that lies deepest
  std::int64_t name_length = 0;  // the longest, in characters

  void Add(const FieldTotals& more);
};

struct Field;
struct FieldChunk;

// The properties of an object or the multi-fields of a field, sorted by name.
class FieldList {
 public:
  // Multi-fields are written out by their field.
  enum class Text : bool { kNo, kYes };
  using Chunks = std::vector<std::shared_ptr<const FieldChunk>>;

  FieldList() = default;
  FieldList(std::vector<Field> fields, Text text);
  // This list with `changes`, each added or in place of the field of its name.
  FieldList With(std::vector<Field> changes, Text text) const;

  bool empty() const { return chunks_ == nullptr; }
  const Chunks& chunks() const;
  const Field* Find(std::string_view name) const;
  FieldTotals Totals() const;
  // Of a list with text: "a":{…},"b":{…}
  void AppendText(std::string& out) const;

  // Whether it is the very same list.
  friend bool operator==(const FieldList&, const FieldList&) = default;

 private:
  explicit FieldList(Chunks chunks);

  std::shared_ptr<const Chunks> chunks_;  // null: no fields
};

struct Field {
  std::shared_ptr<const Definition> definition;
  FieldList children;

  std::string_view name() const { return definition->name(); }
  FieldTotals Totals() const;  // with this one

  // Whether it is the very same field, with all below it.
  friend bool operator==(const Field&, const Field&) = default;
};

struct FieldChunk {
  // Where the properties of an object belong in the text.
  struct Gap {
    std::size_t at, field;
  };

  std::vector<Field> fields;
  FieldTotals totals;
  std::string text;  // without the properties of objects, so each byte is stored once
  std::vector<Gap> gaps;
};

struct MappingTree {
  Field root{std::make_shared<const Definition>(), {}};
  RootOptions options;
};

Field Seal(Draft draft);
MappingTree Seal(MappingDraft draft);

// How a merge changed a tree.
struct Growth {
  struct Addition {
    std::string parent;  // path of the object
    Field field;
  };
  std::vector<Addition> added;
  bool only_added = true;  // properties; all that was there is as it was
};

base::Result<MappingTree> Merge(const MappingTree& tree, MappingDraft update, Reading& reading,
                                Growth& growth);
// Aliases that lead nowhere, and what is too much of the mapping as a whole.
base::Status CheckLimits(const MappingTree& tree, const MappingLimits& limits);

}  // namespace engine
