// engine/mapping/mapping.h
//
// The mapping of an index: its fields and their types, parsed from the JSON that clients put and
// get. Immutable; a change makes a new one.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "tasks/task_context.h"

namespace engine {

class SourceRule;

// No setting allows objects to lie deeper: what walks a mapping calls itself for each level.
inline constexpr std::int64_t kMaxMappingDepth = 490;

// Of an index's settings, what its mapping obeys: index.mapping.*.
struct MappingLimits {
  std::int64_t total_fields = 1000;
  std::int64_t depth = 20;  // at most kMaxMappingDepth
  std::int64_t nested_fields = 50;
  std::int64_t nested_objects = 10'000;
  std::int64_t field_name_length = 2'147'483'647;
  bool ignore_malformed = false;  // of fields that do not say
  bool coerce = true;
  bool sorted = false;  // index.sort.field: nested objects would have no place in the order

  friend bool operator==(const MappingLimits&, const MappingLimits&) = default;
};

class Mapping {
 public:
  virtual ~Mapping() = default;

  // `json`: {"properties":{…},"dynamic":…,…}, as under "mappings" of an index creation; "" or "{}"
  // is the empty mapping. 400 mapper_parsing_exception with OpenSearch's texts, 400
  // illegal_argument_exception as soon as it is more than `limits` allow, Cancelled if `task` has
  // to stop.
  static base::Result<std::shared_ptr<const Mapping>> Parse(const tasks::TaskContext& task,
                                                            std::string_view json,
                                                            const MappingLimits& limits = {});
  static base::Result<std::shared_ptr<const Mapping>> Parse(const tasks::TaskContext& task,
                                                            const base::json::Value& body,
                                                            const MappingLimits& limits = {});
  // The mapping that `layers` come to, the lowest first: those of templates, then of the request,
  // each parsed on its own and put on top of the others as OpenSearch composes them.
  static base::Result<std::shared_ptr<const Mapping>> ParseLayers(
      const tasks::TaskContext& task, std::span<const std::string> layers,
      const MappingLimits& limits = {});
  // A mapping that was accepted before, when the limits may have been others: only what comes to it
  // is held against them.
  static base::Result<std::shared_ptr<const Mapping>> Restore(std::string_view json,
                                                              const MappingLimits& limits = {});

  // This mapping with `update` merged in (as PUT _mapping does): 400 illegal_argument_exception
  // "mapper [f] cannot be changed from type [long] to [keyword]" and the like; Cancelled.
  virtual base::Result<std::shared_ptr<const Mapping>> Merge(const tasks::TaskContext& task,
                                                             std::string_view update) const = 0;

  // The same as Restore(json, limits()), for the text of a mapping that grew from this one. Costs a
  // comparison of the texts and what was added, if properties were added and nothing else changed.
  virtual base::Result<std::shared_ptr<const Mapping>> Follow(std::string_view json) const = 0;

  // As GET _mapping shows it, without the index name; keys in OpenSearch's order.
  virtual const std::string& json() const = 0;

  virtual const MappingLimits& limits() const = 0;
  virtual bool routing_required() const = 0;
  virtual std::size_t field_count() const = 0;
  // Null: readers see documents as they are. Valid as long as the mapping.
  virtual const SourceRule* source_rule() const { return nullptr; }

  // 400 illegal_argument_exception unless the index can be sorted by the field.
  virtual base::Status CheckSortField(std::string_view field) const = 0;

  // Of a complete document the values of the fields `names` that are stored: {"k":["a"],…}, empty
  // if there are none. 400 illegal_argument_exception "field [o] isn't a leaf field"; Cancelled.
  virtual base::Result<std::string> StoredFields(const tasks::TaskContext& task,
                                                 std::span<const std::string> names,
                                                 std::string_view source) const = 0;

  // Checks a document, whose `routing` is empty if it has none: JSON well-formed in full (every
  // field visited), values fit their fields. The update that would add unmapped fields (dynamic
  // mapping: long, float, date, boolean, text with .keyword, objects), or nullopt if none is
  // needed. 400 mapper_parsing_exception, strict_dynamic_mapping_exception, …; Cancelled if `task`
  // has to stop. Fast: called once a document.
  virtual base::Result<std::optional<std::string>> Check(tasks::TaskContext& task,
                                                         std::string_view id,
                                                         std::string_view routing,
                                                         std::string_view source) const = 0;

  // The same with a buffer that has at least 64 readable bytes behind `source`: no copy is made.
  virtual base::Result<std::optional<std::string>> CheckPadded(tasks::TaskContext& task,
                                                               std::string_view id,
                                                               std::string_view routing,
                                                               std::string_view source) const = 0;
};

}  // namespace engine
