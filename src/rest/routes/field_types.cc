#include "rest/routes/field_types.h"

#include <set>
#include <vector>

#include "base/json/tree.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

using base::json::Value;

namespace {

// The types of the fields of one mapping, each as often as it occurs.
std::map<std::string, std::int64_t, std::less<>> TypesOf(const Value& mapping) {
  std::map<std::string, std::int64_t, std::less<>> types;
  std::vector<const Value*> left = {&mapping};
  while (!left.empty()) {
    const Value* const parent = left.back();
    left.pop_back();
    for (const char* key : {"properties", "fields"}) {
      const Value* const fields = parent->Find(key);
      if (fields == nullptr) continue;
      for (const auto& [name, field] : fields->members()) {
        const Value* const type = field->Find("type");
        ++types[type == nullptr ? "object" : std::string(type->text())];
        left.push_back(field);
      }
    }
  }
  return types;
}

}  // namespace

base::Result<FieldTypes> CountFieldTypes(const cluster::ClusterState& state,
                                         const tasks::TaskContext* task,
                                         tasks::MemoryAccount* memory) {
  FieldTypes counts;
  for (const auto& [name, index] : state.indices) {
    if (task != nullptr) RETURN_IF_ERROR(task->Checkpoint());
    ASSIGN_OR_RETURN(const auto mapping, tasks::ParsedJson::Parse(memory, index->mappings));
    for (const auto& [type, fields] : TypesOf(mapping.root())) {
      FieldTypeCount& count = counts[type];
      count.fields += fields;
      ++count.indices;
    }
  }
  return counts;
}

void WriteFieldTypes(base::json::Writer& out, const FieldTypes& types) {
  out.ArrayField("field_types");
  for (const auto& [name, count] : types) {
    out.BeginObject();
    out.Field("name", name);
    out.Field("count", count.fields);
    out.Field("index_count", count.indices);
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace rest::routes
