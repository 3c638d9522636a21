// journal/committer.h
//
// Writes what the shards of the node have waiting as one, so that one sync serves all of them, and
// no other thread waits for the disk. Two threads take turns: while one continues the work of those
// whose writes have ended, the other gathers and writes what has come meanwhile.
//
// Lifetime: owned by the NodeStore; what is announced is written before it ends. Threads:
// Announce() any; sources are called on the committer's threads, by one at a time, under no lock.

#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "journal/node_store.h"

namespace journal {

// Written at once, all or nothing.
struct Commit {
  static constexpr std::size_t kBytes = 1 << 20;  // a synced megabyte takes 3 ms

  // What may still be added, but for the first thing of a source that has the room to itself.
  std::size_t room() const {
    const std::size_t used = effects.bytes();
    return used < kBytes ? kBytes - used : 0;
  }
  void SyncWithin(std::int64_t nanos) { sync_within_nanos = std::min(sync_within_nanos, nanos); }

  NodeStore::Batch effects;
  bool synced = false;                         // before anybody is told
  std::int64_t sync_within_nanos = INT64_MAX;  // if it is not
};

class CommitSource {
 public:
  // Spliced: what is to be told of a write is made before it, so that no memory is wanted after it.
  using Continuations = std::list<std::function<void()>>;

  virtual ~CommitSource() = default;
  // Adds what waits: the first of it in any case, more as far as there is room.
  virtual void Gather(Commit& commit) = 0;
  // What became of it, and how long the write took. Adds to `then` what goes on behind it, on this
  // thread, when the next commit need not wait any more; is not called again but for what it
  // announces from here on. Must not throw.
  virtual void Written(const base::Status& status, std::int64_t took_nanos,
                       Continuations& then) = 0;

 private:
  friend class Committer;
  CommitSource* next_ = nullptr;  // of those that are announced; guarded by its mutex_
};

class Committer {
 public:
  explicit Committer(NodeStore& store);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // `source`, which lives until it has been told, has something to be written. Not again before
  // Gather() has been called. Fails only the first time, if there can be no threads.
  void Announce(CommitSource& source);

  // Asked by a continuation that has a millisecond of work before it announces the next thing:
  // whether nothing waits and the other thread is free for what comes. True for one at a time. What
  // it announces it writes itself when it returns, which saves waking the other one.
  bool MayLinger() const;

  // Until all that was announced is written and whoever waited for it has been continued.
  void Drain();

  struct Stats {
    std::int64_t commits = 0, records = 0, timed_syncs = 0;
  };
  Stats stats() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  void Run();
  bool AnyAnnounced() const { return first_ != nullptr; }
  void AwaitWork(Lock& lock);
  void Write(Lock& lock, CommitSource::Continuations& then);  // lets go of it meanwhile
  static constexpr std::size_t kSources = 1024;
  // Likewise. Not OK: nothing of it may be written.
  base::Status Gather(Lock& lock, std::vector<CommitSource*>& sources);
  void SyncBy(const base::Status& written);  // needs mutex_

  NodeStore& store_;
  const base::Clock& clock_ = base::Clock::System();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  CommitSource* first_ = nullptr;            // guarded by mutex_; announced, in order
  CommitSource* last_ = nullptr;             // guarded by mutex_
  bool writing_ = false;                     // guarded by mutex_; one of the threads is
  bool stopped_ = false;                     // guarded by mutex_
  std::int64_t sync_due_nanos_ = INT64_MAX;  // guarded by mutex_; of what is not synced
  int continuing_ = 0;                       // guarded by mutex_; threads in continuations
  std::condition_variable drained_;          // perhaps
  Stats stats_;                              // guarded by mutex_
  Commit commit_;                            // of the thread that writes, as the next one
  std::vector<CommitSource*> sources_;
  std::array<std::thread, 2> threads_;  // guarded by mutex_; made by the first Announce()
};

}  // namespace journal
