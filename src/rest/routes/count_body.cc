#include "rest/routes/count_body.h"

#include <string>

#include "base/json/diagnose.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

namespace {

using base::Status;
using base::json::FirstToken;
using base::json::Member;
using base::json::ParsingError;
using base::json::Value;

// Where the name of a member begins; the value, if it was spelled with escapes.
std::size_t PlaceOf(std::string_view text, const Member& member) {
  const std::size_t place =
      text.rfind("\"" + std::string(member.key) + "\"", member.value->offset());
  return place == text.npos ? member.value->offset() : place;
}

// As of a parser of objects: its own failure, and that of the query around it.
Status WrongOption(std::string_view text, const Member& option, std::size_t place,
                   const std::string& what) {
  const base::json::Location at = base::json::Locate(text, place);
  const std::string reason =
      "[" + std::to_string(at.line) + ":" + std::to_string(at.column) + "] [match_all] " + what;
  return ParsingError(reason, text, option.value->offset())
      .CausedBy(Status(400, "x_content_parse_exception", reason));
}

Status CheckMatchAll(std::string_view text, const Value& query) {
  if (!query.IsObject())
    return ParsingError("[match_all] query malformed, no start_object after query name", text,
                        query.offset());
  for (const Member& option : query.members()) {
    const std::string name(option.key);
    if (name != "boost" && name != "_name")
      return WrongOption(text, option, PlaceOf(text, option), "unknown field [" + name + "]");
    const bool fits = option.value->IsString() || (name == "boost" && option.value->IsNumber());
    if (!fits)
      return WrongOption(
          text, option, option.value->offset(),
          name + " doesn't support values of type: " + std::string(FirstToken(*option.value)));
    if (name == "boost" && !option.value->AsDouble().ok())
      return WrongOption(text, option, option.value->offset(), "failed to parse field [boost]");
  }
  return {};
}

Status CheckQuery(std::string_view text, const Value& query) {
  if (!query.IsObject())
    return ParsingError("[_na] query malformed, must start with start_object", text,
                        query.offset());
  const auto kinds = query.members();
  if (kinds.empty()) {
    const std::size_t end = text.find('}', query.offset());
    const base::json::Location at = base::json::Locate(text, end);
    return ParsingError("Failed to parse", text, end)
        .CausedBy(base::IllegalArgument("query malformed, empty clause found at [" +
                                        std::to_string(at.line) + ":" + std::to_string(at.column) +
                                        "]"));
  }
  const std::string kind(kinds[0].key);
  if (kind != "match_all")
    return base::IllegalArgument("[_count] with a [" + kind +
                                 "] query is not supported by this version, only [match_all]");
  RETURN_IF_ERROR(CheckMatchAll(text, *kinds[0].value));
  if (kinds.size() == 1) return {};
  return ParsingError("[match_all] malformed query, expected [END_OBJECT] but found [FIELD_NAME]",
                      text, PlaceOf(text, kinds[1]));
}

}  // namespace

Status CheckCountBody(tasks::TaskContext& task, const std::string& body) {
  if (body.empty()) return {};
  const auto document = tasks::ParsedJson::Parse(task, body);
  if (!document.ok()) {
    const bool malformed = document.status().type().starts_with("json_");
    return malformed ? ParsingError("Failed to parse", body, 0).CausedBy(document.status())
                     : document.status();
  }
  const Value& root = document->root();
  if (!root.IsObject())
    return ParsingError("Expected [START_OBJECT] but found [" + std::string(FirstToken(root)) + "]",
                        body, root.offset());
  for (const Member& member : root.members()) {
    if (member.key != "query")
      return ParsingError("request does not support [" + std::string(member.key) + "]", body,
                          PlaceOf(body, member));
    RETURN_IF_ERROR(CheckQuery(body, *member.value));
  }
  return {};
}

}  // namespace rest::routes
