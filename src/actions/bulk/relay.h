// actions/bulk/relay.h
//
// What the stream of a task brings, passed on to its child, which asks for it on its own thread.
// Lifetime: that of the child's call. Threads: one at a time.

#pragma once

#include "tasks/run/local_peer.h"

namespace actions::bulk {

class Relay final : public tasks::PayloadSource {
 public:
  Relay(std::shared_ptr<tasks::Inbound> from, tasks::TaskPtr task)
      : from_(std::move(from)), task_(std::move(task)) {}
  base::Result<std::optional<std::string>> Next() override { return from_->Next(*task_); }
  bool MayWait() const override { return from_->MayWait(); }

 private:
  const std::shared_ptr<tasks::Inbound> from_;
  const tasks::TaskPtr task_;
};

}  // namespace actions::bulk
