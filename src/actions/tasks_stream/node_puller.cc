#include "actions/tasks_stream/node_puller.h"

#include <utility>

#include "actions/node.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_stream/node_wire.h"

namespace actions::tasks_stream {
namespace {

using tasks_list::FanOut;

constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kPauseNanos = 100 * kMilli;    // between two polls
constexpr std::int64_t kRetryNanos = 1'000 * kMilli;  // after one that has failed
constexpr std::int64_t kAnswerMillis = 15'000;        // three times as long as it is held there

}  // namespace

void NodePuller::Keep(Feed& feed, bool wanted) {
  const cluster::StatePtr state = feed.node_->cluster.state();
  const std::string& own = feed.node_->registry.node_id();
  const auto is_wanted = [&](const std::string& id) {
    return wanted && id != own && state->nodes.contains(id);
  };
  for (auto puller = feed.pullers_.begin(); puller != feed.pullers_.end();) {
    if (is_wanted(puller->first)) {
      ++puller;
      continue;
    }
    feed.log_.ForgetNode(puller->first);
    puller = feed.pullers_.erase(puller);
  }
  for (const auto& entry : state->nodes) {
    if (!is_wanted(entry.first) || feed.pullers_.contains(entry.first)) continue;
    const auto puller = std::make_shared<NodePuller>(feed, entry.first);
    feed.pullers_.emplace(entry.first, puller);
    puller->Pull();
  }
}

NodePuller::~NodePuller() {
  const tasks::TaskPtr asking = asking_.lock();
  if (!asking) return;
  asking->RequestStop(
      {.cause = tasks::StopCause::kAbandoned, .reason = "nobody reads the stream of tasks"});
}

// The feed outlives the registry, and so every task and its callbacks.
void NodePuller::Pull() {
  Node& node = *feed_.node_;
  tasks::TaskSpec spec;
  spec.action = kStream;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.description = "events of [" + node_id_ + "]";
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return PullLater(kRetryNanos);
  asking_ = task->context();
  const auto ask = std::make_shared<FanOut>(node, *std::move(task), node.cluster.state());
  ask->Ask({.action = kStreamNode,
            .nodes = {node_id_},
            .payload = Encode(position_),
            .timeout_millis = kAnswerMillis},
           [ask, &feed = feed_, weak = weak_from_this()](std::vector<FanOut::Answer> answers) {
             FanOut::Answer& answer = answers.front();
             base::Result<std::string> result = std::move(answer.result).value_or("");
             if (!answer.status.ok()) result = answer.status;
             ask->Finish(tasks::End(answer.status), nullptr);
             feed.loop_.Post([weak, result = std::move(result)] {
               if (const auto self = weak.lock()) self->OnAnswer(result);
             });
           });
}

void NodePuller::PullLater(std::int64_t nanos) {
  feed_.loop_.At(feed_.Now() + nanos, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Pull();
  });
}

void NodePuller::OnAnswer(const base::Result<std::string>& answer) {
  base::Status taken = answer.status();
  if (answer.ok()) taken = TakeIn(*answer);
  if (!taken.ok()) {
    feed_.log_.ForgetNode(node_id_);
    position_ = {};
    in_snapshot_ = false;
  }
  feed_.WakeReaders();
  PullLater(taken.ok() ? kPauseNanos : kRetryNanos);
}

base::Status NodePuller::TakeIn(std::string_view answer) {
  ASSIGN_OR_RETURN(NodeAnswer told, DecodeAnswer(answer));
  EventLog& log = feed_.log_;
  if (told.begun) {
    in_snapshot_ = true;
    log.BeginSnapshot(node_id_);
  }
  position_ = told.position;
  for (Event& event : told.events) {
    if (event.kind == EventKind::kLost) {
      log.AddLost(event.lost);
      position_ = {};  // what was lost may have been an end: begins anew
    } else if (event.kind == EventKind::kStarted) {
      log.Start(std::move(event.shown));
    } else if (event.kind == EventKind::kEnded) {
      log.End(std::move(event.shown));
    } else {
      log.Change(std::move(event.shown));
    }
  }
  if (in_snapshot_ && position_.epoch != 0 && !position_.in_snapshot) {
    in_snapshot_ = false;
    log.EndSnapshot(node_id_);
  }
  return {};
}

}  // namespace actions::tasks_stream
