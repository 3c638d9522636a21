#include "actions/shards/background_run.h"

#include "tasks/record/cancel_metrics.h"

namespace actions {

BackgroundRun::BackgroundRun(tasks::TaskRegistry& registry, tasks::Loop& loop,
                             std::string_view action, std::string description,
                             std::string_view because)
    : registry_(registry), loop_(loop), state_(std::make_shared<State>()) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = because;
  spec.description = std::move(description);
  timer_ = loop_.At(registry.clock().MonotonicNanos() + kShowAfterNanos,
                    [&registry, state = state_, spec = std::move(spec)] {
                      std::lock_guard lock(state->mutex);
                      if (state->over) return;
                      auto task = registry.Register(spec);
                      if (task.ok()) state->task = std::move(*task);
                    });
}

BackgroundRun::~BackgroundRun() {
  loop_.Cancel(timer_);
  tasks::RunningTask task;
  {
    std::lock_guard lock(state_->mutex);
    state_->over = true;
    task = std::move(state_->task);
  }
  if (task) {
    std::move(task).Finish(tasks::End());
  } else if (registry_.metrics() != nullptr) {
    registry_.metrics()->CountShortBackgroundRun();
  }
}

}  // namespace actions
