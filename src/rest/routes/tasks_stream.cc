#include "rest/routes/tasks_stream.h"

#include <algorithm>
#include <mutex>

#include "actions/tasks_stream/feed.h"
#include "rest/routes/tasks.h"
#include "rest/task_answer.h"

namespace rest::routes {

using actions::tasks_list::ListRequest;
using actions::tasks_stream::Event;
using actions::tasks_stream::EventKind;
using actions::tasks_stream::EventLog;
using actions::tasks_stream::Feed;
using actions::tasks_stream::Wanted;
using base::Status;

namespace {

constexpr std::size_t kPieceBytes = 8 << 10;  // what a client that reads nothing holds
// What a reader is sent before others have their turn: a share of the first, within the others.
constexpr std::size_t kTurnBytes = 1 << 20, kLeastBytes = 16 << 10, kMostBytes = 256 << 10;
constexpr std::int64_t kMinIntervalNanos = 100'000'000;
constexpr std::int64_t kBeatNanos = 15'000'000'000;

// One client: a position in the log that all of them share. It is sent what has happened since,
// when it has taken what was sent before.
class StreamReader : public Feed::Reader, public std::enable_shared_from_this<StreamReader> {
 public:
  struct Wish {
    Wanted wanted;
    std::int64_t interval_nanos;
  };
  StreamReader(actions::Node& node, RequestPtr request, Wish wish, tasks::RunningTask task,
               std::unique_ptr<Feed::Seat> seat)
      : node_(node),
        request_(std::move(request)),
        wish_(std::move(wish)),
        task_(std::move(task)),
        context_(task_.context()),
        seat_(std::move(seat)) {}

  void Run() {
    stop_hook_.emplace(*context_, node_.loop, weak_from_this(), &StreamReader::End);
    StopWhenGone(request_, context_);
    http::Response head{.content_type = "text/event-stream; charset=UTF-8"};
    head.headers.Add("Cache-Control", "no-store");
    request_->exchange()->RespondStream(std::move(head),
                                        [self = shared_from_this()] { return self->Produce(); });
  }

  void OnNews(bool beat) override {
    beat_.store(beat);
    request_->exchange()->ContinueStream();
  }

 private:
  using Then = http::Piece::Then;

  // On the I/O thread.
  http::Piece Produce() {
    if (ended_.load()) return {{}, Then::kEnd};
    std::string piece;
    const bool more = Fill(piece);
    burst_ += piece.size();
    if (more && !piece.empty() && burst_ < BurstBytes()) return {std::move(piece), Then::kMore};
    if (beat_.exchange(false) && piece.empty()) piece = ": nothing new\n\n";
    const std::int64_t now = node_.clock.MonotonicNanos();
    burst_ = 0;
    const std::uint64_t next = more ? 0 : next_;  // 0: as soon as it is our turn
    node_.stream.Wait(weak_from_this(), next, next == 0 ? now : now + wish_.interval_nanos,
                      now + kBeatNanos);
    return {std::move(piece), Then::kWait};
  }

  std::size_t BurstBytes() const {
    const std::size_t readers = std::max<std::size_t>(node_.stream.readers(), 1);
    return std::clamp(kTurnBytes / readers, kLeastBytes, kMostBytes);
  }

  // False: there is no more for now. Looks once at the log, so that it takes no longer if nothing
  // that happens is wanted.
  bool Fill(std::string& piece) {
    if (at_ == batch_.events.size()) {
      batch_ = node_.stream.log().Read(position_, wish_.wanted, kPieceBytes);
      at_ = offset_ = 0;
      next_ = batch_.next;
    }
    for (; at_ < batch_.events.size() && piece.size() < kPieceBytes; offset_ = 0, ++at_) {
      if (!Append(batch_.events[at_], piece)) return true;
    }
    return at_ < batch_.events.size() || batch_.more;
  }

  // False: the rest of the event belongs into the next piece.
  bool Append(const Event& event, std::string& piece) {
    if (offset_ == 0) {
      piece.append("event: ").append(EventName(event.kind)).append("\ndata: ");
    }
    if (event.kind == EventKind::kLost) {
      piece.append("{\"lost\":").append(std::to_string(event.lost)).append("}\n\n");
      return true;
    }
    const std::string_view left = std::string_view(event.shown->json).substr(offset_);
    const std::string_view part = left.substr(0, kPieceBytes);
    piece.append(part);
    offset_ += part.size();
    if (part.size() < left.size()) return false;
    piece.append("\n\n");
    return true;
  }

  void End() {
    if (ended_.exchange(true)) return;
    request_->exchange()->ContinueStream();
    Status stopped = context_->Checkpoint();
    std::move(task_).Finish(tasks::End(std::move(stopped)));
  }

  actions::Node& node_;
  const RequestPtr request_;
  const Wish wish_;
  tasks::RunningTask task_;  // of End()
  const tasks::TaskPtr context_;
  const std::unique_ptr<Feed::Seat> seat_;
  EventLog::Position position_;  // this and the next five: the I/O thread only
  EventLog::Batch batch_;        // being sent
  std::size_t at_ = 0;           // the event of batch_
  std::size_t offset_ = 0;       // what of it has been sent
  std::uint64_t next_ = 0;
  std::size_t burst_ = 0;  // bytes since the last pause
  std::atomic<bool> beat_{false}, ended_{false};
  std::optional<tasks::StopHook> stop_hook_;  // last
};

Status Stream(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(ListRequest list, ReadListRequest(*request));
  if (list.wait) return base::IllegalArgument("[wait_for_completion] has no meaning for a stream");
  ASSIGN_OR_RETURN(const base::TimeValue interval,
                   request->Time("interval", base::TimeValue::Seconds(1)));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  StreamReader::Wish wish{.wanted = {.filter = list.filter, .nodes = {}},
                          .interval_nanos = std::max(interval.nanos(), kMinIntervalNanos)};
  ASSIGN_OR_RETURN(const auto nodes, cluster::ResolveNodes(*node.cluster.state(), list.nodes));
  if (!list.nodes.empty()) wish.wanted.nodes.insert(nodes.begin(), nodes.end());
  tasks::TaskSpec spec;
  spec.action = actions::tasks_stream::kStream;
  spec.origin = list.origin;
  ASSIGN_OR_RETURN(auto seat,
                   node.stream.Enter(Feed::For::kClient, node.settings.stream_max_readers));
  ASSIGN_OR_RETURN(tasks::RunningTask task, node.registry.Register(std::move(spec)));
  std::make_shared<StreamReader>(node, request, std::move(wish), std::move(task), std::move(seat))
      ->Run();
  return {};
}

}  // namespace

void AddTaskStreamRoute(Router& router, actions::Node& node) {
  router.Add("GET", "/_tasks/_stream",
             [&node](const RequestPtr& request) { return Stream(node, request); });
}

}  // namespace rest::routes
