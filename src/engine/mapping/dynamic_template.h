// engine/mapping/dynamic_template.h
//
// A dynamic template: which new fields it is for, and what they become.
//
// Lifetime: a value, immutable after Parse(). Threads: any.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"

namespace re2 {
class RE2;
}

namespace engine {

class DynamicTemplate {
 public:
  // The body alone: {"match":…,"mapping":{…}}.
  static base::Result<DynamicTemplate> Parse(std::string_view name, const base::json::Value& body);

  // `type` is what the value looks like: object, string, long, double, boolean, date.
  bool Matches(std::string_view path, std::string_view name, std::string_view type) const;

  // The field's definition as JSON, `{name}` and `{dynamic_type}` filled in. `type`: what the field
  // would be without a template (text, long, float, …).
  std::string MappingFor(std::string_view name, std::string_view type) const;

  // As it is shown.
  const std::string& json() const { return json_; }

 private:
  struct Pattern {
    std::string text;
    std::shared_ptr<const re2::RE2> regex;  // null: a glob
  };
  static bool Fits(const std::optional<Pattern>& pattern, std::string_view text, bool if_absent);

  base::Status Compile(std::string_view name);
  void WriteJson(std::string_view mapping, bool regex);

  std::optional<Pattern> match_, path_match_, unmatch_, path_unmatch_;
  std::optional<std::string> type_;
  std::string mapping_;
  std::string json_;
};

}  // namespace engine
