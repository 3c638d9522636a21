#include "rest/routes/deprecation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/json/tree.h"
#include "engine/mapping/date_format.h"
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

// What a body has below `mapping` that may name formats: fields, and mappings in it.
struct Walk {
  std::vector<const Value*> mappings, fields;

  void AddFields(const Value* all) {
    if (all == nullptr) return;
    for (const auto& [name, field] : all->members()) fields.push_back(field);
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
        if (const Value* const field = rule->Find("mapping")) fields.push_back(field);
      }
    }
  }
};

template <typename Use>
void EachFormat(const Value& body, const Use& use) {
  Walk left;
  left.mappings.push_back(&body);
  while (!left.mappings.empty() || !left.fields.empty()) {
    if (!left.fields.empty()) {
      const Value& field = *left.fields.back();
      left.fields.pop_back();
      EachText(field.Find("format"), use);
      left.AddFields(field.Find("properties"));
      left.AddFields(field.Find("fields"));
      continue;
    }
    const Value& mapping = *left.mappings.back();
    left.mappings.pop_back();
    for (const char* key : {"dynamic_date_formats", "date_formats"}) {
      EachText(mapping.Find(key), use);
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
  request.AddHeader("Warning", "299 OpenSearch-" + std::string(build::kVersion) + "-" +
                                   std::string(build::Hash()) + " \"" + Quoted(text) + "\"");
}

void WarnOfMasterMetric(Request& request) {
  const std::vector<std::string> metrics = request.List("metric");
  if (std::ranges::count(metrics, "master_node") == 0) return;
  AddDeprecation(request,
                 "Assigning [master_node] to parameter [metric] is deprecated and will be removed "
                 "in 3.0. To support inclusive language, please use [cluster_manager_node] "
                 "instead.");
}

void WarnOfDateFormats(Request& request) {
  if (request.body().find("format") == std::string::npos) return;
  const auto body = Document::Parse(request.body());
  if (!body.ok()) return;
  std::set<std::string> warned;
  EachFormat(body->root(), [&](std::string_view formats) {
    for (const auto& name : engine::DateFormat::OldNamesIn(formats)) {
      if (!warned.insert(name.camel_case).second) continue;
      AddDeprecation(request, "Camel case format name " + name.camel_case +
                                  " is deprecated and will be removed in a future version. Use "
                                  "snake case name " +
                                  name.snake_case + " instead.");
    }
  });
}

}  // namespace rest::routes
