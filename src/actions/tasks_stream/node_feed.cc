// What other nodes ask for: the events of this one, as a long poll.

#include <mutex>
#include <utility>

#include "actions/node.h"
#include "actions/tasks_stream/node_puller.h"
#include "actions/tasks_stream/node_wire.h"

namespace actions::tasks_stream {
namespace {

constexpr std::size_t kAnswerBytes = 256 << 10;
constexpr std::size_t kMaxNodes = 1'000;
constexpr std::int64_t kHoldNanos = 5'000'000'000;

// Answers as soon as there is something, else after a while.
class NodeAsk final : public Feed::Reader, public std::enable_shared_from_this<NodeAsk> {
 public:
  NodeAsk(Feed& feed, std::unique_ptr<Feed::Seat> seat, tasks::RunningTask task,
          EventLog::Position position, std::string own)
      : feed_(feed),
        seat_(std::move(seat)),
        task_(std::move(task)),
        context_(task_.context()),
        beat_at_(context_->clock().MonotonicNanos() + kHoldNanos),
        position_(std::move(position)),
        wanted_{.filter = {}, .nodes = {std::move(own)}} {}

  void Run(tasks::Loop& loop) {
    self_ = shared_from_this();
    stop_hook_.emplace(*context_, loop, weak_from_this(), &NodeAsk::OnStop);
    Look(/*last=*/false);
  }

  void OnNews(bool beat) override { Look(beat); }

 private:
  void OnStop() { Finish(tasks::End(context_->Checkpoint())); }

  void Look(bool last) {
    NodeAnswer answer{.position = position_};
    EventLog::Batch batch = feed_.log().Read(answer.position, wanted_, kAnswerBytes);
    if (!batch.events.empty() || batch.begun || batch.more || last) {
      answer.begun = batch.begun;
      answer.events = std::move(batch.events);
      return Finish(tasks::End(base::Status(), Encode(answer)));
    }
    const std::uint64_t next = batch.next;
    position_ = answer.position;
    feed_.Wait(weak_from_this(), next, 0, beat_at_);
  }

  void Finish(tasks::End end) {
    std::shared_ptr<NodeAsk> self;
    {
      const std::lock_guard lock(mutex_);
      self = std::exchange(self_, nullptr);
    }
    if (self) std::move(task_).Finish(std::move(end));
  }

  Feed& feed_;
  const std::unique_ptr<Feed::Seat> seat_;
  tasks::RunningTask task_;  // of whoever has taken self_
  const tasks::TaskPtr context_;
  const std::int64_t beat_at_;
  EventLog::Position position_;  // one look at a time
  const Wanted wanted_;
  std::mutex mutex_;
  std::shared_ptr<NodeAsk> self_;             // guarded by mutex_; until the end
  std::optional<tasks::StopHook> stop_hook_;  // last
};

void OnAsk(Node& node, Feed& feed, tasks::RunningTask task, tasks::Inbound& inbound) {
  const auto position = DecodePosition(inbound.request().payload);
  if (!position.ok()) return std::move(task).Finish(tasks::End(position.status()));
  auto seat = feed.Enter(Feed::For::kNode, kMaxNodes);
  if (!seat.ok()) return std::move(task).Finish(tasks::End(seat.status()));
  std::make_shared<NodeAsk>(feed, *std::move(seat), std::move(task), *position,
                            node.registry.node_id())
      ->Run(node.loop);
}

}  // namespace

void RegisterNodeFeed(Node& node, Feed& feed) {
  node.action_table.Add(
      kStreamNode, nullptr,
      [&node, &feed](tasks::RunningTask task, const std::shared_ptr<tasks::Inbound>& inbound) {
        OnAsk(node, feed, std::move(task), *inbound);
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::tasks_stream
