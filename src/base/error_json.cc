#include "base/error_json.h"

#include <algorithm>
#include <array>

namespace base {
namespace {

// What Java or its libraries throw, which OpenSearch does not count among its
// own.
bool IsForeign(std::string_view type) {
  constexpr std::array<std::string_view, 12> kForeign = {
      "number_format_exception",   "null_pointer_exception",
      "class_cast_exception",      "i_o_exception",
      "no_such_file_exception",    "arithmetic_exception",
      "date_time_parse_exception", "json_parse_exception",
      "json_e_o_f_exception",      "timeout_exception",
      "input_coercion_exception",  "interrupted_exception"};
  return std::find(kForeign.begin(), kForeign.end(), type) != kForeign.end();
}

void WriteHead(json::Writer &writer, const Status &status) {
  writer.Field("type", status.type());
  writer.Field("reason", status.reason());
  for (const Status::Extra &extra : status.extras()) {
    extra.raw_json ? writer.RawField(extra.key, extra.value) : writer.Field(extra.key, extra.value);
  }
}

void WriteCause(json::Writer &writer, const Status &status) {
  if (status.cause() == nullptr) return;
  writer.Key("caused_by");
  WriteException(writer, *status.cause());
}

}  // namespace

const Status &RootCause(const Status &status) {
  const Status *root = &status;
  for (const Status *next = status.cause(); next && !IsForeign(next->type());
       next = next->cause()) {
    root = next;
  }
  return *root;
}

void WriteErrorBody(json::Writer &writer, const Status &status) {
  writer.BeginObject();
  writer.ArrayField("root_cause");
  writer.BeginObject();
  WriteHead(writer, RootCause(status));
  writer.EndObject();
  writer.EndArray();
  WriteHead(writer, status);
  WriteCause(writer, status);
  writer.EndObject();
}

void WriteError(json::Writer &writer, const Status &status) {
  writer.BeginObject();
  writer.Key("error");
  WriteErrorBody(writer, status);
  writer.Field("status", status.http_status());
  writer.EndObject();
}

void WriteException(json::Writer &writer, const Status &status) {
  writer.BeginObject();
  WriteHead(writer, status);
  WriteCause(writer, status);
  writer.EndObject();
}

}  // namespace base
