#include "engine/mapping/single_values.h"

#include <string>

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using base::json::Member;

// A null is no value of its feature.
bool Counts(const Member& member) { return !member.value->IsNull(); }

}  // namespace

Status SingleValues::Add(const FieldNode& field, const Value& value, const Source& source) {
  if (field.kind != Kind::kFeature && field.kind != Kind::kFeatures) return {};
  const auto [there, first] = given_.try_emplace(&field);
  Given& given = there->second;
  if (first) {
    given.first = &value;
    return {};
  }
  if (field.kind == Kind::kFeatures) return AddFeatures(field, given, value, source);
  return IllegalArgument(
      "[rank_feature] fields do not support indexing multiple values for the same field [" +
      field.definition->path + "] in the same document");
}

Status SingleValues::AddShape(const FieldNode& field) {
  if (!field.definition->Bool("doc_values") || given_.try_emplace(&field).second) return {};
  return IllegalArgument("DocValuesField \"" + field.definition->path +
                         "\" appears more than once in this document (only one value is allowed "
                         "per field)");
}

Status SingleValues::AddFeatures(const FieldNode& field, Given& given, const Value& value,
                                 const Source& source) {
  if (given.names.empty()) {
    for (const Member& member : given.first->members()) {
      RETURN_IF_ERROR(source.task.Checkpoint());
      if (Counts(member)) given.names.insert(member.key);
    }
  }
  for (const Member& member : value.members()) {
    RETURN_IF_ERROR(source.task.Checkpoint());
    if (!Counts(member) || given.names.insert(member.key).second) continue;
    return IllegalArgument(
        "[rank_features] fields do not support indexing multiple values for the same rank feature "
        "[" +
        field.definition->path + "." + std::string(member.key) + "] in the same document");
  }
  return {};
}

}  // namespace engine
