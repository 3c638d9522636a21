#include "rest/routes/cat_tasks.h"

#include <algorithm>

#include "base/json/pretty_writer.h"
#include "rest/build_info.h"
#include "rest/cat_table.h"
#include "rest/routes/tasks.h"
#include "rest/task_answer.h"

namespace rest::routes {

using actions::tasks_list::ListRequest;
using actions::tasks_list::TaskPages;
using actions::tasks_list::TaskPagesPtr;
using base::Status;

namespace {

std::vector<CatColumn> Columns(bool detailed) {
  std::vector<CatColumn> columns = {
      {.name = "id", .description = "id of the task with the node", .shown = Shown::kIfAsked},
      {.name = "action", .aliases = "ac", .description = "task action"},
      {.name = "task_id", .aliases = "ti", .description = "unique task id"},
      {.name = "parent_task_id", .aliases = "pti", .description = "parent task id"},
      {.name = "type", .aliases = "ty", .description = "task type"},
      {.name = "start_time", .aliases = "start", .description = "start time in ms"},
      {.name = "timestamp", .aliases = "ts,hms,hhmmss", .description = "start time in HH:MM:SS"},
      {.name = "running_time_ns",
       .aliases = "time",
       .description = "running time ns",
       .shown = Shown::kIfAsked},
      {.name = "running_time", .aliases = "time", .description = "running time"},
      {.name = "node_id",
       .aliases = "ni",
       .description = "unique node id",
       .shown = Shown::kIfAsked},
      {.name = "ip", .aliases = "i", .description = "ip address"},
      {.name = "port",
       .aliases = "po",
       .description = "bound transport port",
       .shown = Shown::kIfAsked},
      {.name = "node", .aliases = "n", .description = "node name"},
      {.name = "version", .aliases = "v", .description = "es version", .shown = Shown::kIfAsked},
      {.name = "x_opaque_id",
       .aliases = "x",
       .description = "X-Opaque-ID header",
       .shown = Shown::kIfAsked}};
  if (!detailed) return columns;
  columns.push_back({.name = "description", .aliases = "desc", .description = "task action"});
  columns.push_back({.name = "resource_stats",
                     .description = "resource consumption info of the task",
                     .shown = Shown::kIfAsked});
  return columns;
}

std::string ResourcesText(const tasks::TaskInfo& info) {
  std::string text;
  base::json::PrettyWriter writer(text);
  actions::tasks_list::WriteResources(writer,
                                      info.resources.value_or(tasks::TaskInfo::Resources()));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

struct Look {
  bool detailed = false;
  bool full_id = false;
};

CatTable::Row RowOf(const tasks::TaskInfo& info, const cluster::ClusterState& state, Look look) {
  const auto found = state.nodes.find(info.id.node);
  const cluster::NodeInfo* const node = found == state.nodes.end() ? nullptr : &found->second;
  const auto of_node = [node](auto text) {
    return node == nullptr ? std::string("-") : text(*node);
  };
  const std::string_view opaque = info.origin ? info.origin->Header("X-Opaque-Id") : "";
  CatTable::Row row = {info.id.number,
                       info.action,
                       info.id.ToString(),
                       info.parent.set() ? info.parent.ToString() : "-",
                       std::string(tasks::TypeName(info.type)),
                       info.start_time_millis,
                       ClockTime(info.start_time_millis),
                       info.running_nanos,
                       base::TimeValue::Nanos(info.running_nanos),
                       look.full_id ? info.id.node : info.id.node.substr(0, 4),
                       of_node([](const auto& n) { return n.ip; }),
                       of_node([](const auto& n) {
                         return n.transport_address.substr(n.transport_address.rfind(':') + 1);
                       }),
                       of_node([](const auto& n) { return n.name; }),
                       of_node([](const auto&) { return std::string(build::kVersion); }),
                       opaque.empty() ? "-" : std::string(opaque)};
  if (!look.detailed) return row;
  row.push_back(info.description ? CatCell(*info.description) : CatCell());
  row.push_back(ResourcesText(info));
  return row;
}

void AddRows(CatTable& table, const TaskTree& tree, std::vector<std::size_t> level,
             const cluster::ClusterState& state, Look look) {
  std::ranges::stable_sort(level, {},
                           [&](std::size_t i) { return tree.tasks[i].start_time_millis; });
  for (const std::size_t i : level) {
    table.Add(RowOf(tree.tasks[i], state, look));
    AddRows(table, tree, tree.children[i], state, look);
  }
}

Status CatTasks(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(ListRequest list, ReadListRequest(*request));
  Look look{.detailed = list.detailed};
  ASSIGN_OR_RETURN(look.full_id, request->Bool("full_id"));
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(Columns(look.detailed)).RespondHelp(request), Status();
  request->MustAnswer();
  const auto task = actions::tasks_list::List(
      node, std::move(list), [request, options, look](base::Result<TaskPagesPtr> listed) {
        if (!listed.ok()) return request->Fail(listed.status());
        const TaskPagesPtr pages = *std::move(listed);
        TakeAll(pages, [request, options, look, pages](std::vector<TaskPages::Page> taken) {
          const TaskTree tree = MakeTree(std::move(taken));
          CatTable table(Columns(look.detailed));
          AddRows(table, tree, tree.roots, pages->state(), look);
          table.Respond(request, options);
        });
      });
  StopWhenGone(request, task);
  return {};
}

}  // namespace

void AddCatTasksRoute(Router& router, actions::Node& node) {
  router.Add("GET", "/_cat/tasks",
             [&node](const RequestPtr& request) { return CatTasks(node, request); });
}

}  // namespace rest::routes
