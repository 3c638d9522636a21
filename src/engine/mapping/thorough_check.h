// engine/mapping/thorough_check.h
//
// The check of a document that the quick one could not pass: says what is wrong with it, and what
// its new fields would be.
//
// Lifetime: one document. Threads: one.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "engine/mapping/check_plan.h"
#include "engine/mapping/single_values.h"
#include "tasks/task_context.h"

namespace engine {

class ThoroughCheck {
 public:
  ThoroughCheck(const tasks::TaskContext& task, const CheckPlan& plan, std::string_view id,
                std::string_view routing, std::string_view source)
      : task_(task), plan_(plan), id_(id), routing_(routing), source_(source) {}

  // The update that adds the new fields, or nullopt if there are none.
  base::Result<std::optional<std::string>> Run();

 private:
  using Value = base::json::Value;

  // An object of the document: what the mapping, or the template that it is made by, has of it
  // (null: nothing), where it is.
  struct Place {
    const CheckPlan* plan;  // of `node`
    const FieldNode* node;
    std::string path;
    Dynamic dynamic;
    int depth;
  };
  // What a new field is checked by: once for all values of an array.
  struct NewPlan {
    Draft field;  // until it is added to the update
    Field root;   // the plan points into it
    std::shared_ptr<const CheckPlan> plan;
    bool added = false;  // to the update
  };

  static base::Status StrictError(const Place& place, std::string_view name);

  base::Status Object(const Place& place, const Value& object);
  // The reason of a metadata field that is in the document.
  base::Status MetadataError(std::string_view field, const Value& value, base::Status cause) const;
  base::Status DocCount(const Value& value);
  base::Status Member(const Place& place, std::string_view key, const Value& value);
  base::Status Named(const Place& place, std::string_view name, const Value& value);

  // `plan`: the one that `field` belongs to.
  base::Status KnownField(const CheckPlan& plan, const FieldNode& field, const Value& value);
  base::Status KnownObject(const CheckPlan& plan, const FieldNode& field, const Place& parent,
                           const Value& value, std::string_view name);
  // A checkpoint every so many values.
  base::Status CountValue();
  base::Status OneValue(const FieldNode& field, const Value& value);
  base::Status Copies(const FieldNode& field, const Value& value);

  base::Status NewField(const Place& place, std::string_view name, const Value& value);
  base::Status NewObject(const Place& place, std::string_view name, const Value& value);
  base::Result<Place> NewOnTheWay(const Place& place, std::string_view name);
  base::Status NewScalar(const Place& place, std::string_view name, const Value& value);
  base::Status AddField(const Place& place, std::string_view name, const std::string& json,
                        const Value& value);
  // What the mapping would be by a template, or else `fallback`.
  std::string TypeFor(const std::string& path, std::string_view name, std::string_view looks_like,
                      std::string_view type, std::string_view fallback) const;
  std::string ArrayTypeFor(const std::string& path, std::string_view name) const;
  const DynamicTemplate* TemplateFor(const std::string& path, std::string_view name,
                                     std::string_view looks_like) const;
  std::string TypeOfText(const std::string& path, std::string_view name,
                         std::string_view text) const;
  base::Result<NewPlan> PlanOf(const Place& place, const std::string& path,
                               const std::string& json) const;
  base::Result<NewPlan*> PlanFor(const Place& place, std::string_view name,
                                 const std::string& json);
  base::Status AddOnce(const Place& place, std::string_view name, NewPlan& made);
  // 400 as soon as there are more fields than the mapping may have.
  base::Status AddToUpdate(const Place& place, std::string_view name, Draft field);
  // The object `path` in the update, with all that it stands in.
  Draft& Grow(const std::string& path);
  void Remember(base::Status conflict);

  const tasks::TaskContext& task_;
  const CheckPlan& plan_;
  const std::string_view id_;
  const std::string_view routing_;
  const std::string_view source_;
  MappingDraft update_;
  bool copying_ = false;  // within Copies()
  bool grown_ = false;
  std::int64_t new_fields_ = 0;  // in update_
  base::Status conflict_;        // between new fields; told after all that is wrong with values
  base::Status index_refusal_;   // likewise: what an index of such values would refuse
  bool has_doc_count_ = false;
  std::int64_t nested_ = 0;
  unsigned values_ = 0;
  SingleValues single_;  // of the innermost nested object
  std::map<std::pair<std::string, std::string>, NewPlan> new_plans_;  // by path and mapping
  std::set<std::string> new_objects_;                                 // that no template makes
};

}  // namespace engine
