#include "actions/update/update_body.h"

#include <simdjson.h>

#include <array>
#include <string>

#include "base/json/diagnose.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "base/text/units.h"

namespace actions::update {

namespace {

namespace json = simdjson::ondemand;
using base::Status;

class BodyParser {
 public:
  explicit BodyParser(simdjson::padded_string_view text) : text_(text) {}

  base::Result<UpdateBody> Parse(json::parser& parser) {
    json::document document;
    json::object object;
    if (parser.iterate(text_).get(document) || document.get_object().get(object)) return Syntax();
    for (auto found : object) {
      json::field field;
      std::string_view key;
      if (std::move(found).get(field)) return Syntax();
      const std::string_view quoted = field.key().raw();
      if (field.unescaped_key().get(key)) return Syntax();
      json::value value = field.value();
      RETURN_IF_ERROR(Read(key, Offset(quoted.data()), value));
    }
    const char* behind = nullptr;  // there is none if everything has been read
    if (document.current_location().get(behind) == simdjson::SUCCESS) return Syntax();
    return body_;
  }

 private:
  std::size_t Offset(const char* at) const {
    return static_cast<std::size_t>(at - text_.data()) - 1;  // of the quote
  }

  // The tree's parser is strict and names the place.
  Status Syntax() const {
    RETURN_IF_ERROR(base::json::Diagnose(text_, {}));
    if (!base::TrimAscii(text_).starts_with('{')) return Failure(0, "Expected START_OBJECT");
    return Failure(0, "cannot be read");
  }

  Status Failure(std::size_t offset, std::string_view what) const {
    const base::json::Location at = base::json::Locate(text_, offset);
    return Status(400, "x_content_parse_exception",
                  "[" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      "] [UpdateRequest] " + std::string(what));
  }

  Status WrongType(std::string_view key, std::size_t offset, json::json_type type) const {
    static constexpr std::array kNames = {
        "",          "START_ARRAY", "START_OBJECT", "VALUE_NUMBER", "VALUE_STRING", "VALUE_BOOLEAN",
        "VALUE_NULL"};
    return Failure(offset, std::string(key) + " doesn't support values of type: " +
                               kNames[static_cast<std::size_t>(type)]);
  }

  Status Read(std::string_view key, std::size_t offset, json::value& value) {
    json::json_type type;
    if (value.type().get(type)) return Syntax();
    if (key == "doc" || key == "upsert") {
      if (type != json::json_type::object) return WrongType(key, offset, type);
      (key == "doc" ? body_.has_doc : body_.has_upsert) = true;
    } else if (key == "script") {
      if (type != json::json_type::object && type != json::json_type::string) {
        return WrongType(key, offset, type);
      }
      body_.has_script = true;
    } else if (key == "doc_as_upsert" || key == "scripted_upsert" || key == "detect_noop") {
      bool flag = false;
      RETURN_IF_ERROR(ReadBool(key, offset, type, value, flag));
      if (key == "doc_as_upsert") body_.doc_as_upsert = flag;
    } else if (key == "_source") {
      std::string_view raw = base::TrimAscii(value.raw_json_token());
      json::object object;
      json::array array;
      if (type == json::json_type::object
              ? value.get_object().get(object) || object.raw_json().get(raw)
              : type == json::json_type::array &&
                    (value.get_array().get(array) || array.raw_json().get(raw))) {
        return Syntax();
      }
      ASSIGN_OR_RETURN(const auto document, base::json::Document::Parse(raw));
      ASSIGN_OR_RETURN(body_.source, bulk::SourceFilter::FromJson(document.root()));
    } else if (key == "if_seq_no" || key == "if_primary_term") {
      std::int64_t number = 0;
      if (type != json::json_type::number) return WrongType(key, offset, type);
      if (value.get_int64().get(number)) return Syntax();
      (key == "if_seq_no" ? body_.if_seq_no : body_.if_primary_term) = number;
    } else {
      return Unknown(key, offset);
    }
    return {};
  }

  Status ReadBool(std::string_view key, std::size_t offset, json::json_type type,
                  json::value& value, bool& flag) const {
    if (type == json::json_type::string) {
      std::string_view text;
      if (value.get_string().get(text)) return Syntax();
      ASSIGN_OR_RETURN(flag, base::ParseBool(text));
      return {};
    }
    if (type != json::json_type::boolean) return WrongType(key, offset, type);
    return value.get_bool().get(flag) ? Syntax() : Status();
  }

  Status Unknown(std::string_view key, std::size_t offset) const {
    static const std::vector<std::string> known = {"script",  "scripted_upsert", "upsert",
                                                   "doc",     "doc_as_upsert",   "detect_noop",
                                                   "_source", "if_seq_no",       "if_primary_term"};
    std::string meant = base::DidYouMean(key, known);
    if (meant.starts_with(" ->")) meant.erase(0, 3);
    return Failure(offset, "unknown field [" + std::string(key) + "]" + meant);
  }

  const simdjson::padded_string_view text_;
  UpdateBody body_;
};

}  // namespace

base::Result<UpdateBody> ParseUpdateBody(std::string_view text) {
  thread_local json::parser parser;
  thread_local std::string copy;  // with the bytes behind that the parser may read
  constexpr std::size_t kKept = 1 << 20;
  copy.assign(text);
  copy.append(simdjson::SIMDJSON_PADDING, ' ');
  BodyParser reader(simdjson::padded_string_view(copy.data(), text.size(), copy.size()));
  auto parsed = reader.Parse(parser);
  if (copy.capacity() > kKept) {
    copy = std::string();
    parser = json::parser();
  }
  return parsed;
}

std::string WithDocAsUpsert(std::string body) {
  const auto parsed = ParseUpdateBody(body);
  if (!parsed.ok() || parsed->doc_as_upsert) return body;
  const std::size_t brace = body.find('{');
  const bool empty = body[body.find_first_not_of(" \t\r\n", brace + 1)] == '}';
  body.insert(brace + 1, empty ? "\"doc_as_upsert\":true" : "\"doc_as_upsert\":true,");
  return body;
}

std::vector<std::string> ProblemsOf(const UpdateBody& body, const bulk::Extra& extra) {
  const bool as_upsert = body.doc_as_upsert.value_or(false);
  std::vector<std::string> problems;
  if (extra.if_seq_no != engine::kNoSeqNo) {
    if (as_upsert) {
      problems.push_back("compare and write operations can not be used with upsert");
    }
    if (body.has_upsert) {
      problems.push_back("upsert requests don't support `if_seq_no` and `if_primary_term`");
    }
  }
  if (!body.has_script && !body.has_doc) problems.push_back("script or doc is missing");
  if (body.has_script && body.has_doc) problems.push_back("can't provide both script and doc");
  if (!body.has_doc && as_upsert) {
    problems.push_back("doc must be specified if doc_as_upsert is enabled");
  }
  return problems;
}

Status NoScripts() {
  return base::IllegalArgument("failed to execute script")
      .CausedBy(base::IllegalArgument(
          "scripts are not supported in updates; send the changed fields as [doc]"));
}

}  // namespace actions::update
