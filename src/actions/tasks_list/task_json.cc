#include "actions/tasks_list/task_json.h"

#include <algorithm>

#include "base/text/units.h"

namespace actions::tasks_list {

namespace {

void WriteUsage(base::json::Writer& out, std::string_view key, std::int64_t cpu_nanos,
                std::int64_t memory_bytes) {
  out.ObjectField(key);
  out.Field("cpu_time_in_nanos", cpu_nanos);
  out.Field("memory_in_bytes", memory_bytes);
  out.EndObject();
}

void WriteStatus(base::json::Writer& out, const tasks::TaskInfo& info, const TaskView& view) {
  if (view.cancel_answer && view.cancel_status == StatusFormat::kNone) return;
  if (info.status) return out.RawField("status", *info.status);
  if (!view.cancel_answer || !info.cancelled) return;
  if (view.cancel_status != StatusFormat::kObject) return out.Field("status", "cancelled");
  out.ObjectField("status");
  out.Field("state", "cancelled");
  out.EndObject();
}

void WriteCancellation(base::json::Writer& out, const tasks::TaskInfo& info) {
  out.ObjectField("cancellation");
  out.Field("cause", tasks::CauseName(info.stop->cause));
  out.Field("reason", info.stop->reason);
  if (!info.stop->by.empty()) out.Field("by", info.stop->by);
  out.Field("at_millis", info.stop->at_wall_millis);
  out.Field("stopping_for_nanos", info.stopping_for_nanos);
  out.EndObject();
}

void WriteExtended(base::json::Writer& out, const tasks::TaskInfo& info) {
  out.Field("class", info.task_class == tasks::TaskClass::kClient ? "client" : "background");
  if (info.phase != nullptr) out.Field("phase", info.phase);
  if (info.waits_on != nullptr) out.Field("waits_on", info.waits_on);
  if (info.unit != nullptr) {
    out.ObjectField("progress");
    out.Field("done", info.done);
    if (info.total >= 0) out.Field("total", info.total);
    out.Field("unit", info.unit);
    out.EndObject();
  }
  if (info.checkpoint_age_nanos >= 0)
    out.Field("checkpoint_age_in_nanos", info.checkpoint_age_nanos);
  if (info.longest_gap_nanos > 0)
    out.Field("longest_checkpoint_gap_in_nanos", info.longest_gap_nanos);
  if (!info.cancellable) out.Field("not_cancellable_because", info.not_cancellable_because);
  if (info.stop) WriteCancellation(out, info);
  if (info.stopped_others) info.stopped_others->Write(out);
  if (!info.outcome) return;
  out.Field("outcome", tasks::OutcomeName(*info.outcome));
  if (info.completed_despite_cancel) out.Field("completed_despite_cancel", true);
  if (!info.error.empty()) out.Field("error", info.error);
}

}  // namespace

void WriteResources(base::json::Writer& out, const tasks::TaskInfo::Resources& resources) {
  // What each run on a thread used is not kept apart.
  const int runs = std::max(resources.executions, 1);
  const std::int64_t cpu = resources.cpu_nanos / runs;
  const std::int64_t memory = resources.memory_bytes / runs;
  out.BeginObject();
  WriteUsage(out, "average", cpu, memory);
  WriteUsage(out, "total", resources.cpu_nanos, resources.memory_bytes);
  WriteUsage(out, "min", cpu, memory);
  WriteUsage(out, "max", cpu, memory);
  out.ObjectField("thread_info");
  out.Field("thread_executions", resources.executions);
  out.Field("active_threads", resources.active_threads);
  out.EndObject();
  out.EndObject();
}

void WriteTaskMembers(base::json::Writer& out, const tasks::TaskInfo& info, const TaskView& view) {
  out.Field("node", info.id.node);
  out.Field("id", info.id.number);
  out.Field("type", tasks::TypeName(info.type));
  out.Field("action", info.action);
  WriteStatus(out, info, view);
  out.OptionalField("description", info.description);
  if (view.human) out.Field("start_time", base::IsoUtcMillis(info.start_time_millis));
  out.Field("start_time_in_millis", info.start_time_millis);
  if (view.human) out.Field("running_time", base::TimeValue::Nanos(info.running_nanos).ToString());
  out.Field("running_time_in_nanos", info.running_nanos);
  out.Field("cancellable", info.cancellable);
  out.Field("cancelled", info.cancelled);
  if (info.parent.set()) out.Field("parent_task_id", info.parent.ToString());
  out.ObjectField("headers");
  if (info.origin) {
    for (const auto& [name, value] : info.origin->headers) out.Field(name, value);
  }
  out.EndObject();
  if (view.resources && info.resources) {
    out.Key("resource_stats");
    WriteResources(out, *info.resources);
  }
  if (info.cancellation_time_millis) {
    if (view.human)
      out.Field("cancellation_time", base::IsoUtcMillis(*info.cancellation_time_millis));
    out.Field("cancellation_time_millis", *info.cancellation_time_millis);
  }
  if (view.extended) WriteExtended(out, info);
}

void WriteTask(base::json::Writer& out, const tasks::TaskInfo& info, const TaskView& view) {
  out.BeginObject();
  WriteTaskMembers(out, info, view);
  out.EndObject();
}

}  // namespace actions::tasks_list
