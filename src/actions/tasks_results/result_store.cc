#include "actions/tasks_results/result_store.h"

#include "actions/tasks_list/task_json.h"
#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/json/tree.h"
#include "base/text/units.h"

namespace actions::tasks_results {

namespace {

void WriteTwin(base::json::Writer& out, const base::json::Member& member) {
  const auto number = member.value->AsInt64();
  if (!number.ok()) return;
  if (member.key == "start_time_in_millis") {
    out.Field("start_time", base::IsoUtcMillis(*number));
  } else if (member.key == "running_time_in_nanos") {
    out.Field("running_time", base::TimeValue::Nanos(*number).ToString());
  } else if (member.key == "cancellation_time_millis") {
    out.Field("cancellation_time", base::IsoUtcMillis(*number));
  }
}

}  // namespace

std::string ResultDocument(const tasks::TaskInfo& info, const std::string& response,
                           const base::Status& error) {
  std::string document;
  base::json::CompactWriter out(document);
  out.BeginObject();
  out.Field("completed", true);
  out.Key("task");
  tasks_list::WriteTask(out, info, {.resources = false});
  if (response.empty()) {
    out.Key("error");
    base::WriteException(out, error);
  } else {
    out.RawField("response", response);
  }
  out.EndObject();
  return document;
}

void WriteStored(base::json::Writer& out, const std::string& document, bool human) {
  if (!human) return out.Raw(document);
  const auto parsed = base::json::Document::Parse(document);
  if (!parsed.ok()) return out.Raw(document);
  out.BeginObject();
  for (const auto& [key, value] : parsed->root().members()) {
    out.Key(key);
    if (key != "task" || !value->IsObject()) {
      value->Write(out);
      continue;
    }
    out.BeginObject();
    for (const base::json::Member& member : value->members()) {
      WriteTwin(out, member);
      out.Key(member.key);
      member.value->Write(out);
    }
    out.EndObject();
  }
  out.EndObject();
}

void FinishAndKeep(ResultStore& store, tasks::RunningTask task, tasks::End end,
                   const std::string& response) {
  store.Put(*task, ResultDocument(task->Info(/*detailed=*/true), response, end.error));
  std::move(task).Finish(std::move(end));
}

}  // namespace actions::tasks_results
