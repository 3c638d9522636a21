#include "engine/mapping/stored_fields.h"

#include <map>
#include <vector>

#include "base/json/compact_writer.h"
#include "engine/mapping/stored_value.h"
#include "tasks/memory/parsed_json.h"

namespace engine {

namespace {

using base::Status;
using base::json::Value;

class Collector {
 public:
  Collector(const tasks::TaskContext& task, const CheckPlan& plan, std::string_view source)
      : plan_(plan), source_{source, task, {}} {}

  Status Want(std::string_view name) {
    const FieldNode* field = plan_.FindField(name);
    if (field == nullptr) return {};
    if (field->definition->type->IsObject()) {
      return base::IllegalArgument("field [" + std::string(name) + "] isn't a leaf field");
    }
    if (field->definition->Bool("store")) wanted_.try_emplace(field->id);
    return {};
  }
  bool WantsAny() const { return !wanted_.empty(); }

  // `seen`: the fields of the object are the document's own, not those of a nested one.
  Status Object(const FieldNode& node, const Value& object, bool seen) {
    for (const base::json::Member& member : object.members()) {
      RETURN_IF_ERROR(Member(node, member.key, *member.value, seen));
    }
    return {};
  }

  std::string Json() const {
    std::string json;
    base::json::CompactWriter writer(json);
    writer.BeginObject();
    for (const auto& [id, values] : wanted_) {
      if (values.empty()) continue;
      writer.ArrayField(plan_.node(id).definition->path);
      for (const std::string& value : values) writer.Raw(value);
      writer.EndArray();
    }
    writer.EndObject();
    return json == "{}" ? std::string() : json;
  }

 private:
  Status Member(const FieldNode& node, std::string_view key, const Value& value, bool seen) {
    const FieldNode* at = &node;
    while (true) {
      const std::size_t dot = key.find('.');
      at = plan_.Find(*at, key.substr(0, dot));
      if (at == nullptr || !at->enabled) return {};
      if (at->kind == Kind::kNested) seen = IsSeenAbove(*at, seen);
      if (dot == key.npos) break;
      key.remove_prefix(dot + 1);
    }
    return at->definition->type->IsObject() ? Objects(*at, value, seen) : Field(*at, value, seen);
  }

  static bool IsSeenAbove(const FieldNode& nested, bool seen) {
    return nested.definition->Bool("include_in_root") ||
           (seen && nested.definition->Bool("include_in_parent"));
  }

  Status Objects(const FieldNode& node, const Value& value, bool seen) {
    if (value.IsObject()) return Object(node, value, seen);
    for (const Value* item : value.items()) RETURN_IF_ERROR(Objects(node, *item, seen));
    return {};
  }

  Status Field(const FieldNode& field, const Value& value, bool seen) {
    constexpr unsigned kCheckEvery = 128;
    if (++values_ % kCheckEvery == 0) RETURN_IF_ERROR(source_.task.Checkpoint());
    if (value.IsArray() && !TakesArray(field.kind)) {
      for (const Value* item : value.items()) RETURN_IF_ERROR(Field(field, *item, seen));
      return {};
    }
    if (seen) AddWithMultiFields(field, value);
    if (value.IsNull()) return {};
    // A copy is not copied on. It belongs to the document that the target is part of.
    for (const std::string& target : field.copy_to) {
      const FieldNode* const copy = plan_.FindPath(target);
      if (copy != nullptr && (seen || !IsNested(*copy))) AddWithMultiFields(*copy, value);
    }
    return {};
  }

  bool IsNested(const FieldNode& field) const {
    for (const FieldNode* at = &field; at->id != 0; at = &plan_.node(at->parent)) {
      if (at->kind == Kind::kNested) return true;
    }
    return false;
  }

  void AddWithMultiFields(const FieldNode& field, const Value& value) {
    Add(field, value);
    // Those of a point get its geohash, those of a shape nothing.
    if (field.kind == Kind::kGeoPoint || field.kind == Kind::kShape) return;
    for (const std::uint32_t id : field.multi_fields) Add(plan_.node(id), value);
  }
  void Add(const FieldNode& field, const Value& value) {
    const auto found = wanted_.find(field.id);
    if (found != wanted_.end()) AppendStored(field, value, source_, found->second);
  }

  const CheckPlan& plan_;
  const Source source_;
  std::map<std::uint32_t, std::vector<std::string>> wanted_;  // values by the field's number
  unsigned values_ = 0;
};

}  // namespace

base::Result<std::string> StoredFields(const tasks::TaskContext& task, const CheckPlan& plan,
                                       std::span<const std::string> names,
                                       std::string_view source) {
  Collector collector(task, plan, source);
  for (const std::string& name : names) RETURN_IF_ERROR(collector.Want(name));
  if (!collector.WantsAny() || !plan.root().enabled) return std::string();
  ASSIGN_OR_RETURN(const auto document,
                   tasks::ParsedJson::Parse(task, source, base::json::DuplicateKeys::kLastWins));
  RETURN_IF_ERROR(collector.Object(plan.root(), document.root(), true));
  return collector.Json();
}

}  // namespace engine
