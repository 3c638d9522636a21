#include "actions/tasks_list/list_node.h"

#include <algorithm>

#include "actions/bulk/wire.h"
#include "actions/tasks_list/await_ends.h"
#include "actions/tasks_list/list.h"

namespace actions::tasks_list {

namespace {

using tasks::TaskRegistry;

// One page is being written while the next is asked for: together they are one of the registry's.
constexpr std::size_t kListPage = TaskRegistry::kPage / 2;

// Lists do not wait for each other.
bool IsWaitedFor(const tasks::TaskContext& task, const tasks::TaskFilter& filter) {
  const tasks::TaskSpec& spec = task.spec();
  if (spec.action.starts_with(names::kTasksList)) return false;
  // What the node does for itself may go on for ever: only if it was asked for.
  return spec.task_class == tasks::TaskClass::kClient || filter.background.value_or(false) ||
         !filter.actions.empty() || filter.parent.set();
}

// `go_on` is asked between any two portions.
base::Result<TaskPage> CollectPage(const Node& node, const NodeQuestion& question,
                                   const std::function<base::Status()>& go_on) {
  TaskPage page;
  Cursor cursor = question.cursor;
  while (page.tasks.size() < kListPage) {
    const auto some =
        node.registry.NextPage(cursor, question.filter, kListPage - page.tasks.size());
    if (some.empty()) break;
    for (const tasks::TaskPtr& found : some) page.tasks.push_back(found->Info(question.detailed));
    RETURN_IF_ERROR(go_on());
  }
  std::ranges::sort(page.tasks, {}, [](const tasks::TaskInfo& info) { return info.id.number; });
  Cursor peek = cursor;
  if (page.tasks.size() == kListPage && !node.registry.NextPage(peek, question.filter, 1).empty()) {
    page.next = cursor;
  }
  return page;
}

tasks::End ListPage(const Node& node, const tasks::TaskContext& task,
                    const NodeQuestion& question) {
  const auto page = CollectPage(node, question, [&task] { return task.Checkpoint(); });
  return page.ok() ? tasks::End(base::Status(), Encode(*page)) : tasks::End(page.status());
}

// Finds the tasks, waits for them, then tells them all.
class WaitingList : public std::enable_shared_from_this<WaitingList> {
 public:
  WaitingList(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound,
              NodeQuestion question)
      : node_(node),
        task_(std::move(task)),
        inbound_(std::move(inbound)),
        question_(std::move(question)) {}

  // A page a turn, so that others get theirs.
  void Find() {
    const auto some = node_.registry.NextPage(question_.cursor, question_.filter);
    found_.insert(found_.end(), some.begin(), some.end());
    if (!some.empty()) return node_.loop.Post([self = shared_from_this()] { self->Find(); });

    std::vector<tasks::TaskPtr> awaited;
    for (const tasks::TaskPtr& task : found_) {
      if (IsWaitedFor(*task, question_.filter)) awaited.push_back(task);
    }
    waiting_.emplace(*task_, "ends of tasks");
    AwaitEnds(node_.loop, task_.context(), awaited, question_.wait_millis,
              [self = shared_from_this(), awaited](Awaited how) { self->OnAwaited(how, awaited); });
  }

 private:
  void OnAwaited(Awaited how, const std::vector<tasks::TaskPtr>& awaited) {
    waiting_.reset();
    base::Status failure;
    for (std::size_t i = 0; how == Awaited::kTimeout && failure.ok() && i < awaited.size(); ++i) {
      if (node_.registry.Find(awaited[i]->id().number) != nullptr) {
        failure = TimedOutWaitingFor(awaited[i]->id());
      }
    }
    node_.pools.task_api.Submit(
        std::move(task_),
        [self = shared_from_this(), failure](tasks::TaskContext&) { return self->Tell(failure); });
  }

  tasks::End Tell(const base::Status& failure) {
    TaskPage page;
    for (const tasks::TaskPtr& task : found_) {
      if (page.tasks.size() == TaskRegistry::kPage) {
        inbound_->Progress(Encode(page));
        page.tasks.clear();
      }
      page.tasks.push_back(task->Info(question_.detailed));
    }
    page.node_failure = failure;
    return tasks::End(base::Status(), Encode(page));
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  NodeQuestion question_;
  std::vector<tasks::TaskPtr> found_;
  std::optional<tasks::Waiting> waiting_;
};

void OnListNode(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
  auto question = DecodeQuestion(inbound->request().payload);
  if (!question.ok()) return std::move(task).Finish(tasks::End(question.status()));
  if (question->wait) {
    const auto list = std::make_shared<WaitingList>(node, std::move(task), std::move(inbound),
                                                    *std::move(question));
    return node.loop.Post([list] { list->Find(); });
  }
  if (node.registry.size() <= TaskRegistry::kFew) {
    node.pools.task_api.CountElsewhere();
    tasks::End told = ListPage(node, *task, *question);
    return std::move(task).Finish(std::move(told));
  }
  node.pools.task_api.Submit(std::move(task),
                             [&node, question = *std::move(question)](tasks::TaskContext& context) {
                               return ListPage(node, context, question);
                             });
}

}  // namespace

std::string Encode(const NodeQuestion& question) {
  std::string out;
  PutFilter(out, question.filter);
  out.push_back(question.detailed ? '\1' : '\0');
  out.push_back(question.wait ? '\1' : '\0');
  bulk::PutSigned(out, question.wait_millis);
  bulk::PutVarint(out, question.cursor.shard);
  bulk::PutSigned(out, question.cursor.after);
  return out;
}

base::Result<NodeQuestion> DecodeQuestion(std::string_view bytes) {
  bulk::WireReader in(bytes);
  NodeQuestion question;
  question.filter = ReadFilter(in);
  question.detailed = in.Byte() != 0;
  question.wait = in.Byte() != 0;
  question.wait_millis = in.Signed();
  question.cursor.shard = in.Varint();
  question.cursor.after = in.Signed();
  if (!in.ok() || !in.done()) return MalformedMessage("question about tasks");
  return question;
}

std::pair<TaskPage, bool> KnownHere(const Node& node, const NodeQuestion& question) {
  TaskPage page = *CollectPage(node, question, [] { return base::Status(); });
  const bool all = !page.next;
  page.next.reset();
  return {std::move(page), all};
}

void Register(Node& node) {
  node.action_table.Add(
      names::kTasksListNode,
      [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
        spec.cancellable = false;
        spec.not_cancellable_because = kOnlyLooks;
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        OnListNode(node, std::move(task), std::move(inbound));
      },
      tasks::Reach::kOwnNode, tasks::Early::kYes);
}

}  // namespace actions::tasks_list
