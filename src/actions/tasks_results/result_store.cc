#include "actions/tasks_results/result_store.h"

#include "actions/tasks_list/task_json.h"
#include "base/error_json.h"
#include "base/json/compact_writer.h"

namespace actions::tasks_results {

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

void FinishAndKeep(ResultStore& store, tasks::RunningTask task, tasks::End end,
                   const std::string& response) {
  store.Put(*task, ResultDocument(task->Info(/*detailed=*/true), response, end.error));
  std::move(task).Finish(std::move(end));
}

}  // namespace actions::tasks_results
