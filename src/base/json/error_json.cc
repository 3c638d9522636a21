#include "base/json/error_json.h"

#include <algorithm>
#include <array>

namespace base {
namespace {

// What Java or its libraries throw, which OpenSearch does not count among its own: such a failure
// is its own root, and below one of ours it is not looked at.
bool IsForeign(std::string_view type) {
  constexpr std::array<std::string_view, 30> kForeign = {"action_request_validation_exception",
                                                         "arithmetic_exception",
                                                         "array_index_out_of_bounds_exception",
                                                         "class_cast_exception",
                                                         "concurrent_modification_exception",
                                                         "date_time_exception",
                                                         "date_time_parse_exception",
                                                         "exception",
                                                         "file_already_exists_exception",
                                                         "i_o_exception",
                                                         "illegal_argument_exception",
                                                         "illegal_state_exception",
                                                         "index_out_of_bounds_exception",
                                                         "input_coercion_exception",
                                                         "interrupted_exception",
                                                         "invalid_shape_exception",
                                                         "json_e_o_f_exception",
                                                         "json_parse_exception",
                                                         "named_object_not_found_exception",
                                                         "no_such_file_exception",
                                                         "not_x_content_exception",
                                                         "null_pointer_exception",
                                                         "number_format_exception",
                                                         "rejected_execution_exception",
                                                         "runtime_exception",
                                                         "security_exception",
                                                         "string_index_out_of_bounds_exception",
                                                         "too_many_clauses",
                                                         "unsupported_operation_exception",
                                                         "validation_exception"};
  return std::binary_search(kForeign.begin(), kForeign.end(), type);
}

constexpr std::string_view kParse = "x_content_parse_exception";
constexpr std::string_view kRootCause = "root_cause";

void WriteHead(json::Writer& writer, const Status& status) {
  writer.Field("type", status.type());
  writer.Field("reason", status.reason());
  for (const Status::Extra& extra : status.extras()) {
    if (extra.key == kRootCause) continue;
    extra.raw_json ? writer.RawField(extra.key, extra.value) : writer.Field(extra.key, extra.value);
  }
}

void WriteCause(json::Writer& writer, const Status& status, Traces traces) {
  if (status.cause() == nullptr) return;
  writer.Key("caused_by");
  WriteException(writer, *status.cause(), traces);
}

void WriteTrace(json::Writer& writer, const Status& status, Traces traces) {
  if (traces == Traces::kLeaveOut) return;
  std::string trace;
  for (const Status* at = &status; at != nullptr; at = at->cause()) {
    if (at != &status) trace += "\nCaused by: ";
    trace += at->type() + "[" + at->reason() + "]";
  }
  writer.Field("stack_trace", trace);
}

}  // namespace

std::string_view StatusName(int http_status) {
  switch (http_status) {
    case 400:
      return "BAD_REQUEST";
    case 404:
      return "NOT_FOUND";
    case 409:
      return "CONFLICT";
    case 429:
      return "TOO_MANY_REQUESTS";
    case 503:
      return "SERVICE_UNAVAILABLE";
    case 504:
      return "GATEWAY_TIMEOUT";
    default:
      return "INTERNAL_SERVER_ERROR";
  }
}

const Status& RootCause(const Status& status) {
  const Status* root = &status;
  while (root->cause() != nullptr && !IsForeign(root->type())) {
    const std::string& next = root->cause()->type();
    // Parse errors lead to the innermost parse error, but are found by no other kind.
    if (IsForeign(next) || (next == kParse && root->type() != kParse)) break;
    root = root->cause();
  }
  return *root;
}

void WriteErrorBody(json::Writer& writer, const Status& status, Traces traces) {
  const auto& extras = status.extras();
  const auto given = std::find_if(extras.begin(), extras.end(), [](const Status::Extra& extra) {
    return extra.key == kRootCause;
  });
  writer.BeginObject();
  writer.Key(kRootCause);
  if (given != extras.end()) {
    writer.Raw(given->value);
  } else {
    writer.BeginArray();
    writer.BeginObject();
    const Status& root = RootCause(status);
    WriteHead(writer, root);
    WriteTrace(writer, root, traces);
    writer.EndObject();
    writer.EndArray();
  }
  WriteHead(writer, status);
  WriteCause(writer, status, traces);
  WriteTrace(writer, status, traces);
  writer.EndObject();
}

void WriteError(json::Writer& writer, const Status& status, Traces traces) {
  writer.BeginObject();
  writer.Key("error");
  WriteErrorBody(writer, status, traces);
  writer.Field("status", status.http_status());
  writer.EndObject();
}

void WriteException(json::Writer& writer, const Status& status, Traces traces) {
  writer.BeginObject();
  WriteHead(writer, status);
  WriteCause(writer, status, traces);
  WriteTrace(writer, status, traces);
  writer.EndObject();
}

}  // namespace base
