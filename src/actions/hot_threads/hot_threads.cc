#include "actions/hot_threads/hot_threads.h"

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/tasks_list/fan_out.h"

namespace actions::hot_threads {

namespace {

using base::Result;
using base::Status;
using tasks_list::FanOut;

constexpr std::string_view kHotThreads = "cluster:monitor/nodes/hot_threads";
constexpr std::string_view kHotThreadsNode = "cluster:monitor/nodes/hot_threads[n]";

std::string Encode(const Watch& watch) {
  std::string bytes;
  for (const std::int64_t number :
       {std::int64_t{watch.threads}, watch.interval_nanos, std::int64_t{watch.snapshots},
        std::int64_t{watch.ignore_idle}}) {
    bulk::PutSigned(bytes, number);
  }
  bulk::PutText(bytes, watch.type);
  return bytes;
}

Result<Watch> Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  Watch watch;
  watch.threads = static_cast<std::int32_t>(in.Signed());
  watch.interval_nanos = in.Signed();
  watch.snapshots = static_cast<std::int32_t>(in.Signed());
  watch.ignore_idle = in.Signed() != 0;
  watch.type = std::string(in.Text());
  if (!in.ok() || !in.done()) return base::Internal("malformed question about hot threads");
  RETURN_IF_ERROR(watch.Check());
  return watch;
}

std::vector<std::string> NamesOf(const Pools& pools) {
  std::vector<std::string> names;
  for (const tasks::ThreadPool* pool : {&pools.coordinator, &pools.write, &pools.get,
                                        &pools.generic, &pools.management, &pools.task_api}) {
    names.push_back(pool->name());
  }
  return names;
}

std::string OwnName(const Node& node) { return node.cluster.state()->local().name; }

// A node's part. Looks on a thread of the pool; between two looks the loop wakes it.
class Watching : public std::enable_shared_from_this<Watching> {
 public:
  Watching(Node& node, const Watch& watch, Kind kind, const tasks::TaskId& self)
      : node_(node),
        seen_(watch, kind, OwnName(node), NamesOf(node.pools), self),
        begun_nanos_(node.clock.MonotonicNanos()) {}

  void Look(tasks::RunningTask task) {
    seen_.Look(node_.registry);
    const std::int64_t looks = seen_.looks();
    if (++looked_ > looks) {
      const std::int64_t now = node_.clock.WallMillis();
      return std::move(task).Finish(tasks::End({}, seen_.Report(now)));
    }
    const std::int64_t after = seen_.watch().interval_nanos / looks * looked_;
    task_ = std::move(task);
    // The time and a stop may come at once; the loop lets one in after the other.
    node_.loop.Post([self = shared_from_this(), due = begun_nanos_ + after] { self->Wait(due); });
  }

 private:
  void Wait(std::int64_t due_nanos) {  // on the loop, as the next two
    waiting_.emplace(*task_, "interval");
    timer_ = node_.loop.At(due_nanos, [self = shared_from_this()] { self->GoOn(); });
    hook_.emplace(*task_, node_.loop, std::weak_ptr(shared_from_this()), &Watching::Stopped);
  }

  void GoOn() {
    tasks::RunningTask task = TakeTask();
    if (!task) return;
    node_.pools.management.Hand(std::move(task),
                                [self = shared_from_this()](tasks::RunningTask running) {
                                  self->Look(std::move(running));
                                });
  }

  void Stopped() {
    node_.loop.Cancel(timer_);
    tasks::RunningTask task = TakeTask();
    if (!task) return;
    Status why = task->Checkpoint();
    std::move(task).Finish(tasks::End(std::move(why)));
  }

  tasks::RunningTask TakeTask() {
    if (!task_) return {};
    hook_.reset();
    waiting_.reset();
    return std::move(task_);
  }

  Node& node_;
  Observation seen_;
  const std::int64_t begun_nanos_;
  std::int64_t looked_ = 0;
  tasks::RunningTask task_;  // while it waits
  tasks::Loop::TimerId timer_;
  std::optional<tasks::Waiting> waiting_;
  std::optional<tasks::StopHook> hook_;
};

void Begin(Node& node, tasks::RunningTask task, const tasks::Inbound& inbound) {
  auto watch = Decode(inbound.request().payload);
  if (!watch.ok()) return std::move(task).Finish(tasks::End(watch.status()));
  const Result<Kind> kind = ParseKind(watch->type);
  if (!kind.ok()) return std::move(task).Finish(tasks::End(kind.status()));
  std::make_shared<Watching>(node, *watch, *kind, task->id())->Look(std::move(task));
}

}  // namespace

void Ask(Node& node, Question question, Done done) {
  tasks::TaskSpec spec{.action = kHotThreads};
  spec.origin = std::move(question.origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());
  const auto fan_out = std::make_shared<FanOut>(node, *std::move(task), node.cluster.state());
  const std::int64_t interval = std::max<std::int64_t>(question.watch.interval_nanos, 0);
  fan_out->Ask({.action = kHotThreadsNode,
                .nodes = std::move(question.nodes),
                .payload = Encode(question.watch),
                .timeout_millis = question.timeout_millis.value_or(ListTimeoutMillis(node)) +
                                  interval / 1'000'000},
               [fan_out, done = std::move(done)](std::vector<FanOut::Answer> answers) {
                 auto answer = std::make_shared<Answer>();
                 answer->state = fan_out->state();
                 for (FanOut::Answer& of : answers) {
                   if (of.result) answer->reports.emplace_back(of.node_id, *std::move(of.result));
                 }
                 const Status stopped = fan_out->task()->Checkpoint();
                 fan_out->Finish(tasks::End(stopped), [answer, stopped, done] {
                   if (!stopped.ok()) return done(stopped);
                   done(std::move(*answer));
                 });
               });
}

void Register(Node& node) {
  node.action_table.Add(
      kHotThreadsNode, [](const tasks::StartRequest&, tasks::TaskSpec&) {},
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        node.pools.management.Hand(std::move(task), [&node, inbound](tasks::RunningTask running) {
          Begin(node, std::move(running), *inbound);
        });
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::hot_threads
