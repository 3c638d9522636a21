// base/status.h
//
// Status is how anything that can fail says so. It may not be dropped. Cancellation is a Status
// like any other: nothing is thrown across a module's edge. A Status carries what a REST error
// needs: OpenSearch's exception type, its HTTP status, further members and the cause.
//
// Cost: OK is a null pointer. Threads: a value; copies share an immutable representation.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

// What the caller's control flow depends on. kOutcomeUnknown: begun, and nobody can say whether it
// happened. kUnconfirmed: a child's node is lost, and with it the child's answer.
enum class Code : std::uint8_t { kOk, kCancelled, kFailed, kOutcomeUnknown, kUnconfirmed };

class [[nodiscard]] Status {
 public:
  // A member of the error object beside `type` and `reason`; `raw_json` is written as it is.
  struct Extra {
    std::string key;
    std::string value;
    bool raw_json = false;
  };

  Status() = default;
  // A failure without an OpenSearch type of its own: `exception`, 500.
  Status(Code code, std::string reason);
  // A failure as REST shows it, e.g. (400, "illegal_argument_exception", "…").
  Status(int http_status, std::string_view type, std::string reason);

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return ok() ? Code::kOk : rep_->code; }
  const std::string& reason() const { return ok() ? Empty() : rep_->reason; }
  // OpenSearch's exception name in snake case; empty if ok().
  const std::string& type() const { return ok() ? Empty() : rep_->type; }
  int http_status() const { return ok() ? 200 : rep_->http_status; }
  const std::vector<Extra>& extras() const;
  // Null if there is none.
  const Status* cause() const { return ok() ? nullptr : rep_->cause.get(); }

  // Copies with one thing more or changed. Must not be ok().
  Status With(std::string key, std::string value, bool raw_json = false) const;
  Status CausedBy(Status cause) const;
  Status WithCode(Code code) const;

  // Keeps the first failure.
  void Update(Status other) {
    if (ok()) *this = std::move(other);
  }
  // For the rare place where a failure is known to be harmless; searchable.
  void Ignore() const {}

 private:
  struct Rep {
    Code code = Code::kFailed;
    int http_status = 500;
    std::string type;
    std::string reason;
    std::vector<Extra> extras;
    std::shared_ptr<const Status> cause;
  };
  static const std::string& Empty();

  std::shared_ptr<const Rep> rep_;
};

// OpenSearch's commonest failures; `errors` of one area live in that area.
Status IllegalArgument(std::string reason);
Status ParseError(std::string reason);        // 400 parse_exception
Status ValidationFailed(std::string reason);  // "Validation Failed: 1: <reason>;"
Status ResourceNotFound(std::string reason);
Status Rejected(std::string reason);             // 429 rejected_execution_exception
Status Timeout(std::string reason);              // 504 timeout_exception
Status Internal(std::string reason);             // 500 illegal_state_exception
Status NumberFormat(std::string_view input);     // 'For input string: "x"'
Status OutOfMemory();                            // 429: the allocator had nothing more to give
Status Cancelled(std::string_view root_reason);  // 500 task_cancelled_exception, kCancelled

#define RETURN_IF_ERROR(expression) \
  if (::base::Status status_ = (expression); !status_.ok()) return status_

}  // namespace base
