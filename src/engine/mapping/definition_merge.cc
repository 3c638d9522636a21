// What a mapping becomes when more is put to it, and when it is too much.

#include <utility>

#include "engine/mapping/field_tree.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using Form = Parameter::Form;

// A value as the error shows it: texts bare, none as null.
std::string Shown(const Definition& field, std::size_t index) {
  const Parameter& parameter = field.type->parameters[index];
  if (const std::string& value = field.values[index]; !value.empty()) {
    return value.starts_with('"') ? field.Text(parameter.name) : value;
  }
  if (parameter.fallback.empty()) return parameter.name == "analyzer" ? "default" : "null";
  return field.Text(parameter.name);
}

// Norms may be given up, never be had again.
bool MayChange(const Parameter& parameter, const std::string& to) {
  return parameter.name == "norms" ? to == "false" : !parameter.fixed;
}

Status MergeParameters(Definition& field, Definition& update) {
  std::string conflicts;
  for (std::size_t i = 0; i < field.type->parameters.size(); ++i) {
    const Parameter& parameter = field.type->parameters[i];
    if (parameter.form == Form::kFields) continue;
    const std::string from = Shown(field, i), to = Shown(update, i);
    if (from != to && !MayChange(parameter, to)) {
      conflicts += "\n\tCannot update parameter [" + std::string(parameter.name) + "] from [" +
                   from + "] to [" + to + "]";
    }
  }
  if (!conflicts.empty()) {
    return IllegalArgument("Mapper for [" + field.path +
                           "] conflicts with existing mapper:" + conflicts);
  }
  field.values = std::move(update.values);
  return {};
}

Status CannotChangeType(const Definition& field, const Definition& update) {
  const bool was = field.type->IsObject(), is = update.type->IsObject();
  if (was != is) {
    return IllegalArgument("can't merge a non object mapping [" + field.path +
                           "] with an object mapping");
  }
  if (was) {
    const bool nested = field.type->kind == Kind::kNested;
    return IllegalArgument(std::string("cannot change object mapping from ") +
                           (nested ? "nested to non-nested" : "non-nested to nested"));
  }
  if (field.type->kind == Kind::kAlias) {
    return IllegalArgument("Cannot merge a field alias mapping [" + field.path +
                           "] with a mapping that is not for a field alias.");
  }
  return IllegalArgument("mapper [" + field.path + "] cannot be changed from type [" +
                         std::string(field.type->name) + "] to [" + std::string(update.type->name) +
                         "]");
}

void SetGiven(Definition& object, const Definition& update) {
  for (std::size_t i = 0; i < object.type->parameters.size(); ++i) {
    if (!update.values[i].empty()) object.values.Set(i, update.values[i]);
  }
}

// Of an object only what is said changes.
Status MergeObject(Definition& object, Definition& update) {
  if (object.Value("enabled") != update.Value("enabled") &&
      (!update.path.empty() || update.Value("enabled") == "false")) {
    return {500, "mapper_exception",
            "the [enabled] parameter can't be updated for the object mapping [" +
                (object.path.empty() ? "_doc" : object.path) + "]"};
  }
  SetGiven(object, update);
  return {};
}

Status OverlayField(Draft& lower, Draft upper, Reading& reading) {
  RETURN_IF_ERROR(reading.Step());
  const bool object = lower.type->IsObject();
  if (object != upper.type->IsObject() || (object && lower.type->kind != upper.type->kind))
    return CannotChangeType(lower, upper);
  if (!object) {
    lower = std::move(upper);
    return {};
  }
  SetGiven(lower, upper);
  for (auto& [name, child] : upper.children) {
    const auto [there, added] = lower.children.try_emplace(name, std::move(child));
    if (!added) RETURN_IF_ERROR(OverlayField(there->second, std::move(child), reading));
  }
  return {};
}

// Of the first field that is too much.
Status TooMuchOf(const FieldList& fields, const MappingLimits& limits, std::int64_t depth,
                 std::string& deepest) {
  for (const auto& chunk : fields.chunks()) {
    for (const Field& field : chunk->fields) {
      const std::string& path = field.definition->path;
      RETURN_IF_ERROR(CheckFieldName(path, limits));
      if (deepest.empty() && field.definition->type->IsObject() && DepthOf(path) == depth) {
        deepest = path;
      }
      RETURN_IF_ERROR(TooMuchOf(field.children, limits, depth, deepest));
    }
  }
  return {};
}

const Definition* FindPath(const Field& root, std::string_view path) {
  const Field* at = &root;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = at->children.Find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at == nullptr ? nullptr : at->definition.get();
}

// The path of the innermost nested object around a field; empty: there is none.
std::string_view NestedScope(const Field& root, std::string_view path) {
  std::string_view scope;
  const Field* at = &root;
  for (std::size_t dot = path.find('.'), begin = 0; dot != path.npos;
       begin = dot + 1, dot = path.find('.', begin)) {
    at = at->children.Find(path.substr(begin, dot - begin));
    if (at == nullptr) return scope;
    if (at->definition->type->kind == Kind::kNested) scope = path.substr(0, dot);
  }
  return scope;
}

Status CheckAliasScope(const Definition& alias, const std::string& path, const Field& root) {
  const std::string own(NestedScope(root, alias.path)), target(NestedScope(root, path));
  if (own == target) return {};
  return IllegalArgument(
      "Invalid [path] value [" + path + "] for field alias [" + alias.path +
      "]: an alias must have the same nested scope as its target. " +
      (own.empty() ? "The alias is not nested" : "The alias's nested scope is [" + own + "]") +
      ", but " +
      (target.empty() ? "the target is not nested."
                      : "the target's nested scope is [" + target + "]."));
}

Status CheckAlias(const Definition& alias, const Field& root) {
  const std::string path = alias.Text("path");
  const auto fail = [&](const char* why) {
    return Status(400, "mapper_parsing_exception",
                  "Invalid [path] value [" + path + "] for field alias [" + alias.path +
                      "]: an alias " + why);
  };
  if (path == alias.path) return fail("cannot refer to itself.");
  const Definition* target = FindPath(root, path);
  if (target != nullptr && target->type->kind == Kind::kAlias) {
    return fail("cannot refer to another alias.");
  }
  if (target == nullptr || target->type->IsObject()) {
    return fail("must refer to an existing field in the mappings.");
  }
  return CheckAliasScope(alias, path, root);
}

Status CheckAliases(const FieldList& fields, const Field& root) {
  for (const auto& chunk : fields.chunks()) {
    if (chunk->totals.aliases == 0) continue;
    for (const Field& field : chunk->fields) {
      RETURN_IF_ERROR(CheckAliases(field.children, root));
      if (field.definition->type->kind == Kind::kAlias) {
        RETURN_IF_ERROR(CheckAlias(*field.definition, root));
      }
    }
  }
  return {};
}

base::Result<Field> MergeInto(const Field& field, Draft update, Reading& reading, Growth& growth) {
  RETURN_IF_ERROR(reading.Step());
  Definition definition = *field.definition;
  RETURN_IF_ERROR(MergeDefinition(definition, update));
  const bool object = definition.type->IsObject();
  std::vector<Field> changes;
  for (auto& [name, child] : update.children) {
    if (const Field* there = field.children.Find(name)) {
      ASSIGN_OR_RETURN(Field merged, MergeInto(*there, std::move(child), reading, growth));
      if (merged != *there) changes.push_back(std::move(merged));
      continue;
    }
    growth.only_added &= object;
    changes.push_back(Seal(std::move(child)));
    growth.added.push_back({definition.path, changes.back()});
  }
  Field merged = field;
  if (definition != *field.definition) {
    growth.only_added = false;
    merged.definition = std::make_shared<const Definition>(std::move(definition));
  }
  if (!changes.empty()) {
    merged.children = field.children.With(std::move(changes),
                                          object ? FieldList::Text::kYes : FieldList::Text::kNo);
  }
  return merged;
}

// Nothing has been said yet, so nothing is fixed.
bool IsBlank(const MappingTree& tree) {
  return tree.root.children.empty() && *tree.root.definition == Definition() &&
         tree.options == RootOptions();
}

}  // namespace

Status MergeDefinition(Definition& field, Definition& update) {
  if (field.type->kind != update.type->kind || field.type->name != update.type->name) {
    return CannotChangeType(field, update);
  }
  return field.type->IsObject() ? MergeObject(field, update) : MergeParameters(field, update);
}

Status MergeField(Draft& field, Draft update) {
  RETURN_IF_ERROR(MergeDefinition(field, update));
  for (auto& [name, child] : update.children) {
    const auto [there, added] = field.children.try_emplace(name, std::move(child));
    if (!added) RETURN_IF_ERROR(MergeField(there->second, std::move(child)));
  }
  return {};
}

Status Overlay(MappingDraft& lower, MappingDraft upper, Reading& reading) {
  RETURN_IF_ERROR(OverlayField(lower.root, std::move(upper.root), reading));
  return OverlayOptions(lower.options, std::move(upper.options), reading);
}

base::Result<MappingTree> Merge(const MappingTree& tree, MappingDraft update, Reading& reading,
                                Growth& growth) {
  MappingTree merged = tree;
  ASSIGN_OR_RETURN(merged.root, MergeInto(tree.root, std::move(update.root), reading, growth));
  if (IsBlank(tree)) {
    merged.options = std::move(update.options);
  } else {
    RETURN_IF_ERROR(MergeOptions(merged.options, std::move(update.options), reading));
  }
  growth.only_added &= merged.options == tree.options;
  return merged;
}

std::int64_t CountFields(const Draft& field) {
  std::int64_t count = field.path.empty() ? 0 : 1;
  for (const auto& entry : field.children) count += CountFields(entry.second);
  return count;
}

Status CheckLimits(const MappingTree& tree, const MappingLimits& limits) {
  const FieldTotals totals = tree.root.children.Totals();
  if (totals.fields > limits.total_fields) return TooManyFields(limits);
  if (totals.depth > limits.depth || totals.name_length > limits.field_name_length) {
    std::string deepest;
    RETURN_IF_ERROR(TooMuchOf(tree.root.children, limits, totals.depth, deepest));
    return TooDeep(deepest, limits);
  }
  if (limits.sorted && totals.nested > 0) {
    return IllegalArgument("cannot have nested fields when index sort is activated");
  }
  if (totals.nested > limits.nested_fields) {
    return IllegalArgument("Limit of nested fields [" + std::to_string(limits.nested_fields) +
                           "] has been exceeded");
  }
  return totals.aliases == 0 ? Status() : CheckAliases(tree.root.children, tree.root);
}

}  // namespace engine
