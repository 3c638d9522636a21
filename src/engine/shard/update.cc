#include "engine/shard/update.h"

#include "tasks/memory/parsed_json.h"

namespace engine {

namespace {

constexpr std::string_view kSourceMissing = "document_source_missing_exception";

using base::json::Document;
using base::json::DuplicateKeys;
using base::json::Value;

struct Request {
  const Value* doc = nullptr;
  const Value* upsert = nullptr;
  bool doc_as_upsert = false, detect_noop = true;
};

base::Status ParseError(std::string_view body, const Value& at, const std::string& what) {
  const base::json::Location where = base::json::Locate(body, at.offset());
  return base::Status(400, "x_content_parse_exception",
                      "[" + std::to_string(where.line) + ":" + std::to_string(where.column) +
                          "] [UpdateRequest] " + what);
}

base::Status ReadFlag(std::string_view body, const base::json::Member& member, bool& flag) {
  base::Result<bool> value = member.value->AsBool();
  if (!value.ok()) {
    return ParseError(body, *member.value,
                      "failed to parse field [" + std::string(member.key) + "]")
        .CausedBy(value.status());
  }
  flag = *value;
  return {};
}

base::Status ReadObject(std::string_view body, const base::json::Member& member,
                        const Value*& object) {
  if (!member.value->IsObject()) {
    return ParseError(body, *member.value, std::string(member.key) + " must be an object");
  }
  object = member.value;
  return {};
}

// `_source`, `if_seq_no` and `if_primary_term` have been taken out of the body by the coordinator.
base::Result<Request> Read(std::string_view body, const Value& root) {
  if (!root.IsObject()) return ParseError(body, root, "Expected START_OBJECT");
  Request request;
  for (const base::json::Member& member : root.members()) {
    if (member.key == "doc") {
      RETURN_IF_ERROR(ReadObject(body, member, request.doc));
    } else if (member.key == "upsert") {
      RETURN_IF_ERROR(ReadObject(body, member, request.upsert));
    } else if (member.key == "doc_as_upsert") {
      RETURN_IF_ERROR(ReadFlag(body, member, request.doc_as_upsert));
    } else if (member.key == "detect_noop") {
      RETURN_IF_ERROR(ReadFlag(body, member, request.detect_noop));
    } else if (member.key == "script" || member.key == "scripted_upsert") {
      return base::IllegalArgument("[" + std::string(member.key) +
                                   "] is not supported: scripts cannot be run by this node, send "
                                   "the changed fields as [doc]");
    } else if (member.key != "_source" && member.key != "if_seq_no" &&
               member.key != "if_primary_term") {
      return ParseError(body, *member.value, "unknown field [" + std::string(member.key) + "]");
    }
  }
  if (!request.doc) {
    return base::ValidationFailed(request.doc_as_upsert
                                      ? "doc must be specified if doc_as_upsert is enabled"
                                      : "script or doc is missing");
  }
  return request;
}

}  // namespace

bool IsAboutDocument(const base::Status& error) {
  return error.http_status() == 404 || error.http_status() == 409 || error.type() == kSourceMissing;
}

base::Result<Updated> ResolveUpdate(tasks::TaskContext& task, const Operation& operation,
                                    Documents::Document present) {
  ASSIGN_OR_RETURN(const auto body, tasks::ParsedJson::Parse(task, operation.source));
  ASSIGN_OR_RETURN(const Request request, Read(operation.source, body.root()));
  const Value* const created = request.doc_as_upsert ? request.doc : request.upsert;
  // Before its number is asked for: a document that is missing is no conflict.
  if (!present.state.live() && created == nullptr) {
    return base::Status(404, "document_missing_exception",
                        "[" + std::string(operation.id) + "]: document missing");
  }
  RETURN_IF_ERROR(
      CheckSeqNo(operation.id, operation.if_seq_no, operation.if_primary_term, present.state));
  Updated updated;
  if (!present.state.live()) {
    updated.kind = Updated::Kind::kCreate;
    updated.routing = operation.routing;
    updated.source = created->ToString();
    return updated;
  }
  if (!present.has_source) {
    return base::Status(400, kSourceMissing,
                        "[" + std::string(operation.id) + "]: document source missing");
  }
  updated.routing =
      operation.routing.empty() ? std::move(present.routing) : std::string(operation.routing);
  RETURN_IF_ERROR(task.Checkpoint());
  ASSIGN_OR_RETURN(auto parsed,
                   tasks::ParsedJson::Parse(task, present.source, DuplicateKeys::kLastWins));
  Document& document = parsed.document();
  RETURN_IF_ERROR(task.Checkpoint());
  const bool changed = document.Merge(document.root(), *request.doc);
  if (!changed && request.detect_noop) {
    updated.kind = Updated::Kind::kNoop;
    updated.source = std::move(present.source);
  } else {
    updated.source = document.root().ToString();
  }
  return updated;
}

}  // namespace engine
