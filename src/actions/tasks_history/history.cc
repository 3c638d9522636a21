#include "actions/tasks_history/history.h"

#include <algorithm>

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/tasks_list/list_node.h"
#include "actions/tasks_list/told_pages.h"
#include "base/text/strings.h"

namespace actions::tasks_history {

namespace {

using tasks::TaskInfo;
using tasks_list::FanOut;
using tasks_list::TaskPage;

constexpr std::string_view kHistory = "cluster:monitor/tasks/history";
constexpr std::string_view kHistoryNode = "cluster:monitor/tasks/history[n]";

// What a node is asked: its newest `count` that match.
struct Question {
  tasks::TaskFilter filter;
  std::optional<bool> cancelled;
  std::size_t count = 0;
};

std::string Encode(const Question& question) {
  std::string out;
  tasks_list::PutFilter(out, question.filter);
  out.push_back(static_cast<char>(question.cancelled ? 1 + *question.cancelled : 0));
  bulk::PutVarint(out, question.count);
  return out;
}

base::Result<Question> Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  Question question;
  question.filter = tasks_list::ReadFilter(in);
  if (const int cancelled = in.Byte(); cancelled != 0) question.cancelled = cancelled == 2;
  question.count = in.Varint();
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("history");
  question.count = std::min(question.count, kMaxWindow);
  return question;
}

bool Matches(const TaskInfo& info, const Question& question) {
  const tasks::TaskFilter& filter = question.filter;
  if (!filter.actions.empty() && !base::GlobMatchAny(filter.actions, info.action)) return false;
  if (filter.parent.set() && info.parent != filter.parent) return false;
  if (question.cancelled && *question.cancelled != info.cancelled) return false;
  if (filter.background &&
      *filter.background != (info.task_class == tasks::TaskClass::kBackground)) {
    return false;
  }
  const tasks::Origin nobody;
  const tasks::Origin& origin = info.origin ? *info.origin : nobody;
  if (!filter.x_opaque_id.empty() && origin.Header("X-Opaque-Id") != filter.x_opaque_id) {
    return false;
  }
  if (!filter.user.empty() && !origin.IsFrom(filter.user)) return false;
  if (!filter.description.empty() &&
      !base::GlobMatch(filter.description, info.description.value_or(""))) {
    return false;
  }
  return info.running_nanos >= filter.min_running_nanos;
}

// In pages, as lists are told.
tasks::End Tell(const Node& node, const Question& question, tasks::Inbound& inbound) {
  TaskPage page;
  for (TaskInfo& info : node.history.Query(
           [&](const TaskInfo& ended) { return Matches(ended, question); }, 0, question.count)) {
    if (page.tasks.size() == tasks::TaskRegistry::kPage) {
      inbound.Progress(tasks_list::Encode(page));
      page.tasks.clear();
    }
    page.tasks.push_back(std::move(info));
  }
  return tasks::End(base::Status(), tasks_list::Encode(page));
}

std::int64_t EndedAt(const TaskInfo& info) {
  return info.start_time_millis + info.running_nanos / 1'000'000;
}

// Each node tells its newest first; so does the whole.
HistoryAnswer Merge(std::vector<FanOut::Answer> answers, std::size_t from, std::size_t size) {
  HistoryAnswer merged;
  for (FanOut::Answer& answer : answers) {
    auto told = tasks_list::TakeApart(std::move(answer), merged.failures);
    for (std::vector<TaskInfo>& page : told.pages) {
      const auto middle = static_cast<std::ptrdiff_t>(merged.tasks.size());
      std::ranges::move(page, std::back_inserter(merged.tasks));
      std::inplace_merge(
          merged.tasks.begin(), merged.tasks.begin() + middle, merged.tasks.end(),
          [](const TaskInfo& a, const TaskInfo& b) { return EndedAt(a) > EndedAt(b); });
    }
  }
  merged.tasks.erase(
      merged.tasks.begin(),
      merged.tasks.begin() + static_cast<std::ptrdiff_t>(std::min(from, merged.tasks.size())));
  if (merged.tasks.size() > size) merged.tasks.resize(size);
  return merged;
}

void Describe(const tasks::StartRequest&, tasks::TaskSpec& spec) {
  spec.cancellable = false;
  spec.not_cancellable_because = tasks_list::kOnlyLooks;
}

}  // namespace

void Register(Node& node) {
  node.action_table.Add(
      kHistoryNode, Describe,
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        auto question = Decode(inbound->request().payload);
        if (!question.ok()) return std::move(task).Finish(tasks::End(question.status()));
        node.pools.management.Submit(
            std::move(task), [&node, inbound, question = *std::move(question)](
                                 tasks::TaskContext&) { return Tell(node, question, *inbound); });
      },
      tasks::Reach::kOwnNode, tasks::Early::kYes);
}

void Find(Node& node, HistoryRequest request, HistoryDone done) {
  const cluster::StatePtr state = node.cluster.state();
  auto nodes = cluster::ResolveNodes(*state, request.nodes);
  if (!nodes.ok()) return done(nodes.status());
  tasks::TaskSpec spec;
  spec.action = kHistory;
  spec.cancellable = false;
  spec.not_cancellable_because = tasks_list::kOnlyLooks;
  spec.origin = request.origin;
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());

  const Question question{.filter = std::move(request.filter),
                          .cancelled = request.cancelled,
                          .count = request.from + request.size};
  const auto fan_out = std::make_shared<FanOut>(node, *std::move(task), state);
  fan_out->Ask({.action = kHistoryNode,
                .nodes = *std::move(nodes),
                .payload = Encode(question),
                .timeout_millis = ListTimeoutMillis(node)},
               [fan_out, from = request.from, size = request.size,
                done = std::move(done)](std::vector<FanOut::Answer> answers) {
                 const auto answer =
                     std::make_shared<HistoryAnswer>(Merge(std::move(answers), from, size));
                 fan_out->Finish(tasks::End(), [answer, done] { done(std::move(*answer)); });
               });
}

}  // namespace actions::tasks_history
