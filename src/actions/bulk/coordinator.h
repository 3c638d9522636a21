// actions/bulk/coordinator.h
//
// Carries out a bulk request whose body is whole: prepares it on a coordinator thread, starts a
// child a shard and, without holding a thread, waits for them. Every action gets an outcome,
// however the task ends.
//
// Lifetime: it owns itself until the task has ended. Threads: see each member.

#pragma once

#include <functional>
#include <list>
#include <mutex>

#include "actions/bulk/prepare.h"
#include "actions/bulk/service.h"
#include "actions/bulk/shard_source.h"

namespace actions::bulk {

class Coordinator : public std::enable_shared_from_this<Coordinator> {
 public:
  using Ended = std::function<void(const tasks::End&)>;

  // Begins at once if the request is small and its indices are there; else queues the task for a
  // coordinator thread. `request` must be whole, and its bytes settled.
  // `ended` is called once the task has left the list: done, cancelled or unconfirmed, and each
  // action has its result; or failed as a whole, and none was executed.
  static void Submit(Service& service, tasks::RunningTask task, RequestPtr request, Ended ended);

  Coordinator(Service& service, RequestPtr request);

 private:
  // A part of the request and what its child said of it.
  struct Part {
    ShardGroup group;
    std::shared_ptr<ShardSource> source;
    std::uint32_t next = kNowhere;  // the first item whose result has not come
    std::uint64_t told = 0;         // results that have come
    std::uint64_t before = 0;       // of these, from the children before this one
    bool moves = false;             // a child has met its shard on its way to another node
    tasks::Reservation memory;      // of what its results tell beside
    std::optional<tasks::End> end;
  };

  void Run(tasks::RunningTask task);
  void StartPart(Part& part, std::uint32_t number);
  void StartOn(tasks::Peer& peer, tasks::ChildScope& scope, Part& part, std::uint32_t number);
  // When the node is there (again), not before `not_before_nanos`.
  void StartLater(Part& part, std::uint32_t number, std::int64_t not_before_nanos);
  // Why there is no node of the shard.
  base::Status NoPrimary(const ShardGroup& group) const;
  void PartEnded(Part& part, std::uint32_t number, const tasks::End& end);
  std::int64_t DueOf(const Part& part) const;
  bool HasMoved(const Part& part, const tasks::End& end) const;
  void TakeResults(Part& part, const std::string& bytes);
  void Keep(Part& part, std::size_t bytes);
  void SettlePart(Part& part);
  void PartsJoined(base::Status why);
  void Joined(base::Status why);
  void Finish(tasks::End end);

  Service& service_;
  const RequestPtr request_;
  const std::int64_t start_nanos_;
  tasks::TaskPtr context_;  // constant after Submit()
  std::optional<tasks::Phase> queued_;
  tasks::RunningTask task_;                   // from Run() on
  std::vector<std::unique_ptr<Part>> parts_;  // constant once the first child has been started
  bool left_undone_ = false;
  std::mutex joined_mutex_;
  std::size_t unjoined_ = 1;  // guarded by joined_mutex_; the scope, and parts that are late
  base::Status joined_;       // guarded by joined_mutex_
  base::Status full_;         // guarded by joined_mutex_; OK: there has been room for all results
  std::list<tasks::ChildScope> late_;  // guarded by joined_mutex_; of parts that were late
  std::optional<tasks::Waiting> waiting_;
  std::optional<tasks::ChildScope> children_;  // last: its callbacks use everything above
};

// What an action that a stop has kept from being done answers.
base::Status NotExecuted(std::string_view root_reason);
}  // namespace actions::bulk
