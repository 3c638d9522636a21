#include "actions/tasks_cancel/rethrottle.h"

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/told_pages.h"

namespace actions::tasks_cancel {

using tasks_list::FanOut;

namespace {

constexpr std::string_view kRethrottle = "cluster:admin/reindex/rethrottle";
constexpr std::string_view kRethrottleNode = "cluster:admin/reindex/rethrottle[n]";
constexpr std::string_view kIsShort = "it ends at once";

tasks::End OnNode(Node& node, std::string_view payload) {
  bulk::WireReader in(payload);
  const tasks::TaskId id = tasks_list::ReadTaskId(in);
  if (!in.ok()) return tasks::End(tasks_list::MalformedMessage("rethrottle"));
  const tasks::TaskPtr task = node.registry.Find(id.number);
  if (task == nullptr) {
    return tasks::End(base::ResourceNotFound("task [" + id.ToString() + "] is missing"));
  }
  tasks_list::TaskPage page;
  page.failures.push_back(
      {id, base::IllegalArgument("task [" + id.ToString() + "] of [" +
                                 std::string(task->spec().action) +
                                 "] cannot be rethrottled, only reindex, update by query and "
                                 "delete by query can")});
  return tasks::End(base::Status(), Encode(page));
}

}  // namespace

void Rethrottle(Node& node, const tasks::TaskId& id, tasks::OriginPtr origin,
                std::function<void(base::Result<tasks_list::TaskPagesPtr>)> done) {
  tasks::TaskSpec spec;
  spec.action = kRethrottle;
  spec.cancellable = false;
  spec.not_cancellable_because = kIsShort;
  spec.origin = std::move(origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());

  std::string payload;
  tasks_list::PutTaskId(payload, id);
  auto fan_out = std::make_shared<FanOut>(node, *std::move(task), node.cluster.state());
  FanOut::Question question{.action = kRethrottleNode,
                            .nodes = {id.node},
                            .payload = std::move(payload),
                            .timeout_millis = FanoutTimeoutMillis(node)};
  fan_out->Ask(std::move(question),
               [fan_out, done = std::move(done)](std::vector<FanOut::Answer> answers) {
                 tasks_list::TaskPagesPtr pages =
                     tasks_list::ToldPages::Make(fan_out->state(), std::move(answers));
                 fan_out->Finish(tasks::End(), [pages, done] { done(pages); });
               });
}

void RegisterRethrottle(Node& node) {
  node.action_table.Add(
      kRethrottleNode,
      [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
        spec.cancellable = false;
        spec.not_cancellable_because = kIsShort;
      },
      [&node](tasks::RunningTask task, const std::shared_ptr<tasks::Inbound>& inbound) {
        tasks::End end = OnNode(node, inbound->request().payload);
        std::move(task).Finish(std::move(end));
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::tasks_cancel
