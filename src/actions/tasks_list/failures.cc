#include "actions/tasks_list/failures.h"

#include "base/json/error_json.h"

namespace actions::tasks_list {

base::Status FailedNode(const NodeFailure& failure) {
  return base::Status(500, "failed_node_exception", "Failed node [" + failure.node_id + "]")
      .With("node_id", failure.node_id)
      .CausedBy(failure.why);
}

void WriteNodeFailures(base::json::Writer& out, const std::vector<NodeFailure>& failures,
                       std::string_view key) {
  out.ArrayField(key);
  for (const NodeFailure& failure : failures) {
    base::WriteException(out, FailedNode(failure));
  }
  out.EndArray();
}

void WriteFailures(base::json::Writer& out, const Failures& failures, EmptyNodeFailures empty) {
  if (!failures.tasks.empty()) {
    out.ArrayField("task_failures");
    for (const TaskFailure& failure : failures.tasks) {
      out.BeginObject();
      out.Field("task_id", failure.id.number);
      out.Field("node_id", failure.id.node);
      out.Field("status", base::StatusName(failure.why.http_status()));
      out.Key("reason");
      base::WriteException(out, failure.why);
      out.EndObject();
    }
    out.EndArray();
  }
  if (!failures.nodes.empty() || empty == EmptyNodeFailures::kWrite) {
    WriteNodeFailures(out, failures.nodes);
  }
}

base::Status NoSuchNode(const std::string& node_id) {
  return base::Status(500, "no_such_node_exception", "No such node [" + node_id + "]")
      .With("node_id", node_id);
}

base::Status TimedOutWaitingFor(const tasks::TaskId& id) {
  return base::Timeout("Timed out waiting for completion of [" + id.ToString() + "]");
}

}  // namespace actions::tasks_list
