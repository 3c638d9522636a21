#include "rest/routes/deprecation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json/tree.h"
#include "engine/mapping/date_format.h"
#include "engine/mapping/field_type.h"
#include "rest/build_info.h"

namespace rest::routes {

using base::json::Document;
using base::json::Value;

namespace {

// Calls `use` with each text of `value`, which is one or a list of them.
template <typename Use>
void EachText(const Value* value, const Use& use) {
  if (value == nullptr) return;
  if (value->IsString()) use(value->text());
  for (const Value* const item : value->items()) {
    if (item->IsString()) use(item->text());
  }
}

// What a body has below `mapping`: fields, and mappings in it.
struct Walk {
  struct Field {
    std::string name;
    const Value* body;
  };
  std::vector<const Value*> mappings;
  std::vector<Field> fields;

  void AddFields(const Value* all) {
    if (all == nullptr) return;
    for (const auto& [name, field] : all->members()) fields.push_back({std::string(name), field});
  }
  void AddMappings(const Value& in) {
    for (const char* key : {"template", "mappings", "_doc"}) {
      if (const Value* const mapping = in.Find(key)) mappings.push_back(mapping);
    }
  }
  void AddDynamicTemplates(const Value* list) {
    if (list == nullptr) return;
    for (const Value* const item : list->items()) {
      for (const auto& [name, rule] : item->members()) {
        // OpenSearch tries a template with a field of such a name.
        if (const Value* const field = rule->Find("mapping"))
          fields.push_back({"__dynamic__" + std::string(name), field});
      }
    }
  }
};

// Calls `use_format` with each text that names date formats, and `use_field` with each field.
template <typename UseFormat, typename UseField>
void EachOf(const Value& body, const UseFormat& use_format, const UseField& use_field) {
  Walk left;
  left.mappings.push_back(&body);
  while (!left.mappings.empty() || !left.fields.empty()) {
    if (!left.fields.empty()) {
      const std::string name = std::move(left.fields.back().name);
      const Value& field = *left.fields.back().body;
      left.fields.pop_back();
      use_field(name, field);
      EachText(field.Find("format"), use_format);
      left.AddFields(field.Find("properties"));
      left.AddFields(field.Find("fields"));
      continue;
    }
    const Value& mapping = *left.mappings.back();
    left.mappings.pop_back();
    for (const char* key : {"dynamic_date_formats", "date_formats"}) {
      EachText(mapping.Find(key), use_format);
    }
    left.AddFields(mapping.Find("properties"));
    left.AddDynamicTemplates(mapping.Find("dynamic_templates"));
    left.AddMappings(mapping);
  }
}

// As the text of a quoted string in a header.
std::string Quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const bool plain = c == '\t' || (c >= ' ' && c <= '~' && c != '%');
    quoted += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return quoted;
}

}  // namespace

void AddDeprecation(Request& request, std::string_view text) {
  constexpr std::size_t kMostText = 2048, kMostInAll = 8192;
  std::string quoted = Quoted(text.substr(0, kMostText));
  if (text.size() > kMostText) quoted += "...";
  std::string warning = "299 OpenSearch-" + std::string(build::kVersion) + "-" +
                        std::string(build::Hash()) + " \"" + quoted + "\"";
  if (request.HeaderBytes() + warning.size() > kMostInAll) return;
  request.AddHeader("Warning", std::move(warning));
}

void WarnOfMasterMetric(Request& request) {
  const std::vector<std::string> metrics = request.List("metric");
  if (std::ranges::count(metrics, "master_node") == 0) return;
  AddDeprecation(request,
                 "Assigning [master_node] to parameter [metric] is deprecated and will be removed "
                 "in 3.0. To support inclusive language, please use [cluster_manager_node] "
                 "instead.");
}

void WarnOfMappings(Request& request) {
  if (request.body().size() > kMostLookedThrough) return;
  constexpr std::string_view kNames[] = {"\"format\"", "\"boost\"", "\"doc_values\"",
                                         "\"index\"",  "\"meta\"",  "\"similarity\"",
                                         "\"store\""};
  const bool may_be_old = std::ranges::any_of(kNames, [&](std::string_view name) {
    return request.body().find(name) != std::string::npos;
  });
  if (!may_be_old) return;
  const auto body = Document::Parse(request.body());
  if (!body.ok()) return;
  std::set<std::string> warned;
  const auto warn = [&](const std::string& text) {
    if (warned.insert(text).second) AddDeprecation(request, text);
  };
  const auto warn_of_format = [&](std::string_view formats) {
    for (const auto& name : engine::DateFormat::OldNamesIn(formats)) {
      warn("Camel case format name " + name.camel_case +
           " is deprecated and will be removed in a future version. Use snake case name " +
           name.snake_case + " instead.");
    }
  };
  EachOf(body->root(), warn_of_format, [&](std::string_view name, const Value& field) {
    const Value* const type_name = field.Find("type");
    const engine::FieldType* const type =
        type_name == nullptr ? nullptr : engine::FindFieldType(type_name->text());
    if (type == nullptr || !type->parametrized) return;
    for (const auto& [parameter, value] : field.members()) {
      if (type->LetsPass(parameter)) {
        warn("Parameter [" + std::string(parameter) + "] has no effect on type [" +
             std::string(type->name) + "] and will be removed in future");
      } else if (parameter == "boost") {
        warn("Parameter [boost] on field [" + std::string(name) +
             "] is deprecated and will be removed in 3.0");
      }
    }
  });
}

}  // namespace rest::routes
