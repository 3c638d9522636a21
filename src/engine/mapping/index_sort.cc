#include "engine/mapping/index_sort.h"

#include <algorithm>

namespace engine {

namespace {

using base::IllegalArgument;
using base::Status;

Status Unknown(std::string_view name) {
  return IllegalArgument("unknown index sort field:[" + std::string(name) + "]");
}

Status Invalid(std::string_view name) {
  return IllegalArgument("invalid index sort field:[" + std::string(name) + "]");
}

Status NoDocValues(std::string_view name, const std::string& why) {
  return IllegalArgument("docvalues not found for index sort field:[" + std::string(name) + "]")
      .CausedBy(IllegalArgument(why));
}

Status NoFielddata(const std::string& path, std::string_view type) {
  return NoDocValues(path, "Fielddata is not supported on field [" + path + "] of type [" +
                               std::string(type) + "]");
}

Status CheckMetadata(std::string_view name) {
  constexpr std::string_view kUnsorted[] = {
      "_routing",     "_version",   "_source",      "_ignored",
      "_field_names", "_doc_count", "_nested_path", "_data_stream_timestamp",
      "_feature"};
  if (name == "_seq_no") return {};
  if (name == "_id" || name == "_index") return Invalid(name);
  const bool known = std::ranges::find(kUnsorted, name) != std::end(kUnsorted);
  return known ? NoFielddata(std::string(name), name) : Unknown(name);
}

Status CheckText(const Definition& field) {
  if (field.Bool("fielddata")) return Invalid(field.path);
  if (field.type->name == "search_as_you_type") return NoFielddata(field.path, field.type->name);
  return NoDocValues(
      field.path,
      "Text fields are not optimised for operations that require per-document field data like "
      "aggregations and sorting, so these operations are disabled by default. Please use a keyword "
      "field instead. Alternatively, set fielddata=true on [" +
          field.path +
          "] in order to load field data by uninverting the inverted index. Note that this can use "
          "significant memory.");
}

// Fields with values by document.
Status CheckOrdered(const Definition& field) {
  const std::string type(field.type->name);
  switch (field.type->kind) {
    case Kind::kUnsigned:
    case Kind::kRange:
    case Kind::kConstant:
      return Invalid(field.path);
    case Kind::kReal:
      return type == "half_float" || type == "scaled_float" ? Invalid(field.path) : Status();
    case Kind::kBinary:
      return IllegalArgument("can't sort on binary field");
    case Kind::kGeoPoint:
    case Kind::kShape:
      return IllegalArgument("can't sort on " + type +
                             " field without using specific sorting feature, like geo_distance");
    default:
      return {};
  }
}

}  // namespace

Status CheckSortField(const CheckPlan& plan, std::string_view name) {
  const FieldNode* node = plan.FindField(name);
  if (node != nullptr && node->kind == Kind::kAlias) {
    node = plan.FindField(node->definition->Text("path"));
  }
  if (node == nullptr) return CheckMetadata(name);
  const Definition& field = *node->definition;
  const std::string type(field.type->name == "token_count" ? "integer" : field.type->name);
  if (field.type->IsObject()) return Unknown(name);
  if (field.Value("doc_values") == "false" && type != "search_as_you_type") {
    return NoDocValues(field.path, "Can't load fielddata on [" + field.path +
                                       "] because fielddata is unsupported on fields of type [" +
                                       type + "]. Use doc values instead.");
  }
  if (node->kind == Kind::kFeature || node->kind == Kind::kFeatures) {
    return NoDocValues(field.path,
                       "[" + type + "] fields do not support sorting, scripting or aggregating");
  }
  if (node->kind == Kind::kComplete || node->kind == Kind::kAnything) {
    return NoFielddata(field.path, type);
  }
  const bool analyzed = type == "text" || type == "match_only_text" || type == "search_as_you_type";
  return analyzed ? CheckText(field) : CheckOrdered(field);
}

}  // namespace engine
