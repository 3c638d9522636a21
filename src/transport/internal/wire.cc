#include "transport/internal/wire.h"

#include <algorithm>

#include "base/json/tree.h"

namespace transport::internal {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr int kMaxCauses = 16;
constexpr int kMaxExtras = 64;
constexpr int kMaxHeaders = 64;

Status Malformed(std::string what) {
  return base::IllegalArgument("malformed message between nodes: " + std::move(what));
}

void EncodeError(const Status& status, int depth, proto::Error& out) {
  out.set_code(static_cast<std::uint32_t>(status.code()));
  out.set_http_status(status.http_status());
  out.set_type(status.type());
  out.set_reason(status.reason());
  for (const Status::Extra& extra : status.extras()) {
    if (out.extra_size() == kMaxExtras) break;
    proto::Error::Extra& to = *out.add_extra();
    to.set_key(extra.key);
    to.set_value(extra.value);
    to.set_raw_json(extra.raw_json);
  }
  if (status.cause() != nullptr && !status.cause()->ok() && depth < kMaxCauses)
    EncodeError(*status.cause(), depth + 1, *out.mutable_cause());
}

bool IsJson(const std::string& text) { return base::json::Document::Parse(text).ok(); }

Status DecodeError(const proto::Error& error, int depth) {
  if (error.code() == 0 || error.code() > static_cast<std::uint32_t>(Code::kUnconfirmed))
    return base::Internal("an error of unknown kind: " + error.reason());
  const bool is_http = error.http_status() >= 100 && error.http_status() <= 599;
  Status status(is_http ? error.http_status() : 500, error.type().substr(0, kMaxName),
                error.reason());
  status = status.WithCode(static_cast<Code>(error.code()));
  for (const proto::Error::Extra& extra : error.extra()) {
    if (status.extras().size() == kMaxExtras) break;
    status = status.With(extra.key(), extra.value(), extra.raw_json() && IsJson(extra.value()));
  }
  if (error.has_cause() && depth < kMaxCauses)
    status = status.CausedBy(DecodeError(error.cause(), depth + 1));
  return status;
}

Result<tasks::OriginPtr> DecodeOrigin(const proto::Origin& origin) {
  if (origin.header_size() > kMaxHeaders) return Malformed("too many headers");
  tasks::Origin decoded;
  for (const proto::Origin::Header& header : origin.header())
    decoded.headers.emplace_back(header.name(), header.value());
  decoded.user = origin.user();
  decoded.remote_address = origin.remote_address();
  return std::make_shared<const tasks::Origin>(std::move(decoded));
}

}  // namespace

void Encode(const Status& status, proto::Error& out) { EncodeError(status, 0, out); }

void Encode(const tasks::Stop& stop, proto::Stop& out) {
  out.set_cause(static_cast<std::uint32_t>(stop.cause));
  out.set_reason(stop.reason);
  out.set_by(stop.by);
}

void Encode(const tasks::TaskId& id, proto::TaskId& out) {
  out.set_node(id.node);
  out.set_number(id.number);
}

void Encode(tasks::End&& end, proto::End& out) {
  out.set_outcome(static_cast<std::uint32_t>(end.outcome));
  if (end.result) out.set_result(*std::move(end.result));
  out.set_never_began(end.never_began);
  if (!end.error.ok()) Encode(end.error, *out.mutable_error());
}

void Encode(tasks::StartRequest&& request, proto::Start& out) {
  out.set_action(std::string(request.action));
  out.set_task_class(static_cast<std::uint32_t>(request.task_class));
  Encode(request.parent, *out.mutable_parent());
  if (request.origin) {
    proto::Origin& origin = *out.mutable_origin();
    for (const auto& [name, value] : request.origin->headers) {
      proto::Origin::Header& header = *origin.add_header();
      header.set_name(name);
      header.set_value(value);
    }
    origin.set_user(request.origin->user);
    origin.set_remote_address(request.origin->remote_address);
  }
  if (request.deadline_left_millis) out.set_deadline_left_millis(*request.deadline_left_millis);
  out.set_incarnation(request.incarnation);
  Encode(request.token.task, *out.mutable_token()->mutable_task());
  out.mutable_token()->set_chunk(request.token.chunk);
  out.set_payload(std::move(request.payload));
  out.set_streamed(request.stream != nullptr);
}

Status Decode(const proto::Error& error) { return DecodeError(error, 0); }

Status AnswerLost(std::string reason) {
  return Status(503, "node_disconnected_exception", std::move(reason))
      .WithCode(Code::kOutcomeUnknown);
}

Result<tasks::Stop> Decode(const proto::Stop& stop) {
  if (stop.cause() > static_cast<std::uint32_t>(tasks::StopCause::kPolicy))
    return Malformed("no cause has the number " + std::to_string(stop.cause()));
  return tasks::Stop{.cause = static_cast<tasks::StopCause>(stop.cause()),
                     .reason = stop.reason(),
                     .by = stop.by()};
}

Result<tasks::TaskId> Decode(const proto::TaskId& id) {
  if (id.node().size() > kMaxName || id.number() < -1 || id.number() >= std::int64_t{1} << 53)
    return Malformed("a task id out of range");
  return tasks::TaskId{id.node(), id.number()};
}

tasks::End Decode(proto::End&& end) {
  tasks::End decoded;
  if (end.has_result()) decoded.result = std::move(*end.mutable_result());
  if (end.has_error()) {
    decoded.error = Decode(end.error());
  } else if (end.outcome() != 0) {
    decoded.error = base::Internal("the task ended without success and did not say why");
  }
  decoded.outcome = tasks::End::OutcomeOf(decoded.error.code());
  decoded.never_began = end.never_began() && !decoded.error.ok();
  return decoded;
}

Result<DecodedStart> Decode(proto::Start&& start) {
  if (start.action().empty() || start.action().size() > kMaxName)
    return Malformed("an action of " + std::to_string(start.action().size()) + " bytes");
  if (start.task_class() > static_cast<std::uint32_t>(tasks::TaskClass::kBackground))
    return Malformed("no class has the number " + std::to_string(start.task_class()));
  DecodedStart decoded;
  decoded.action = start.action();
  tasks::StartRequest& request = decoded.request;
  request.task_class = static_cast<tasks::TaskClass>(start.task_class());
  ASSIGN_OR_RETURN(request.parent, Decode(start.parent()));
  if (start.has_origin()) {
    ASSIGN_OR_RETURN(request.origin, DecodeOrigin(start.origin()));
  }
  if (start.has_deadline_left_millis()) {
    constexpr std::int64_t kLongest = std::int64_t{366} * 24 * 3600 * 1000;
    request.deadline_left_millis =
        std::clamp<std::int64_t>(start.deadline_left_millis(), 0, kLongest);
  }
  request.incarnation = start.incarnation();
  ASSIGN_OR_RETURN(request.token.task, Decode(start.token().task()));
  request.token.chunk = start.token().chunk();
  request.payload = std::move(*start.mutable_payload());
  return decoded;
}

}  // namespace transport::internal
