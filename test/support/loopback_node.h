// test/support/loopback_node.h
//
// A node of the cluster inside the test's process: a registry, a table of actions and a loop. With
// a loop of the test's it has no thread of its own and moves only when that loop is turned.
//
// Lifetime: outlives the LoopbackPeers that lead to it. Threads: any.

#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <thread>

#include "tasks/run/local_peer.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace test {

class LoopbackNode {
 public:
  using Work = std::function<tasks::End(tasks::TaskContext&, const std::string& payload)>;

  explicit LoopbackNode(const std::string& id,
                        const base::Clock& node_clock = base::Clock::System(),
                        tasks::Loop* driven = nullptr, tasks::IdBlocks* ids = nullptr)
      : clock(node_clock),
        own_loop_(driven ? nullptr : std::make_unique<tasks::Loop>(node_clock)),
        loop(driven ? *driven : *own_loop_),
        registry({.node_id = id, .clock = &node_clock, .ids = ids, .loop = &loop}) {}

  ~LoopbackNode() {
    registry.StopAll("node is shutting down");
    std::list<std::jthread> workers;  // joined outside our lock
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
      workers.swap(workers_);
    }
    workers.clear();
    loop.Stop();
  }

  // Runs `work` for each such child, on a thread of its own.
  void Handle(std::string_view action, Work work) {
    actions.Add(action, nullptr,
                [this, work = std::move(work)](tasks::RunningTask task,
                                               std::shared_ptr<tasks::Inbound> inbound) {
                  std::unique_lock lock(mutex_);
                  if (closing_) {
                    lock.unlock();
                    return std::move(task).Finish(
                        tasks::End({base::Code::kFailed, "node is shutting down"}));
                  }
                  auto running = std::make_shared<tasks::RunningTask>(std::move(task));
                  workers_.emplace_back([running, inbound, work] {
                    tasks::End end = work(**running, inbound->request().payload);
                    std::move(*running).Finish(std::move(end));
                  });
                });
  }

  std::vector<tasks::TaskPtr> Alive() const {
    tasks::TaskRegistry::Cursor cursor;
    return registry.NextPage(cursor, {});
  }

  const base::Clock& clock;

 private:
  const std::unique_ptr<tasks::Loop> own_loop_;

 public:
  tasks::Loop& loop;
  tasks::TaskRegistry registry;
  tasks::ActionTable actions;
  tasks::LocalPeer self{registry, actions, loop};

 private:
  std::mutex mutex_;
  bool closing_ = false;             // guarded by mutex_
  std::list<std::jthread> workers_;  // guarded by mutex_; last
};

}  // namespace test
