// Creation of an index, and the waiting for copies of its shards.

#include <atomic>
#include <optional>

#include "actions/bulk/params.h"
#include "actions/indices/create_body.h"
#include "actions/indices/indices.h"
#include "actions/state_ack.h"

namespace actions::indices {

using base::Result;
using base::Status;
using tasks::End;

namespace {

constexpr std::string_view kWaitSetting = "index.write.wait_for_active_shards";

Status MoreThanThereAre(std::string_view what, std::string_view wanted, std::int64_t copies) {
  return base::IllegalArgument("invalid " + std::string(what) + "[" + std::string(wanted) +
                               "]: cannot be greater than number of shard copies [" +
                               std::to_string(copies) + "]");
}

// How many copies of each shard are to be there: as the request says, else the index. 400 if it
// will never have as many.
Result<int> CopiesToAwait(const CreateRequest& request, const cluster::CreateIndexRequest& parsed) {
  const std::string_view setting = cluster::SettingOr(parsed.settings, kWaitSetting);
  ASSIGN_OR_RETURN(const int of_index, bulk::ParseActiveShards(setting));
  const std::int64_t copies = 1 + cluster::IntSetting(parsed.settings, "index.number_of_replicas");
  const int wanted = request.active_shards.value_or(of_index);
  const bool expands = cluster::SettingOr(parsed.settings, "index.auto_expand_replicas") != "false";
  if (!expands && of_index > copies) return MoreThanThereAre(kWaitSetting, setting, copies);
  if (!expands && wanted > copies)
    return MoreThanThereAre("wait_for_active_shards", std::to_string(wanted), copies);
  return wanted;
}

// One creation; owns itself until its end. Runs on a thread of a pool, then on the loop.
class Creation : public std::enable_shared_from_this<Creation> {
 public:
  Creation(Node& node, CreateRequest request) : node_(node), request_(std::move(request)) {}

  void Begin(tasks::RunningTask task, CreatedDone done) {
    task->Describe({}, {request_.name});
    done_ = std::move(done);
    task->AtEnd([self = shared_from_this()](const End& end) {
      self->Tell(end.error.ok() ? Result<Created>(self->created_) : end.error);
    });
    node_.pools.generic.Hand(
        std::move(task),
        [self = shared_from_this()](tasks::RunningTask running) { self->Run(std::move(running)); });
  }

 private:
  void Run(tasks::RunningTask task) {
    const auto all_there = Create(*task);
    if (!all_there.ok()) return std::move(task).Finish(End(all_there.status()));
    if (*all_there) {
      return FinishWhenApplied(node_, std::move(task), [self = shared_from_this()](bool all) {
        Created created = self->created_;
        created.acknowledged = all;
        self->Tell(created);
      });
    }
    created_.shards_acknowledged = false;
    task_ = std::move(task);
    // Its time may be over when a stop comes; the loop lets one in after the other.
    node_.loop.Post([self = shared_from_this()] { self->Wait(); });
  }

  // Whether as many copies are there as are waited for.
  Result<bool> Create(tasks::TaskContext& task) {
    ASSIGN_OR_RETURN(auto parsed,
                     MakeCreateRequest(task, *node_.cluster.state(), request_.name, request_.body));
    parsed.provided_name = request_.provided_name;
    ASSIGN_OR_RETURN(const int wanted, CopiesToAwait(request_, parsed));
    ASSIGN_OR_RETURN(const cluster::IndexPtr index, node_.cluster.CreateIndex(task, parsed));
    constexpr int kCopiesHere = 1;
    return (wanted == bulk::kAllCopies ? 1 + index->number_of_replicas : wanted) <= kCopiesHere;
  }

  // Copies can come only with a new state of the cluster; ours never have more than one, so this
  // waits for its time to be over. A stop finds nothing left to undo and ends the waiting.
  void Wait() {
    waiting_.emplace(*task_, "active copies");
    timer_ = node_.loop.At(node_.clock.MonotonicNanos() + request_.timeout.nanos(),
                           [self = shared_from_this()] { self->EndWaiting(); });
    stop_hook_.emplace(*task_, node_.loop, weak_from_this(), &Creation::EndWaiting);
  }

  void Tell(Result<Created> answer) {
    if (!told_.exchange(true)) done_(std::move(answer));
  }

  void EndWaiting() {
    if (!task_) return;
    node_.loop.Cancel(timer_);
    stop_hook_.reset();
    waiting_.reset();
    std::move(task_).Finish(End());
  }

  Node& node_;
  const CreateRequest request_;
  CreatedDone done_;  // constant once it runs
  std::atomic<bool> told_ = false;
  Created created_;
  tasks::RunningTask task_;  // while it waits
  std::optional<tasks::Waiting> waiting_;
  tasks::Loop::TimerId timer_{};
  std::optional<tasks::StopHook> stop_hook_;
};

}  // namespace

void Create(Node& node, tasks::RunningTask task, CreateRequest request, CreatedDone done) {
  std::make_shared<Creation>(node, std::move(request))->Begin(std::move(task), std::move(done));
}

}  // namespace actions::indices
