#include "rest/routes/tasks_stream.h"

#include <map>
#include <mutex>

#include "base/json/compact_writer.h"
#include "rest/routes/tasks.h"
#include "rest/task_answer.h"

namespace rest::routes {

using actions::tasks_list::ListRequest;
using actions::tasks_list::TaskPages;
using actions::tasks_list::TaskPagesPtr;
using base::Status;

namespace {

constexpr std::string_view kStream = "cluster:monitor/tasks/stream";
constexpr std::size_t kPieceBytes = 48 << 10;
constexpr std::int64_t kMinIntervalNanos = 100'000'000;
constexpr std::int64_t kBeatNanos = 15'000'000'000;

// Lists again and again and tells what differs. Nothing is listed while the client has not taken
// what it was sent, so a slow one costs no more than one difference.
class TaskWatch : public std::enable_shared_from_this<TaskWatch> {
 public:
  TaskWatch(actions::Node& node, RequestPtr request, ListRequest list, tasks::RunningTask task,
            std::int64_t interval_nanos)
      : node_(node),
        request_(std::move(request)),
        list_(std::move(list)),
        interval_nanos_(interval_nanos),
        task_(std::move(task)),
        context_(task_.context()),
        last_sent_(node.clock.MonotonicNanos()) {}

  void Run() {
    stop_hook_.emplace(*context_, node_.loop, weak_from_this(), &TaskWatch::End);
    StopWhenGone(request_, context_);
    http::Response head{.content_type = "text/event-stream; charset=UTF-8"};
    head.headers.Add("Cache-Control", "no-store");
    request_->exchange()->RespondStream(std::move(head),
                                        [self = shared_from_this()] { return self->Produce(); });
    Look();
  }

 private:
  using Then = http::Piece::Then;

  // On the I/O thread.
  http::Piece Produce() {
    const std::lock_guard lock(mutex_);
    if (text_.empty()) return {{}, ended_ ? Then::kEnd : Then::kWait};
    std::string piece = text_.substr(0, kPieceBytes);
    text_.erase(0, piece.size());
    return {std::move(piece), Then::kMore};
  }

  void Look() {
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      if (!text_.empty()) return LookLater();
    }
    actions::tasks_list::List(
        node_, list_, [self = shared_from_this()](base::Result<TaskPagesPtr> pages) {
          if (!pages.ok()) return self->LookLater();
          TakeAll(*pages, [self](const std::vector<TaskPages::Page>& taken) { self->Tell(taken); });
        });
  }

  void LookLater() {
    node_.loop.At(node_.clock.MonotonicNanos() + interval_nanos_,
                  [self = shared_from_this()] { self->Look(); });
  }

  void Tell(const std::vector<TaskPages::Page>& pages) {
    std::string text;
    std::map<tasks::TaskId, bool> now;
    for (const TaskPages::Page& page : pages) {
      for (const tasks::TaskInfo& info : page.tasks) {
        if (info.action.starts_with(actions::names::kTasksList)) continue;  // the looking itself
        now.emplace(info.id, info.cancelled);
        const auto before = known_.find(info.id);
        if (before == known_.end()) {
          Append(text, "started", info);
        } else if (info.cancelled && !before->second) {
          Append(text, "cancelled", info);
        }
      }
    }
    for (const auto& [id, cancelled] : known_) {
      if (now.contains(id)) continue;
      tasks::TaskInfo gone;
      gone.id = id;
      gone.cancelled = cancelled;
      Append(text, "ended", node_.history.Find(id).value_or(gone));
    }
    known_ = std::move(now);
    const std::int64_t at = node_.clock.MonotonicNanos();
    if (text.empty() && at - last_sent_ >= kBeatNanos) text = ": nothing new\n\n";
    if (!text.empty()) {
      last_sent_ = at;
      const std::lock_guard lock(mutex_);
      text_ += text;
    }
    request_->exchange()->ContinueStream();
    LookLater();
  }

  static void Append(std::string& text, std::string_view event, const tasks::TaskInfo& info) {
    text += "event: " + std::string(event) + "\ndata: ";
    base::json::CompactWriter out(text);
    actions::tasks_list::WriteTask(out, info, {.resources = false, .extended = true});
    text += "\n\n";
  }

  void End() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(ended_, true)) return;
    }
    request_->exchange()->ContinueStream();
    Status stopped = context_->Checkpoint();
    std::move(task_).Finish(tasks::End(std::move(stopped)));
  }

  actions::Node& node_;
  const RequestPtr request_;
  const ListRequest list_;
  const std::int64_t interval_nanos_;
  tasks::RunningTask task_;
  const tasks::TaskPtr context_;
  std::map<tasks::TaskId, bool> known_;  // one look at a time; whether it was cancelled
  std::int64_t last_sent_;               // likewise
  std::mutex mutex_;
  std::string text_;                          // guarded by mutex_
  bool ended_ = false;                        // guarded by mutex_
  std::optional<tasks::StopHook> stop_hook_;  // last
};

Status Stream(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(ListRequest list, ReadListRequest(*request));
  if (list.wait) return base::IllegalArgument("[wait_for_completion] has no meaning for a stream");
  ASSIGN_OR_RETURN(const base::TimeValue interval,
                   request->Time("interval", base::TimeValue::Seconds(1)));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  RETURN_IF_ERROR(cluster::ResolveNodes(*node.cluster.state(), list.nodes).status());
  tasks::TaskSpec spec;
  spec.action = kStream;
  spec.origin = list.origin;
  ASSIGN_OR_RETURN(tasks::RunningTask task, node.registry.Register(std::move(spec)));
  std::make_shared<TaskWatch>(node, request, std::move(list), std::move(task),
                              std::max(interval.nanos(), kMinIntervalNanos))
      ->Run();
  return {};
}

}  // namespace

void AddTaskStreamRoute(Router& router, actions::Node& node) {
  router.Add("GET", "/_tasks/_stream",
             [&node](const RequestPtr& request) { return Stream(node, request); });
}

}  // namespace rest::routes
