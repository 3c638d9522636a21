#include "actions/shards/shard_calls.h"

#include <utility>

#include "actions/bulk/primary_wait.h"
#include "actions/shards/find_shard.h"
#include "engine/shard/shard.h"

namespace actions {

using base::Status;
using tasks::End;

namespace {

constexpr std::int64_t kAgainNanos = 20'000'000, kLongestNanos = 30'000'000'000;

}  // namespace

void ShardCalls::Start(cluster::IndexPtr index, int shard, std::string_view action,
                       std::string payload, std::function<void(const End&)> on_end,
                       std::function<void(const std::string&)> on_progress) {
  tasks::Peer* const peer = node_.peers.Find(index->shard_nodes[static_cast<std::size_t>(shard)]);
  all_.push_back({std::move(index), shard, action, std::move(payload), std::move(on_end),
                  std::move(on_progress)});
  One& one = all_.back();
  if (peer == nullptr) return Tell(one, End(NoShardAvailable(one.index->name, shard)));
  {
    std::lock_guard lock(mutex_);
    if (running_ >= kAtOnce) {
      ++unjoined_;
      return waiting_.push_back(&one);
    }
    ++running_;
  }
  if (!StartOn(*peer, first_, one)) LeavePlace();
}

bool ShardCalls::StartOn(tasks::Peer& peer, tasks::ChildScope& scope, One& one) {
  // Safe: whoever owns us lives until the last scope has been joined.
  return scope.Start(peer, {.action = one.action, .payload = one.payload},
                     {.on_started = nullptr,
                      .on_progress = one.on_progress,
                      .on_end =
                          [this, &one](const End& end) {
                            if (!engine::IsShardMoves(end.error)) return Ended(one, end);
                            StartLater(one);
                          },
                      .at_once = true});
}

// By one thread at a time, which takes the places along that become free meanwhile. Runs within an
// `on_end`, or before a Joined() to come: we are still there when it returns.
void ShardCalls::StartWaiting() {
  std::unique_lock lock(mutex_);
  if (std::exchange(starting_, true)) return;
  while (running_ < kAtOnce && !waiting_.empty()) {
    One& one = *waiting_.front();
    waiting_.pop_front();
    tasks::ChildScope& scope = late_.emplace_back(task_);
    ++running_;
    lock.unlock();
    tasks::Peer* const peer =
        node_.peers.Find(one.index->shard_nodes[static_cast<std::size_t>(one.shard)]);
    if (peer == nullptr) Tell(one, End(NoShardAvailable(one.index->name, one.shard)));
    const bool started = peer != nullptr && StartOn(*peer, scope, one);
    // Safe: our owner waits for Joined().
    scope.WhenJoined([this](const Status& why) { Joined(why); });
    lock.lock();
    if (!started) --running_;
  }
  starting_ = false;
}

void ShardCalls::LeavePlace() {
  {
    std::lock_guard lock(mutex_);
    --running_;
  }
  StartWaiting();
}

// This node may not have heard yet where the shard is now: then it asks in vain again.
void ShardCalls::StartLater(One& one) {
  {
    std::lock_guard lock(mutex_);
    ++unjoined_;
  }
  // Safe: we count as unjoined until this has been called, and so live.
  bulk::AwaitPrimary(node_, task_,
                     {.index = one.index,
                      .shard = one.shard,
                      .not_before_nanos = node_.clock.MonotonicNanos() + kAgainNanos,
                      .due_nanos = began_ + kLongestNanos},
                     [this, &one](tasks::Peer* peer) {
                       if (peer == nullptr) {
                         const Status stop = task_.Checkpoint();
                         const auto moves = engine::ShardMoves(one.index->name, one.shard);
                         Ended(one, End(stop.ok() ? moves : stop));
                         return Joined(stop);
                       }
                       std::unique_lock lock(mutex_);
                       tasks::ChildScope& scope = late_.emplace_back(task_);
                       lock.unlock();
                       if (!StartOn(*peer, scope, one)) LeavePlace();
                       // Safe: our owner waits for Joined().
                       scope.WhenJoined([this](const Status& why) { Joined(why); });
                     });
}

void ShardCalls::Tell(const One& one, const End& end) {
  {
    std::lock_guard lock(mutex_);
    if (failed_.ok()) failed_ = end.error;
  }
  one.on_end(end);
}

void ShardCalls::Ended(const One& one, const End& end) {
  Tell(one, end);
  LeavePlace();
}

void ShardCalls::WhenJoined(std::function<void(Status)> joined) {
  joined_ = std::move(joined);
  // Safe: our owner waits for Joined().
  first_.WhenJoined([this](const Status& why) { Joined(why); });
}

void ShardCalls::Joined(const Status& why) {
  Status first;
  {
    std::lock_guard lock(mutex_);
    const bool graver = why.code() == base::Code::kUnconfirmed ||
                        (why.code() == base::Code::kCancelled && why_.ok());
    if (graver) why_ = why;
    if (--unjoined_ > 0) return;
    first = why_.ok() ? failed_ : why_;
  }
  const auto joined = std::move(joined_);  // may destroy us
  joined(std::move(first));
}

}  // namespace actions
