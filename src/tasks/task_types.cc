#include "tasks/task_types.h"

#include "base/text/numbers.h"

namespace tasks {

std::string TaskId::ToString() const {
  return set() ? node + ":" + std::to_string(number) : "unset";
}

base::Result<TaskId> TaskId::Parse(std::string_view text) {
  if (text.empty() || text == "unset") return TaskId();
  const auto malformed = [&] {
    return base::IllegalArgument("malformed task id " + std::string(text));
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return malformed();
  const std::string_view digits = text.substr(colon + 1);
  const auto number = base::ParseInt64(digits);
  if (!number.ok()) return malformed().CausedBy(base::NumberFormat(digits));
  return TaskId{std::string(text.substr(0, colon)), *number};
}

std::string_view TypeName(TaskType type) {
  switch (type) {
    case TaskType::kTransport:
      return "transport";
    case TaskType::kDirect:
      return "direct";
    case TaskType::kPersistent:
      return "persistent";
  }
  return "";
}

std::string_view CauseName(StopCause cause) {
  switch (cause) {
    case StopCause::kUser:
      return "user";
    case StopCause::kParent:
      return "parent";
    case StopCause::kDeadline:
      return "deadline";
    case StopCause::kClientGone:
      return "client_gone";
    case StopCause::kSiblingFailed:
      return "sibling_failed";
    case StopCause::kAbandoned:
      return "abandoned";
    case StopCause::kShutdown:
      return "shutdown";
    case StopCause::kBackpressure:
      return "backpressure";
    case StopCause::kPolicy:
      return "policy";
  }
  return "";
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kCancelled:
      return "cancelled";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kUnconfirmed:
      return "unconfirmed";
  }
  return "";
}

bool Origin::IsFrom(std::string_view who) const {
  if (who == Who()) return true;
  return user.empty() && who == remote_address.substr(0, remote_address.rfind(':'));
}

std::string_view Origin::Header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

void StoppedOthers::Write(base::json::Writer& out) const {
  out.ObjectField("stopped_others");
  out.Field("count", count);
  out.ArrayField("tasks");
  for (const TaskId& task : tasks) out.Value(task.ToString());
  out.EndArray();
  out.EndObject();
}

void ReplicationStatus::Write(base::json::Writer& out) const {
  out.BeginObject();
  out.Field("phase", std::string_view(phase_.load(std::memory_order_relaxed)));
  out.EndObject();
}

}  // namespace tasks
