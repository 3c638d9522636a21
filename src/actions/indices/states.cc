#include "actions/indices/states.h"

#include <atomic>

#include "actions/indices/await_copies.h"
#include "cluster/index/index_states.h"
#include "cluster/settings/cluster_settings.h"
#include "tasks/run/stop_link.h"

namespace actions::indices {

namespace {

using base::Result;
using base::Status;
using cluster::ClusterState;
using cluster::IndexStateChange;

using Change = std::function<Result<IndexStateChange>(ClusterState& state)>;

// Copies are waited for only where something has changed, or where that may have been another one.
enum class Wait : bool { kIfChanged, kAlways };

class Changing : public std::enable_shared_from_this<Changing> {
 public:
  Changing(Node& node, StatesRequest request, Wait wait, Change change, StatesDone done)
      : node_(node),
        request_(std::move(request)),
        wait_(wait),
        change_(std::move(change)),
        done_(std::move(done)) {}

  void Begin(tasks::RunningTask task) {
    task->Describe({}, request_.names);
    task->AtEnd([self = shared_from_this()](const tasks::End& end) {
      if (!end.error.ok()) self->Tell(end.error);
    });
    node_.pools.generic.Hand(
        std::move(task),
        [self = shared_from_this()](tasks::RunningTask running) { self->Run(std::move(running)); });
  }

 private:
  void Run(tasks::RunningTask task) {
    if (Status status = Apply(*task); !status.ok()) {
      return std::move(task).Finish(tasks::End(std::move(status)));
    }
    AwaitedCopies awaited{
        .indices = {}, .copies = request_.active_shards, .timeout = request_.timeout};
    for (const std::string& name : wait_ == Wait::kAlways ? request_.names : changed_.names) {
      if (const auto index = node_.cluster.state()->FindIndex(name))
        awaited.indices.emplace(name, index->uuid);
    }
    FinishWithCopies(node_, std::move(task), std::move(awaited),
                     [self = shared_from_this()](bool applied, bool enough) {
                       self->changed_.acknowledged = applied;
                       const bool any =
                           self->wait_ == Wait::kAlways || !self->changed_.names.empty();
                       self->changed_.shards_acknowledged = any && enough;
                       self->Tell(std::move(self->changed_));
                     });
  }

  Status Apply(tasks::TaskContext& task) {
    return node_.cluster.Apply(
        task, [&](ClusterState& state) -> Result<cluster::ClusterService::Changes> {
          ASSIGN_OR_RETURN(IndexStateChange change, change_(state));
          changed_.names = std::move(change.names);
          return std::move(change.changes);
        });
  }

  void Tell(Result<StatesChanged> changed) {
    if (!told_.exchange(true)) done_(std::move(changed));
  }

  Node& node_;
  const StatesRequest request_;
  const Wait wait_;
  const Change change_;
  const StatesDone done_;
  std::atomic<bool> told_ = false;
  StatesChanged changed_;  // of one thread after the other
};

void Run(Node& node, tasks::RunningTask task, StatesRequest request, Wait wait, Change change,
         StatesDone done) {
  std::make_shared<Changing>(node, std::move(request), wait, std::move(change), std::move(done))
      ->Begin(std::move(task));
}

Status CheckCloseEnabled(const ClusterState& state) {
  const std::string* const enabled = cluster::FindInForce(state, cluster::keys::kCloseEnable);
  if (enabled == nullptr || *enabled == "true") return {};
  return {500, "illegal_state_exception",
          "closing indices is disabled - set [cluster.indices.close.enable: true] to enable it. "
          "NOTE: closed indices still consume a significant amount of diskspace"};
}

}  // namespace

void Close(Node& node, tasks::RunningTask task, StatesRequest request, StatesDone done) {
  if (!request.active_shards) request.active_shards = 0;
  Run(
      node, std::move(task), request, Wait::kIfChanged,
      [&node, names = request.names](ClusterState& state) -> Result<IndexStateChange> {
        RETURN_IF_ERROR(CheckCloseEnabled(state));
        return cluster::CloseIndices(state, names, node.clock.WallMillis());
      },
      std::move(done));
}

void Open(Node& node, tasks::RunningTask task, StatesRequest request, StatesDone done) {
  Run(
      node, std::move(task), request, Wait::kAlways,
      [&node, names = request.names](ClusterState& state) {
        return cluster::OpenIndices(state, names, node.clock.WallMillis());
      },
      std::move(done));
}

void OpenAndKeep(Node& node, std::shared_ptr<tasks_results::ResultStore> results,
                 tasks::RunningTask task, StatesRequest request,
                 std::function<std::string(const StatesChanged&)> tell) {
  const std::string description = task->description().value_or("");
  task->Describe(description, request.names);
  auto child =
      node.registry.Register({.action = kOpen, .parent = task->id(), .description = description});
  if (!child.ok()) return FinishAndKeep(*results, std::move(task), tasks::End(child.status()), "");
  const auto link = std::make_shared<tasks::StopLink>(*task, **child, node.loop);
  const auto kept = std::make_shared<tasks::RunningTask>(std::move(task));
  Open(node, *std::move(child), std::move(request),
       [results, kept, link, tell = std::move(tell)](const Result<StatesChanged>& changed) {
         FinishAndKeep(*results, std::move(*kept), tasks::End(changed.status()),
                       changed.ok() ? tell(*changed) : "");
       });
}

void AddBlock(Node& node, tasks::RunningTask task, StatesRequest request, std::string_view setting,
              StatesDone done) {
  request.active_shards = 0;
  Run(
      node, std::move(task), request, Wait::kIfChanged,
      [names = request.names, setting](ClusterState& state) {
        return cluster::AddBlock(state, names, setting);
      },
      std::move(done));
}

}  // namespace actions::indices
