#include "journal/committer.h"

#include <chrono>
#include <new>

#include "base/log.h"
#include "base/thread.h"

namespace journal {

namespace {

// What an idle node may hold on to.
constexpr std::size_t kKeptBytes = 256 << 10;
constexpr std::int64_t kTryAgainNanos = 1'000'000'000;

// Of the continuation on this thread: whether it lingers, and how many there are from it on.
thread_local bool lingering = false;
thread_local std::size_t left_to_continue = 0;

void Continue(CommitSource::Continuations& all) {
  for (left_to_continue = all.size(); left_to_continue > 0; --left_to_continue) {
    try {
      all.front()();
    } catch (const std::bad_alloc&) {
      base::log::Error("memory", "a step behind a commit ran out of memory and was given up");
    }
    all.pop_front();  // what it holds ends before the next one begins
    lingering = false;
  }
}

}  // namespace

Committer::Committer(NodeStore& store) : store_(store) {
  sources_.reserve(kSources);  // once a record was added nothing may fail for lack of memory
}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Committer::Announce(CommitSource& source) {
  std::lock_guard lock(mutex_);
  for (std::thread& thread : threads_) {
    if (!thread.joinable()) thread = std::thread([this] { Run(); });
  }
  source.next_ = nullptr;
  (first_ == nullptr ? first_ : last_->next_) = &source;
  last_ = &source;
  const bool returns_for_it = std::exchange(lingering, false);
  if (!writing_ && !returns_for_it) changed_.notify_one();
}

bool Committer::MayLinger() const {
  std::lock_guard lock(mutex_);
  return lingering = !writing_ && !AnyAnnounced() && continuing_ == 1 && left_to_continue == 1;
}

Committer::Stats Committer::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void Committer::Run() {
  base::IntroduceThread("commit", base::Turns::kShort);
  CommitSource::Continuations then;
  Lock lock(mutex_);
  for (;;) {
    AwaitWork(lock);
    if (!AnyAnnounced() && stopped_ && sync_due_nanos_ == INT64_MAX) return;
    writing_ = true;
    const std::int64_t sync_was_due = sync_due_nanos_;
    Write(lock, then);
    writing_ = false;
    const bool sooner = sync_due_nanos_ < sync_was_due;
    if (AnyAnnounced() || stopped_ || sooner) changed_.notify_one();  // the other takes over
    ++continuing_;
    lock.unlock();
    Continue(then);
    lock.lock();
    if (--continuing_ == 0) drained_.notify_all();
  }
}

void Committer::Drain() {
  Lock lock(mutex_);
  drained_.wait(lock, [this] { return !AnyAnnounced() && !writing_ && continuing_ == 0; });
}

void Committer::AwaitWork(Lock& lock) {
  const auto idle = [this] {
    return !AnyAnnounced() && !stopped_ && clock_.MonotonicNanos() < sync_due_nanos_;
  };
  while (writing_ || idle()) {
    if (writing_ || sync_due_nanos_ == INT64_MAX) {
      changed_.wait(lock);
    } else {
      const std::chrono::nanoseconds left(sync_due_nanos_ - clock_.MonotonicNanos());
      changed_.wait_for(lock, left);
    }
  }
}

void Committer::Write(Lock& lock, CommitSource::Continuations& then) {
  const bool sync_due = !AnyAnnounced() || sync_due_nanos_ <= clock_.MonotonicNanos();
  base::Status written = Gather(lock, sources_);
  commit_.synced |= sync_due;
  lock.unlock();
  const std::int64_t began = clock_.MonotonicNanos();
  if (written.ok() && (commit_.synced || !commit_.effects.empty())) {
    written = store_.WriteIfRoom(commit_.effects,
                                 commit_.synced ? Durability::kSynced : Durability::kAsync);
  }
  const std::int64_t took = clock_.MonotonicNanos() - began;
  // Once for all: each then finds out what has become of its record.
  if (written.code() == base::Code::kOutcomeUnknown) store_.AwaitWritable().Ignore();
  for (CommitSource* const source : sources_) source->Written(written, took, then);
  lock.lock();
  ++stats_.commits;
  if (sync_due) ++stats_.timed_syncs;
  stats_.records += static_cast<std::int64_t>(sources_.size());
  sources_.clear();
  SyncBy(written);
  if (commit_.effects.bytes() > kKeptBytes) commit_.effects = NodeStore::Batch();
  commit_.effects.Clear();
  commit_.synced = false;
  commit_.sync_within_nanos = INT64_MAX;
}

base::Status Committer::Gather(Lock& lock, std::vector<CommitSource*>& sources) {
  sources.clear();
  while (AnyAnnounced() && sources.size() < kSources && (sources.empty() || commit_.room() > 0)) {
    CommitSource* const source = sources.emplace_back(std::exchange(first_, first_->next_));
    lock.unlock();
    try {
      source->Gather(commit_);
    } catch (const std::bad_alloc&) {  // what it has added is not whole
      lock.lock();
      return base::OutOfMemory();
    }
    lock.lock();
  }
  return {};
}

// One that was synced has synced all that was written before.
void Committer::SyncBy(const base::Status& written) {
  const std::int64_t now = clock_.MonotonicNanos();
  if (written.ok() && commit_.synced) {
    sync_due_nanos_ = INT64_MAX;
  } else if (commit_.sync_within_nanos != INT64_MAX) {
    sync_due_nanos_ = std::min(sync_due_nanos_, now + commit_.sync_within_nanos);
  } else if (!written.ok() && sync_due_nanos_ <= now) {
    sync_due_nanos_ = stopped_ ? INT64_MAX : now + kTryAgainNanos;
  }
}

}  // namespace journal
