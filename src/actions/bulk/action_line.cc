#include "actions/bulk/action_line.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text/strings.h"
#include "base/text/units.h"

namespace actions::bulk {

namespace {

namespace json = simdjson::ondemand;
using base::IllegalArgument;
using base::Status;
using engine::OpType;

constexpr std::size_t kMostFields = 12;  // that SetField() and `_source` know
constexpr std::string_view kNumber = "+-.0123456789eE";

std::string Malformed(std::size_t number, std::string_view expected) {
  return "Malformed action/metadata line [" + std::to_string(number) + "], expected " +
         std::string(expected);
}

std::string_view TokenName(json::json_type type, std::string_view raw) {
  switch (type) {
    case json::json_type::array:
      return "START_ARRAY";
    case json::json_type::object:
      return "START_OBJECT";
    case json::json_type::number:
      return "VALUE_NUMBER";
    case json::json_type::string:
      return "VALUE_STRING";
    case json::json_type::boolean:
      return "VALUE_BOOLEAN";
    case json::json_type::null:
      break;
  }
  return raw.starts_with('n') ? "VALUE_NULL" : "VALUE_BOOLEAN";
}

// How much of a line is read: up to the end of the object inside the first; npos: that never ends.
std::size_t EndOfMetadata(std::string_view line) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 1) {
      return i + 1;
    }
  }
  return line.npos;
}

// Reads one line. `line` is followed by readable bytes and stays where it is.
class LineParser {
 public:
  LineParser(simdjson::padded_string_view line, std::size_t number)
      : line_(line), number_(number) {}

  base::Result<ActionLine> Parse(json::parser& parser) {
    json::document document;
    if (parser.iterate(line_).get(document)) return Syntax();
    json::object action_object;
    json::json_type type;
    if (document.type().get(type)) return Syntax();
    if (type != json::json_type::object) {
      RETURN_IF_ERROR(base::json::Document::Parse(line_).status());
      return IllegalArgument(Malformed(number_, "START_OBJECT but found [") +
                             std::string(TokenName(type, line_)) + "]");
    }
    if (document.get_object().get(action_object)) return Syntax();
    for (auto found : action_object) {
      json::field field;
      std::string_view name;
      if (std::move(found).get(field) || field.unescaped_key().get(name)) return Syntax();
      RETURN_IF_ERROR(ReadType(name));
      json::value metadata = field.value();
      RETURN_IF_ERROR(ReadMetadata(metadata));
      return std::move(result_);  // what follows on the line does not matter, as in OpenSearch
    }
    return IllegalArgument(Malformed(number_, "FIELD_NAME but found [END_OBJECT]"));
  }

 private:
  // The tree's parser is strict and names the place.
  Status Syntax() const {
    auto parsed = base::json::Document::Parse(line_);
    if (!parsed.ok()) return parsed.status();
    return Status(400, "json_parse_exception",
                  "cannot read action/metadata line [" + std::to_string(number_) + "]");
  }

  Status ReadType(std::string_view name) {
    if (name == "index") {
      result_.type = OpType::kIndex;
    } else if (name == "create") {
      result_.type = OpType::kCreate;
    } else if (name == "update") {
      result_.type = OpType::kUpdate;
    } else if (name == "delete") {
      result_.type = OpType::kDelete;
    } else {
      return IllegalArgument(
          Malformed(number_, "one of [create, delete, index, update] but found [") +
          std::string(name) + "]");
    }
    return {};
  }

  Status ReadMetadata(json::value& metadata) {
    json::json_type type;
    if (metadata.type().get(type)) return Syntax();
    if (type != json::json_type::object) {
      return IllegalArgument(Malformed(number_, "START_OBJECT or END_OBJECT but found [") +
                             std::string(TokenName(type, metadata.raw_json_token())) + "]");
    }
    json::object object;
    if (metadata.get_object().get(object)) return Syntax();
    std::array<std::string_view, kMostFields + 1> names;
    std::size_t count = 0;
    for (auto found : object) {
      json::field field;
      std::string_view name;
      if (std::move(found).get(field) || field.unescaped_key().get(name)) return Syntax();
      const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
      if (count > kMostFields || std::find(names.begin(), end, name) != end) return Syntax();
      names[count++] = name;
      json::value value = field.value();
      RETURN_IF_ERROR(ReadField(name, value));
    }
    return {};
  }

  Status ReadField(std::string_view name, json::value& value) {
    json::json_type type;
    if (value.type().get(type)) return Syntax();
    if (type == json::json_type::array || type == json::json_type::object) {
      // As in OpenSearch, `_source` may be an object but no array.
      if (name == "_source" && type == json::json_type::object) return ReadSource(value);
      return IllegalArgument(Malformed(number_, "a simple value for field [") + std::string(name) +
                             "] but found [" + std::string(TokenName(type, {})) + "]");
    }
    if (type == json::json_type::null) {
      bool is_null = false;
      if (value.is_null().get(is_null) || !is_null) return Syntax();
      return {};
    }
    if (name == "_source") return ReadSource(value);

    const std::string_view raw = value.raw_json_token();
    std::string_view text;  // as OpenSearch's parser.text(): numbers and booleans as spelled
    if (type == json::json_type::string) {
      if (value.get_string().get(text)) return Syntax();
    } else {
      text = base::TrimAscii(raw);
      bool flag = false;
      if (type == json::json_type::boolean ? value.get_bool().get(flag) != simdjson::SUCCESS
                                           : text.find_first_not_of(kNumber) != text.npos) {
        return Syntax();
      }
    }
    return SetField(name, type, raw, text);
  }

  Status SetField(std::string_view name, json::json_type type, std::string_view raw,
                  std::string_view text) {
    Extra& extra = result_.extra;
    if (name == "_index") {
      result_.index = text;
    } else if (name == "_id") {
      result_.id = text;
      result_.id_offset = ActionLine::kElsewhere;
      const std::string_view spelled =
          raw.substr(type == json::json_type::string ? 1 : 0).substr(0, text.size());
      if (spelled == text)
        result_.id_offset = static_cast<std::size_t>(spelled.data() - line_.data());
    } else if (name == "routing") {
      if (!text.empty()) extra.routing = text;
    } else if (name == "pipeline") {
      extra.pipeline = text;
    } else if (name == "op_type") {
      if (result_.type == OpType::kIndex && text == "create") result_.type = OpType::kCreate;
    } else if (name == "version") {
      ASSIGN_OR_RETURN(extra.version, Integer(text));
    } else if (name == "version_type") {
      ASSIGN_OR_RETURN(extra.version_type, ParseVersionType(text));
    } else if (name == "if_seq_no") {
      ASSIGN_OR_RETURN(extra.if_seq_no, Integer(text));
    } else if (name == "if_primary_term") {
      ASSIGN_OR_RETURN(extra.if_primary_term, Integer(text));
    } else if (name == "retry_on_conflict") {
      ASSIGN_OR_RETURN(extra.retry_on_conflict, Integer(text));
    } else if (name == "require_alias") {
      ASSIGN_OR_RETURN(extra.require_alias, base::ParseBool(text));
    } else {
      return IllegalArgument("Action/metadata line [" + std::to_string(number_) +
                             "] contains an unknown parameter [" + std::string(name) + "]");
    }
    return {};
  }

  // As Java's parsers coerce: a fraction is cut off.
  static base::Result<std::int64_t> Integer(std::string_view text) {
    if (auto integer = base::ParseInt64(text); integer.ok()) return integer;
    ASSIGN_OR_RETURN(const double number, base::ParseDouble(text));
    if (!(number > -9e18 && number < 9e18)) return base::NumberFormat(text);
    return static_cast<std::int64_t>(number);
  }

  Status ReadSource(json::value& value) {
    std::string_view raw;
    json::object object;
    json::json_type type;
    if (value.type().get(type)) return Syntax();
    if (type == json::json_type::object) {
      if (value.get_object().get(object) || object.raw_json().get(raw)) return Syntax();
    } else {
      raw = base::TrimAscii(value.raw_json_token());
    }
    const auto document = base::json::Document::Parse(raw);
    if (!document.ok()) return Syntax();  // which tells the place in the line
    ASSIGN_OR_RETURN(result_.source, SourceFilter::FromJson(document->root()));
    return {};
  }

  const simdjson::padded_string_view line_;
  const std::size_t number_;
  ActionLine result_;
};

}  // namespace

base::Result<engine::VersionType> ParseVersionType(std::string_view text) {
  if (text == "internal") return engine::VersionType::kInternal;
  if (text == "external") return engine::VersionType::kExternal;
  if (text == "external_gte") return engine::VersionType::kExternalGte;
  return IllegalArgument("No version type match [" + std::string(text) + "]");
}

namespace {

base::Result<ActionLine> ParseWhole(std::string_view line, std::size_t number) {
  thread_local json::parser parser;
  thread_local std::string copy;  // with the bytes behind that the parser may read
  copy.assign(line);
  copy.append(simdjson::SIMDJSON_PADDING, ' ');
  LineParser reader(simdjson::padded_string_view(copy.data(), line.size(), copy.size()), number);
  return reader.Parse(parser);
}

}  // namespace

base::Result<std::optional<ActionLine>> ParseActionLine(std::string_view line, std::size_t number) {
  if (base::TrimAscii(line).empty()) return std::optional<ActionLine>();
  auto parsed = ParseWhole(line, number);
  if (!parsed.ok() && parsed.status().type() != "illegal_argument_exception") {
    // What follows the metadata does not matter, as in OpenSearch, be it JSON or not.
    const std::size_t end = EndOfMetadata(line);
    if (end != line.npos) parsed = ParseWhole(std::string(line.substr(0, end)) + "}", number);
  }
  RETURN_IF_ERROR(parsed.status());
  return std::optional<ActionLine>(*std::move(parsed));
}

}  // namespace actions::bulk
