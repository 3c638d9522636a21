#include "actions/tasks_cancel/cancel_node.h"

#include <algorithm>

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/tasks_cancel/await_parents.h"
#include "actions/tasks_cancel/await_remote.h"
#include "actions/tasks_list/await_ends.h"
#include "actions/tasks_list/task_codec.h"
#include "base/text/strings.h"

namespace actions::tasks_cancel {

using tasks_list::Awaited;
using tasks_list::TaskFailure;
using tasks_list::TaskPage;

namespace {

// A fan-out waits so much longer than each of its nodes.
constexpr std::int64_t kMarginMillis = 100;

std::int64_t ConfirmMillis(const Node& node) {
  const std::int64_t fanout = FanoutTimeoutMillis(node);
  return std::max<std::int64_t>(fanout - kMarginMillis, fanout / 2);
}

base::Status Unconfirmed(const tasks::TaskId& child, const tasks::TaskId& parent) {
  const std::string who =
      child.set() ? "task [" + child.ToString() + "]" : "a task on node [" + child.node + "]";
  return {base::Code::kUnconfirmed,
          who + ", a child of [" + parent.ToString() +
              "], was asked to stop, but its node has not confirmed that it did"};
}

class NodeCancel : public std::enable_shared_from_this<NodeCancel> {
 public:
  NodeCancel(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound,
             CancelRequest request)
      : node_(node),
        task_(std::move(task)),
        inbound_(std::move(inbound)),
        request_(std::move(request)) {}

  // One task is found at once, and that nothing matches among a few. Many are looked for on the
  // loop: this may be an I/O thread, and the threads of a pool may all be waiting for a disk.
  void Run() {
    if (request_.id.set()) return StopOne();
    if (node_.registry.size() <= tasks::TaskRegistry::kFew &&
        node_.registry.CancelMatching(request_.filter, nullptr).empty()) {
      return Answer();
    }
    node_.loop.Post([self = shared_from_this()] { self->StopMany(); });
  }

 private:
  void StopOne() {
    auto found = request_.dry_run ? node_.registry.FindForCancel(request_.id, request_.filter)
                                  : node_.registry.Cancel(request_.id, request_.filter, Why());
    if (!found.ok()) return std::move(task_).Finish(tasks::End(found.status()));
    stopped_.push_back(*std::move(found));
    AwaitThem();
  }

  void StopMany() {
    if (request_.dry_run) {
      stopped_ = node_.registry.CancelMatching(request_.filter, nullptr);
      return SortAndAwait();
    }
    for (tasks::TaskPtr& task : node_.registry.CancelMatching(request_.filter, nullptr))
      (ComesAfterItsParent(*task) ? children_ : stopped_).push_back(std::move(task));
    const tasks::Stop stop = Why();
    std::erase_if(stopped_, [&](const tasks::TaskPtr& task) { return !task->RequestStop(stop); });
    AwaitParents(node_.loop, node_.clock, children_, node_.settings.parents_first_millis,
                 [self = shared_from_this()] { self->StopChildren(); });
  }

  // Whether it works for a node that is asked, too. Stopped before its parent, it could end that
  // before its node is asked, and nobody would be told of the task that was meant.
  bool ComesAfterItsParent(const tasks::TaskContext& task) {
    tasks::TaskId parent = task.spec().parent;
    while (parent.set() && parent.node == node_.registry.node_id()) {
      const tasks::TaskPtr found = node_.registry.Find(parent.number);
      parent = found ? found->spec().parent : tasks::TaskId();
    }
    if (!parent.set()) return false;
    if (!asked_) {
      const auto nodes = cluster::ResolveNodes(*node_.cluster.state(), request_.nodes);
      asked_ = nodes.ok() ? *nodes : std::vector<std::string>();
    }
    return std::ranges::find(*asked_, parent.node) != asked_->end();
  }

  // Most have their stop by now.
  void StopChildren() {
    const tasks::Stop stop = Why();
    for (tasks::TaskPtr& child : children_) {
      if (child->RequestStop(stop) || child->cancelled()) stopped_.push_back(std::move(child));
    }
    children_.clear();
    SortAndAwait();
  }

  void SortAndAwait() {
    std::ranges::sort(stopped_, {}, [](const tasks::TaskPtr& task) { return task->id().number; });
    AwaitThem();
  }

  void AwaitThem() {
    if (request_.dry_run) return Answer();
    if (!request_.wait) {
      return AwaitRemoteChildren(node_.loop, node_.clock, stopped_, ConfirmMillis(node_),
                                 [self = shared_from_this()] { self->Answer(); });
    }
    tasks_list::AwaitEnds(node_.loop, task_.context(), stopped_, request_.wait_millis,
                          [self = shared_from_this()](Awaited) { self->Answer(); });
  }

  // Up to a page is told at once, whatever thread this is.
  void Answer() {
    if (stopped_.size() <= tasks::TaskRegistry::kPage) {
      tasks::End told = Tell();
      return std::move(task_).Finish(std::move(told));
    }
    node_.pools.task_api.Submit(std::move(task_), [self = shared_from_this()](tasks::TaskContext&) {
      return self->Tell();
    });
  }

  tasks::End Tell() {
    TaskPage page;
    for (const tasks::TaskPtr& stopped : stopped_) {
      if (page.tasks.size() == tasks::TaskRegistry::kPage) {
        inbound_->Progress(Encode(page));
        page.tasks.clear();
        page.failures.clear();
      }
      page.tasks.push_back(stopped->Info(/*detailed=*/true));
      tasks::TaskInfo& info = page.tasks.back();
      info.resources.reset();
      if (base::Status open = StillOpen(info); !open.ok()) {
        page.failures.push_back({info.id, std::move(open)});
      }
      if (!request_.dry_run) AddUnconfirmed(*stopped, page.failures);
    }
    return tasks::End(base::Status(), Encode(page));
  }

  // Why a task that was waited for is not known to be gone with all its descendants.
  base::Status StillOpen(const tasks::TaskInfo& info) const {
    if (!request_.wait || request_.dry_run) return {};
    if (!info.outcome) return tasks_list::TimedOutWaitingFor(info.id);
    if (info.outcome != tasks::Outcome::kUnconfirmed) return {};
    return {base::Code::kUnconfirmed, info.error};
  }

  // Children elsewhere whose nodes have not said that they ended.
  static void AddUnconfirmed(tasks::TaskContext& stopped, std::vector<TaskFailure>& failures) {
    for (const tasks::TaskId& child : stopped.remote_children().open())
      failures.push_back({child, Unconfirmed(child, stopped.id())});
  }

  tasks::Stop Why() const {
    tasks::Stop stop;
    stop.cause = tasks::StopCause::kUser;
    stop.reason = request_.reason;
    if (task_->spec().origin) stop.by = task_->spec().origin->Who();
    return stop;
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  const CancelRequest request_;
  std::vector<tasks::TaskPtr> stopped_;            // before Tell() only
  std::vector<tasks::TaskPtr> children_;           // on the loop: that come after their parents
  std::optional<std::vector<std::string>> asked_;  // on the loop: all nodes, once they matter
};

void OnCancelNode(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
  auto request = Decode(inbound->request().payload);
  if (!request.ok()) return std::move(task).Finish(tasks::End(request.status()));
  std::make_shared<NodeCancel>(node, std::move(task), std::move(inbound), *std::move(request))
      ->Run();
}

}  // namespace

std::string Encode(const CancelRequest& request) {
  std::string out;
  tasks_list::PutTaskId(out, request.id);
  tasks_list::PutFilter(out, request.filter);
  bulk::PutVarint(out, request.nodes.size());
  for (const std::string& node : request.nodes) bulk::PutText(out, node);
  out.push_back(request.wait ? '\1' : '\0');
  bulk::PutSigned(out, request.wait_millis);
  out.push_back(request.dry_run ? '\1' : '\0');
  bulk::PutText(out, request.reason);
  return out;
}

base::Result<CancelRequest> Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  CancelRequest request;
  request.id = tasks_list::ReadTaskId(in);
  request.filter = tasks_list::ReadFilter(in);
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    request.nodes.emplace_back(in.Text());
  }
  request.wait = in.Byte() != 0;
  request.wait_millis = in.Signed();
  request.dry_run = in.Byte() != 0;
  request.reason = in.Text();
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("cancel");
  return request;
}

std::string Describe(const CancelRequest& request) {
  const auto& actions = request.filter.actions;
  return "reason[" + request.reason + "], waitForCompletion[" + (request.wait ? "true" : "false") +
         "], taskId[" + request.id.ToString() + "], parentTaskId[" +
         request.filter.parent.ToString() + "], nodes[" + base::Join(request.nodes, ", ") +
         "], actions[" + (actions.empty() ? "none" : base::Join(actions, ", ")) + "]";
}

void Register(Node& node) {
  node.action_table.Add(
      names::kTasksCancelNode,
      [](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        spec.cancellable = false;
        spec.not_cancellable_because = kIsACancel;
        if (auto request = Decode(start.payload); request.ok()) {
          spec.description = Describe(*request);
        }
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        OnCancelNode(node, std::move(task), std::move(inbound));
      },
      tasks::Reach::kOwnNode, tasks::Early::kYes);
}

}  // namespace actions::tasks_cancel
