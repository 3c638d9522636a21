// test/support/memory_metadata_store.h
//
// Cluster metadata in a map, for tests: it can refuse to write, lose the answer of a write that it
// did, and hold writers back until it is told to go on. Threads: any.

#pragma once

#include <condition_variable>
#include <mutex>

#include "cluster/metadata_store.h"

class MemoryMetadataStore final : public cluster::MetadataStore {
 public:
  base::Result<Contents> Load() override {
    std::lock_guard lock(mutex_);
    ++loads_;
    return contents_;
  }

  base::Result<std::uint64_t> Write(std::uint64_t expected_sequence,
                                    const std::vector<Change>& changes) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (fail_next_) {
      fail_next_ = false;
      return base::Status(503, "process_cluster_event_timeout_exception", "no disk");
    }
    if (expected_sequence != contents_.sequence) {
      return WriteConflict();
    }
    for (const Change& change : changes) {
      if (change.value) {
        contents_.records[change.key] = *change.value;
      } else {
        contents_.records.erase(change.key);
      }
    }
    updates_.push_back({++contents_.sequence, changes});
    for (const auto& news : watchers_) news();
    if (lose_next_answer_) {
      lose_next_answer_ = false;
      return base::Status(base::Code::kOutcomeUnknown, "the answer was lost");
    }
    return contents_.sequence;
  }

  base::Result<std::optional<std::vector<Update>>> Since(std::uint64_t sequence) override {
    std::lock_guard lock(mutex_);
    if (sequence < kept_from_) return std::optional<std::vector<Update>>();
    std::vector<Update> after;
    for (const Update& update : updates_)
      if (update.sequence > sequence) after.push_back(update);
    return std::optional(std::move(after));
  }
  // Several may watch; the last of them ends it for all.
  void Watch(std::function<void()> news) override {
    std::lock_guard lock(mutex_);
    if (news) {
      watchers_.push_back(std::move(news));
    } else {
      watchers_.clear();
    }
  }
  // Forgets how it came to what it holds.
  void ForgetUpdates() {
    std::lock_guard lock(mutex_);
    kept_from_ = contents_.sequence;
    updates_.clear();
  }

  void FailNextWrite() { Set(fail_next_, true); }
  void LoseNextAnswer() { Set(lose_next_answer_, true); }
  void Hold() { Set(held_, true); }
  void LetGo() { Set(held_, false); }
  void WaitUntilWriting(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= times; });
  }

  Contents contents() {
    std::lock_guard lock(mutex_);
    return contents_;
  }
  int loads() {
    std::lock_guard lock(mutex_);
    return loads_;
  }

 private:
  void Set(bool& flag, bool value) {
    std::lock_guard lock(mutex_);
    flag = value;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Contents contents_;                            // guarded by mutex_
  std::vector<Update> updates_;                  // guarded by mutex_
  std::uint64_t kept_from_ = 0;                  // guarded by mutex_; updates behind it are there
  std::vector<std::function<void()>> watchers_;  // guarded by mutex_
  int loads_ = 0, begun_ = 0;                    // guarded by mutex_
  bool fail_next_ = false;                       // guarded by mutex_
  bool lose_next_answer_ = false;                // guarded by mutex_
  bool held_ = false;                            // guarded by mutex_
};
