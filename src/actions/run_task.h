// actions/run_task.h
//
// The common shape of a small action: one task that runs on one thread and answers when it has left
// the list.

#pragma once

#include <functional>

#include "actions/node.h"

namespace actions {

using Done = std::function<void(const tasks::End&)>;

// Runs `work` on `pool`; `done` hears its end.
inline void RunTask(tasks::RunningTask task, tasks::ThreadPool& pool, tasks::ThreadPool::Work work,
                    Done done) {
  task->AtEnd(std::move(done));
  pool.Submit(std::move(task), std::move(work));
}

// Registers `spec` and runs `work` on `pool`; `done` hears its end, or why it could not begin.
inline void RunTask(Node& node, tasks::ThreadPool& pool, tasks::TaskSpec spec,
                    tasks::ThreadPool::Work work, Done done) {
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(tasks::End(task.status()));
  RunTask(*std::move(task), pool, std::move(work), std::move(done));
}

}  // namespace actions
