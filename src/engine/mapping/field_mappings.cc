#include "engine/mapping/field_mappings.h"

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "engine/mapping/definition.h"
#include "engine/mapping/full_definition.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::Status;
using base::json::Document;
using base::json::Writer;

// A field that a type makes beside those that were defined, with parameters of its own.
struct Made {
  std::string_view type;
  bool index = true, doc_values = true, store = false;
};

constexpr std::array<std::string_view, 12> kMetadataFields = {"_data_stream_timestamp",
                                                              "_doc_count",
                                                              "_feature",
                                                              "_field_names",
                                                              "_id",
                                                              "_ignored",
                                                              "_index",
                                                              "_nested_path",
                                                              "_routing",
                                                              "_seq_no",
                                                              "_source",
                                                              "_version"};

// All members of `_source`, of which those that were given stand in `given`.
std::string FullSource(const std::string& given) {
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"enabled", "true"},
      {"includes", "[]"},
      {"excludes", "[]"},
      {"recovery_source_enabled", "true"},
      {"recovery_source_includes", "[]"},
      {"recovery_source_excludes", "[]"}};
  const auto document = Document::Parse(given);
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginObject();
  for (const auto& [name, fallback] : kMembers) {
    const auto* const value = document.ok() ? document->root().Find(name) : nullptr;
    writer.RawField(name, value == nullptr ? std::string(fallback) : value->ToString());
  }
  writer.EndObject();
  return json;
}

class Collector {
 public:
  Collector(Reading& reading, const MappingLimits& limits, std::span<const std::string> patterns,
            WithDefaults defaults)
      : reading_(reading),
        limits_(limits),
        patterns_(patterns),
        defaults_(defaults == WithDefaults::kYes) {}

  Status Add(const MappingDraft& draft) {
    RETURN_IF_ERROR(AddFieldsOf(draft.root));
    return AddMetadata(draft.options);
  }

  std::map<std::string, std::string> Take() { return std::move(shown_); }

 private:
  // Calls itself no deeper than objects may lie.
  Status AddFieldsOf(const Draft& parent) {
    for (const auto& [name, field] : parent.children) {
      RETURN_IF_ERROR(reading_.Step());
      if (!field.type->IsObject()) {
        AddField(field, limits_);
        AddMadeFor(field);
      }
      RETURN_IF_ERROR(AddFieldsOf(field));
    }
    return {};
  }

  bool IsWanted(std::string_view full_name) const {
    return base::GlobMatchAny(patterns_, full_name);
  }

  void AddField(const Draft& field, const MappingLimits& limits) {
    if (!IsWanted(field.path)) return;
    std::string& json = shown_[field.path];
    base::json::CompactWriter writer(json);
    writer.BeginObject();
    writer.Key(field.name());
    Write(field, limits, writer);
    writer.EndObject();
  }

  void Write(const Draft& field, const MappingLimits& limits, Writer& writer) const {
    if (defaults_) return WriteFullField(field, limits, writer);
    WriteMembers members;
    if (!field.children.empty()) {
      members = [&](Writer& out) {
        for (const auto& [name, child] : field.children) {
          out.Key(name);
          Write(child, limits, out);
        }
      };
    }
    WriteField(field, members, writer);
  }

  // Known by its full name wherever it lies.
  void AddMade(const std::string& full_name, const Made& made) {
    if (!IsWanted(full_name)) return;
    std::string& json = shown_[full_name];
    base::json::CompactWriter writer(json);
    writer.BeginObject();
    writer.ObjectField(full_name);
    writer.Field("type", made.type);
    if (defaults_) writer.RawField("boost", "1.0");
    if (defaults_ || !made.index) writer.Field("index", made.index);
    if (defaults_ || !made.doc_values) writer.Field("doc_values", made.doc_values);
    if (defaults_ || made.store) writer.Field("store", made.store);
    if (defaults_) writer.RawField("meta", "{}");
    writer.EndObject();
    writer.EndObject();
  }

  void AddMadeFor(const Draft& field) {
    if (field.type->name == "search_as_you_type") {
      const int sizes = field.Value("max_shingle_size").front() - '0';  // 2, 3 or 4
      for (int size = 2; size <= sizes; ++size) {
        AddMade(field.path + "._" + std::to_string(size) + "gram",
                {.type = "shingle", .doc_values = false});
      }
      AddMade(field.path + "._index_prefix", {.type = "prefix", .doc_values = false});
    } else if (field.type->name == "text") {
      const bool store = field.Bool("store");
      if (!field.Value("index_prefixes").empty()) {
        AddMade(field.path + "._index_prefix",
                {.type = "prefix", .doc_values = false, .store = store});
      }
      if (field.Bool("index_phrases")) {
        AddMade(field.path + "._index_phrase",
                {.type = "phrase", .doc_values = false, .store = store});
      }
    } else if (field.type->kind == Kind::kJoin) {
      AddParents(field);
    } else if (field.type->kind == Kind::kAnything) {
      AddMadeForQueries(field.path);
    }
  }

  void AddParents(const Draft& join) {
    AddMade("_parent_join", {.type = "parent_join", .index = false, .doc_values = false});
    const auto relations = Document::Parse(join.Value("relations"));
    if (!relations.ok()) return;
    for (const auto& member : relations->root().members()) {
      AddMade(join.path + "#" + std::string(member.key), {.type = "parent"});
    }
  }

  // What a percolator finds its queries by, whatever the index says.
  void AddMadeForQueries(const std::string& path) {
    const auto make = [&](const char* name, const char* type, std::string_view parameter,
                          const char* value, bool coerce) {
      Draft field(ChildPath(path, name), *FindFieldType(type));
      field.values.Set(static_cast<std::size_t>(field.type->IndexOf(parameter)), value);
      AddField(field, {.ignore_malformed = false, .coerce = coerce});
    };
    make("extracted_terms", "keyword", "doc_values", "false", true);
    make("extraction_result", "keyword", "doc_values", "false", true);
    make("minimum_should_match_field", "integer", "index", "false", false);
    make("query_builder_field", "binary", "doc_values", "true", true);
    make("range_field", "ip_range", "doc_values", "false", true);
  }

  Status AddMetadata(const RootOptions& options) {
    for (const std::string_view name : kMetadataFields) {
      RETURN_IF_ERROR(reading_.Step());
      if (!IsWanted(name)) continue;
      const auto given = options.metadata.find(name);
      std::string& json = shown_[std::string(name)];
      base::json::CompactWriter writer(json);
      writer.BeginObject();
      if (given != options.metadata.end() && !given->second.empty()) {
        writer.RawField(name,
                        defaults_ && name == "_source" ? FullSource(given->second) : given->second);
      }
      writer.EndObject();
    }
    return {};
  }

  Reading& reading_;
  const MappingLimits& limits_;
  const std::span<const std::string> patterns_;
  const bool defaults_;
  std::map<std::string, std::string> shown_;
};

// Nothing that was accepted is too much.
MappingLimits WithoutCounts(const MappingLimits& limits) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  return {.total_fields = kAny,
          .depth = kMaxMappingDepth,
          .nested_fields = kAny,
          .nested_objects = kAny,
          .field_name_length = kAny,
          .ignore_malformed = limits.ignore_malformed,
          .coerce = limits.coerce};
}

}  // namespace

base::Result<std::map<std::string, std::string>> FieldMappings(
    const tasks::TaskContext* task, std::string_view json, const MappingLimits& limits,
    std::span<const std::string> patterns, WithDefaults defaults) {
  const MappingLimits any = WithoutCounts(limits);
  std::optional<Reading> reading;
  task == nullptr ? reading.emplace() : reading.emplace(*task, any);
  auto draft = ParseMapping(json, *reading);
  RETURN_IF_ERROR(reading->end());
  RETURN_IF_ERROR(draft.status());
  Collector collector(*reading, limits, patterns, defaults);
  RETURN_IF_ERROR(collector.Add(*draft));
  return collector.Take();
}

}  // namespace engine
