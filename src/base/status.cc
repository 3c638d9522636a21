#include "base/status.h"

namespace base {

Status::Status(Code code, std::string reason) {
  if (code == Code::kOk) return;
  auto rep = std::make_shared<Rep>();
  rep->code = code;
  rep->type = code == Code::kCancelled ? "task_cancelled_exception" : "exception";
  rep->reason = std::move(reason);
  rep_ = std::move(rep);
}

Status::Status(int http_status, std::string_view type, std::string reason) {
  auto rep = std::make_shared<Rep>();
  rep->http_status = http_status;
  rep->type = type;
  rep->reason = std::move(reason);
  rep_ = std::move(rep);
}

const std::string& Status::Empty() {
  static const std::string empty;
  return empty;
}

const std::vector<Status::Extra>& Status::extras() const {
  static const std::vector<Extra> none;
  return ok() ? none : rep_->extras;
}

Status Status::With(std::string key, std::string value, bool raw_json) const {
  auto rep = std::make_shared<Rep>(*rep_);
  rep->extras.push_back({std::move(key), std::move(value), raw_json});
  Status changed;
  changed.rep_ = std::move(rep);
  return changed;
}

Status Status::CausedBy(Status cause) const {
  auto rep = std::make_shared<Rep>(*rep_);
  rep->cause = std::make_shared<const Status>(std::move(cause));
  Status changed;
  changed.rep_ = std::move(rep);
  return changed;
}

Status Status::WithCode(Code code) const {
  auto rep = std::make_shared<Rep>(*rep_);
  rep->code = code;
  Status changed;
  changed.rep_ = std::move(rep);
  return changed;
}

Status IllegalArgument(std::string reason) {
  return {400, "illegal_argument_exception", std::move(reason)};
}

Status ValidationFailed(std::string reason) {
  return {400, "action_request_validation_exception",
          "Validation Failed: 1: " + std::move(reason) + ";"};
}

Status ResourceNotFound(std::string reason) {
  return {404, "resource_not_found_exception", std::move(reason)};
}

Status Rejected(std::string reason) {
  return {429, "rejected_execution_exception", std::move(reason)};
}

Status Timeout(std::string reason) { return {504, "timeout_exception", std::move(reason)}; }

Status Internal(std::string reason) { return {500, "illegal_state_exception", std::move(reason)}; }

Status ParseError(std::string reason) { return {400, "parse_exception", std::move(reason)}; }

Status NumberFormat(std::string_view input) {
  return {400, "number_format_exception", "For input string: \"" + std::string(input) + "\""};
}

Status OutOfMemory() {
  return Status(429, "circuit_breaking_exception",
                "the process is out of memory, this request was given up; send it again later, or "
                "lower [indices.breaker.total.limit]")
      .With("durability", "TRANSIENT");
}

Status Cancelled(std::string_view root_reason) {
  return {Code::kCancelled, "cancelled task with reason: " + std::string(root_reason)};
}

}  // namespace base
