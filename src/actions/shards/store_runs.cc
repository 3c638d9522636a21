#include "actions/shards/store_runs.h"

#include <map>

namespace actions {

struct StoreRuns::State {
  std::mutex mutex;
  bool over = false;                                               // guarded by mutex
  std::map<std::uint64_t, std::unique_ptr<BackgroundRun>> by_job;  // guarded by mutex
};

StoreRuns::StoreRuns(journal::NodeStore& store, tasks::TaskRegistry& registry, tasks::Loop& loop)
    : store_(store), state_(std::make_shared<State>()) {
  store.SetBackgroundObserver(
      [state = state_, &registry, &loop](const journal::NodeStore::BackgroundRun& run) {
        std::lock_guard lock(state->mutex);
        if (state->over) return;
        state->by_job.erase(run.job);
        if (!run.began) return;
        const bool flush = std::string_view(run.kind) == "flush";
        state->by_job[run.job] = std::make_unique<BackgroundRun>(
            registry, loop, flush ? "internal:store/flush" : "internal:store/compaction",
            std::string(run.kind) + " of the store, job " + std::to_string(run.job),
            "the store needs it to take more writes");
      });
}

StoreRuns::~StoreRuns() {
  store_.SetBackgroundObserver({});
  // A call that is under way ends before the registry does.
  std::lock_guard lock(state_->mutex);
  state_->over = true;
  state_->by_job.clear();
}

}  // namespace actions
