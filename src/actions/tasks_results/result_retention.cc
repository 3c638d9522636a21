#include "actions/tasks_results/result_retention.h"

#include <algorithm>

#include "actions/run_task.h"
#include "actions/tasks_results/index_result_store.h"
#include "base/json/tree.h"
#include "base/log.h"
#include "base/log/throttle.h"

namespace actions::tasks_results {

namespace {

constexpr std::string_view kDrop = "internal:tasks/results/expire";
constexpr std::size_t kPage = 1000;
constexpr std::int64_t kMillis = 1'000'000;

// When the task of a result ended; what is no such document has no end.
std::optional<std::int64_t> EndMillis(const std::string& document) {
  const auto parsed = base::json::Document::Parse(document);
  if (!parsed.ok()) return std::nullopt;
  const auto number = [&](const char* key) -> std::optional<std::int64_t> {
    const base::json::Value* const value = parsed->root().FindPath({"task", key});
    if (value == nullptr) return std::nullopt;
    const auto read = value->AsInt64();
    return read.ok() ? std::optional(*read) : std::nullopt;
  };
  const auto start = number("start_time_in_millis"), running = number("running_time_in_nanos");
  if (!start || !running) return std::nullopt;
  return *start + *running / kMillis;
}

base::Result<std::vector<std::string>> PageOfExpired(engine::Shard& shard, tasks::TaskContext& task,
                                                     std::int64_t before_millis) {
  tasks::Phase phase(task, "look for expired results");
  std::vector<std::string> ids;
  base::Status stopped;
  RETURN_IF_ERROR(
      shard.ForEachDocument(task, [&](std::string_view id, const engine::GetResult& result) {
        stopped = task.Checkpoint();  // one may be large
        if (!stopped.ok()) return false;
        const auto ended = EndMillis(result.source);
        if (ended && *ended < before_millis) ids.emplace_back(id);
        return ids.size() < kPage;
      }));
  RETURN_IF_ERROR(stopped);
  return ids;
}

base::Status Delete(engine::Shard& shard, tasks::TaskContext& task,
                    const std::vector<std::string>& ids) {
  std::vector<engine::Operation> deletes(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    deletes[i].type = engine::OpType::kDelete;
    deletes[i].id = ids[i];
  }
  std::vector<engine::OperationResult> results(ids.size());
  RETURN_IF_ERROR(shard.Write(task, deletes, results, {}));
  for (const engine::OperationResult& result : results) RETURN_IF_ERROR(result.error);
  return {};
}

}  // namespace

base::Result<std::int64_t> DropResults(Node& node, tasks::TaskContext& task,
                                       std::int64_t before_millis) {
  const auto index = node.cluster.state()->FindIndex(kResultIndex);
  const auto shard = index ? node.shards.Find(index->uuid, 0) : nullptr;
  std::int64_t dropped = 0;
  if (shard == nullptr) return dropped;
  for (;;) {
    ASSIGN_OR_RETURN(const auto ids, PageOfExpired(*shard, task, before_millis));
    if (ids.empty()) return dropped;
    RETURN_IF_ERROR(Delete(*shard, task, ids));
    dropped += static_cast<std::int64_t>(ids.size());
  }
}

struct ResultRetention::State : std::enable_shared_from_this<State> {
  explicit State(Node& of) : node(of) {}

  void Schedule() {
    const std::int64_t retention = node.settings.result_retention_millis;
    const std::int64_t every = std::clamp<std::int64_t>(retention / 10, 1000, 3'600'000);
    node.loop.At(node.clock.MonotonicNanos() + every * kMillis, [weak = weak_from_this()] {
      if (const auto state = weak.lock()) state->Run();
    });
  }

  void Run() {
    if (node.cluster.state()->FindIndex(kResultIndex) == nullptr) return Schedule();
    const std::int64_t before = node.clock.WallMillis() - node.settings.result_retention_millis;
    tasks::TaskSpec spec;
    spec.action = kDrop;
    spec.task_class = tasks::TaskClass::kBackground;
    spec.indices = {std::string(kResultIndex)};
    RunTask(
        node, node.pools.generic, std::move(spec),
        [&of = node, before](tasks::TaskContext& task) {
          return tasks::End(DropResults(of, task, before).status());
        },
        [weak = weak_from_this()](const tasks::End& end) {
          const auto state = weak.lock();
          if (!state) return;
          if (!end.error.ok()) {
            if (const auto kept_back = state->failures.Pass())
              base::log::Warn("tasks", "expired results are still there",
                              {{"error", end.error}, {"kept_back", *kept_back}});
          }
          state->Schedule();
        });
  }

  Node& node;
  base::log::LogThrottle failures{node.clock};
};

ResultRetention::ResultRetention(Node& node) : state_(std::make_shared<State>(node)) {
  if (node.settings.result_retention_millis >= 0) state_->Schedule();
}

ResultRetention::~ResultRetention() = default;

}  // namespace actions::tasks_results
