#include "engine/mapping/dynamic_template.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "engine/mapping/definition.h"

namespace engine {
namespace {

using base::Status;
using base::json::Value;

constexpr std::array<std::string_view, 7> kTypes = {"object",  "string", "long",  "double",
                                                    "boolean", "date",   "binary"};

Status BadMapping(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

// Objects with their members in order of their names.
void WriteSorted(const Value& value, base::json::Writer& writer) {
  if (!value.IsObject()) return value.Write(writer);
  std::map<std::string_view, const Value*> members;
  for (const base::json::Member& member : value.members()) members[member.key] = member.value;
  writer.BeginObject();
  for (const auto& [key, member] : members) {
    writer.Key(key);
    member->Write(writer);
  }
  writer.EndObject();
}

// What stands for the field's name and type in keys and texts, filled in.
void WriteFilled(const Value& value, std::string_view name, std::string_view type,
                 base::json::Writer& writer) {
  const auto fill = [&](std::string_view text) {
    std::string filled(text);
    for (const auto& [mark, with] : {std::pair<std::string_view, std::string_view>{"{name}", name},
                                     {"{dynamic_type}", type},
                                     {"{dynamicType}", type}}) {
      for (std::size_t at = filled.find(mark); at != std::string::npos;
           at = filled.find(mark, at + with.size())) {
        filled.replace(at, mark.size(), with);
      }
    }
    return filled;
  };
  if (value.IsObject()) {
    writer.BeginObject();
    for (const base::json::Member& member : value.members()) {
      writer.Key(fill(member.key));
      WriteFilled(*member.value, name, type, writer);
    }
    writer.EndObject();
  } else if (value.IsArray()) {
    writer.BeginArray();
    for (const Value* item : value.items()) WriteFilled(*item, name, type, writer);
    writer.EndArray();
  } else if (value.IsString()) {
    writer.String(fill(value.text()));
  } else {
    value.Write(writer);
  }
}

}  // namespace

base::Result<DynamicTemplate> DynamicTemplate::Parse(std::string_view name, const Value& body) {
  DynamicTemplate made;
  std::string pattern_kind, mapping;
  for (const base::json::Member& member : body.members()) {
    const std::string text = JavaText(*member.value);
    if (member.key == "match") {
      made.match_ = {text, nullptr};
    } else if (member.key == "path_match") {
      made.path_match_ = {text, nullptr};
    } else if (member.key == "unmatch") {
      made.unmatch_ = {text, nullptr};
    } else if (member.key == "path_unmatch") {
      made.path_unmatch_ = {text, nullptr};
    } else if (member.key == "match_mapping_type") {
      made.type_ = text;
    } else if (member.key == "match_pattern") {
      pattern_kind = text;
    } else if (member.key == "mapping") {
      base::json::CompactWriter writer(mapping);
      WriteSorted(*member.value, writer);
      made.mapping_ = member.value->ToString();
    } else {
      return base::IllegalArgument("Illegal dynamic template parameter: [" +
                                   std::string(member.key) + "]");
    }
  }
  if (!made.match_ && !made.path_match_ && !made.type_) {
    return BadMapping("template must have match, path_match or match_mapping_type set " +
                      JavaText(body));
  }
  if (!mapping.starts_with('{')) return BadMapping("template must have mapping set");
  if (made.type_ && *made.type_ != "*" && std::ranges::find(kTypes, *made.type_) == kTypes.end()) {
    return base::IllegalArgument(
        "No field type matched on [" + *made.type_ +
        "], possible values are [object, string, long, double, boolean, date, binary]");
  }
  if (pattern_kind == "regex") {
    RETURN_IF_ERROR(made.Compile(name));
  } else if (!pattern_kind.empty() && pattern_kind != "simple") {
    return base::IllegalArgument("No matching pattern matched on [" + pattern_kind + "]");
  }
  made.WriteJson(mapping, pattern_kind == "regex");
  return made;
}

base::Status DynamicTemplate::Compile(std::string_view name) {
  for (auto* pattern : {&match_, &path_match_, &unmatch_, &path_unmatch_}) {
    if (!*pattern) continue;
    auto regex = std::make_shared<const re2::RE2>((*pattern)->text, re2::RE2::Quiet);
    if (!regex->ok()) {
      return base::IllegalArgument(
                 "Pattern [" + (*pattern)->text +
                 "] of type [regex] is invalid. Cannot create dynamic template [" +
                 std::string(name) + "].")
          .CausedBy(base::IllegalArgument(regex->error()));
    }
    (*pattern)->regex = std::move(regex);
  }
  return {};
}

void DynamicTemplate::WriteJson(std::string_view mapping, bool regex) {
  base::json::CompactWriter writer(json_);
  const auto write = [&](std::string_view key, const std::optional<Pattern>& pattern) {
    if (pattern) writer.Field(key, pattern->text);
  };
  writer.BeginObject();
  write("match", match_);
  write("path_match", path_match_);
  write("unmatch", unmatch_);
  write("path_unmatch", path_unmatch_);
  writer.OptionalField("match_mapping_type", type_);
  if (regex) writer.Field("match_pattern", "regex");
  writer.RawField("mapping", mapping);
  writer.EndObject();
}

bool DynamicTemplate::Fits(const std::optional<Pattern>& pattern, std::string_view text,
                           bool if_absent) {
  if (!pattern) return if_absent;
  if (pattern->regex == nullptr) return base::GlobMatch(pattern->text, text);
  return re2::RE2::FullMatch({text.data(), text.size()}, *pattern->regex);
}

bool DynamicTemplate::Matches(std::string_view path, std::string_view name,
                              std::string_view type) const {
  return Fits(path_match_, path, true) && !Fits(path_unmatch_, path, false) &&
         Fits(match_, name, true) && !Fits(unmatch_, name, false) &&
         (!type_ || *type_ == "*" || *type_ == type);
}

std::string DynamicTemplate::MappingFor(std::string_view name, std::string_view type) const {
  std::string json;
  const auto mapping = base::json::Document::Parse(mapping_);
  if (!mapping.ok()) return "{}";
  base::json::CompactWriter writer(json);
  writer.BeginObject();
  const Value* own = mapping->root().Find("type");
  if (own == nullptr) writer.Field("type", type);
  for (const base::json::Member& member : mapping->root().members()) {
    writer.Key(member.key);
    WriteFilled(*member.value, name, type, writer);
  }
  writer.EndObject();
  return json;
}

}  // namespace engine
