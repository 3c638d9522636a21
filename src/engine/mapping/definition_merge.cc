// What a mapping becomes when more is put to it, and when it is too much.

#include "engine/mapping/definition.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using Form = Parameter::Form;

// A value as the error shows it: texts bare, none as null.
std::string Shown(const Definition& field, std::size_t index) {
  const Parameter& parameter = field.type->parameters[index];
  if (!field.values[index].empty()) {
    return field.values[index].starts_with('"') ? field.Text(parameter.name) : field.values[index];
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
  for (std::size_t i = 0; i < field.values.size(); ++i) {
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

// Of an object only what is said changes.
Status MergeObject(Definition& object, Definition& update) {
  if (object.Value("enabled") != update.Value("enabled") &&
      (!update.path.empty() || update.Value("enabled") == "false")) {
    return {500, "mapper_exception",
            "the [enabled] parameter can't be updated for the object mapping [" +
                (object.path.empty() ? "_doc" : object.path) + "]"};
  }
  for (std::size_t i = 0; i < object.values.size(); ++i) {
    if (!update.values[i].empty()) object.values[i] = std::move(update.values[i]);
  }
  return {};
}

struct Counts {
  std::int64_t nested = 0;
  std::string deepest;  // path of the object that lies deepest
  std::int64_t depth = 0;
};

Status Survey(const Definition& field, const MappingLimits& limits, Reading& reading,
              Counts& counts) {
  RETURN_IF_ERROR(reading.Step());
  RETURN_IF_ERROR(CheckFieldName(field.path, limits));
  if (field.type->kind == Kind::kNested) ++counts.nested;
  if (field.type->IsObject() && DepthOf(field.path) > counts.depth) {
    counts.depth = DepthOf(field.path);
    counts.deepest = field.path;
  }
  for (const auto& entry : field.children) {
    RETURN_IF_ERROR(Survey(entry.second, limits, reading, counts));
  }
  return {};
}

const Definition* FindPath(const Definition& root, std::string_view path) {
  const Definition* at = &root;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    const auto child = at->children.find(std::string(path.substr(0, dot)));
    at = child == at->children.end() ? nullptr : &child->second;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

Status CheckAliases(const Definition& field, const Definition& root) {
  for (const auto& entry : field.children) RETURN_IF_ERROR(CheckAliases(entry.second, root));
  if (field.type->kind != Kind::kAlias) return {};
  const std::string path = field.Text("path");
  const auto fail = [&](const char* why) {
    return Status(400, "mapper_parsing_exception",
                  "Invalid [path] value [" + path + "] for field alias [" + field.path +
                      "]: an alias " + why);
  };
  if (path == field.path) return fail("cannot refer to itself.");
  const Definition* target = FindPath(root, path);
  if (target != nullptr && target->type->kind == Kind::kAlias) {
    return fail("cannot refer to another alias.");
  }
  if (target == nullptr || target->type->IsObject()) {
    return fail("must refer to an existing field in the mappings.");
  }
  return {};
}

}  // namespace

Status MergeField(Definition& field, Definition update) {
  if (field.type->kind != update.type->kind || field.type->name != update.type->name) {
    return CannotChangeType(field, update);
  }
  RETURN_IF_ERROR(field.type->IsObject() ? MergeObject(field, update)
                                         : MergeParameters(field, update));
  for (auto& [name, child] : update.children) {
    const auto [there, added] = field.children.try_emplace(name, std::move(child));
    if (!added) RETURN_IF_ERROR(MergeField(there->second, std::move(child)));
  }
  return {};
}

Status MergeTree(MappingTree& tree, MappingTree update, Reading& reading) {
  RETURN_IF_ERROR(MergeField(tree.root, std::move(update.root)));
  return MergeOptions(tree.options, std::move(update.options), reading);
}

std::int64_t CountFields(const Definition& field) {
  std::int64_t count = field.path.empty() ? 0 : 1;
  for (const auto& entry : field.children) count += CountFields(entry.second);
  return count;
}

Status CheckLimits(const MappingTree& tree, const MappingLimits& limits, Reading& reading) {
  if (CountFields(tree.root) > limits.total_fields) return TooManyFields(limits);
  Counts counts;
  for (const auto& entry : tree.root.children) {
    RETURN_IF_ERROR(Survey(entry.second, limits, reading, counts));
  }
  if (counts.depth > limits.depth) return TooDeep(counts.deepest, limits);
  if (counts.nested > limits.nested_fields) {
    return IllegalArgument("Limit of nested fields [" + std::to_string(limits.nested_fields) +
                           "] has been exceeded");
  }
  return CheckAliases(tree.root, tree.root);
}

}  // namespace engine
