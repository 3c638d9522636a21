// test/support/puppet_peer.h
//
// A Peer that stands for the node of every shard: it takes the operations of a write as that node
// would and answers that each was done, without storing anything; it can be lost on the way.
//
// Lifetime: outlives its calls. Threads: each call has one of its own.

#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <thread>

#include "actions/bulk/shard_wire.h"
#include "tasks/peer.h"

namespace test {

class PuppetPeer final : public tasks::Peer {
 public:
  // `lost_after`: how many chunks of a call are answered before the node is lost.
  explicit PuppetPeer(std::size_t lost_after = SIZE_MAX, base::Status loss = Silent())
      : lost_after_(lost_after), loss_(std::move(loss)) {}

  // How a child on a lost node ends: its node is silent, or its process has died.
  static base::Status Silent() {
    return {base::Code::kUnconfirmed, "node-b:7 is unconfirmed: its node is lost"};
  }
  static base::Status Dead() {
    return base::Status(503, "node_disconnected_exception", "node-b:7 has ended with its process")
        .WithCode(base::Code::kOutcomeUnknown);
  }

  const std::string& node_id() const override { return id_; }
  std::uint64_t operations() const { return operations_; }
  std::atomic<int> refusals = 0;  // how many calls it does not take before it takes one
  std::atomic<bool> lost_when_stopped = false;  // it is lost once a call is to be stopped
  void AwaitCall() const { called_.wait(false); }

  std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                     tasks::CallEvents events) override {
    called_ = true;
    called_.notify_all();
    std::lock_guard lock(mutex_);
    if (refusals > 0) {
      const char* const why =
          --refusals % 2 == 0 ? "node_not_connected_exception" : "node_closed_exception";
      threads_.emplace_back([why, told = std::move(events)] {
        told.on_end(tasks::End::NeverBegan({503, why, "not yet"}));
      });
      return std::make_shared<Stoppable>(*this);
    }
    threads_.emplace_back([this, start = std::move(request), told = std::move(events)] {
      told.on_end(Run(start, told));
    });
    return std::make_shared<Stoppable>(*this);
  }

 private:
  struct Stoppable final : tasks::Call {
    explicit Stoppable(PuppetPeer& of) : peer(of) {}
    void Cancel(const tasks::Stop&) override {
      peer.stopped_ = true;
      peer.stopped_.notify_all();
    }
    PuppetPeer& peer;
  };

  tasks::End Run(const tasks::StartRequest& start, const tasks::CallEvents& events) {
    using namespace actions::bulk;
    const auto head = ShardRequest::Decode(start.payload);
    std::uint64_t first = 0;
    std::vector<engine::Operation> operations;
    for (std::size_t chunks = 0;; ++chunks) {
      auto chunk = start.stream
                       ? start.stream->Next()
                       : base::Result<std::optional<std::string>>(std::optional(head->chunk));
      if (!chunk.ok()) return tasks::End(chunk.status());
      if (!*chunk) return tasks::End();
      if (chunks == lost_after_) {
        if (lost_when_stopped) stopped_.wait(false);
        return tasks::End(loss_);
      }
      if (!ReadOperations(**chunk, operations).ok()) return tasks::End(base::Internal("torn"));
      std::vector<engine::OperationResult> results(operations.size());
      for (std::size_t i = 0; i < results.size(); ++i) {
        results[i] = {.outcome = tasks::UnitOutcome::kDone,
                      .result = engine::OpResult::kCreated,
                      .seq_no = static_cast<std::int64_t>(first + i),
                      .version = 1,
                      .primary_term = 1};
      }
      events.on_progress(EncodeResults(first, results));
      first += operations.size();
      operations_ += operations.size();
      if (!start.stream) return tasks::End();
    }
  }

  const std::string id_ = "node-b";
  const std::size_t lost_after_;
  const base::Status loss_;
  std::atomic<std::uint64_t> operations_ = 0;
  std::atomic<bool> called_ = false, stopped_ = false;
  std::mutex mutex_;
  std::list<std::jthread> threads_;  // guarded by mutex_; last
};

}  // namespace test
