// test/support/memory_heartbeats.h
//
// A board of heartbeats in a map, for tests; it can be away. Threads: any.

#pragma once

#include <mutex>

#include "cluster/heartbeats.h"

class MemoryHeartbeats final : public cluster::Heartbeats {
 public:
  base::Status Put(const std::string& node_id, std::string_view value) override {
    std::lock_guard lock(mutex_);
    if (away_) return Away();
    Beat& beat = beats_[node_id];
    beat.revision = ++last_;
    beat.value = value;
    return {};
  }
  base::Result<std::map<std::string, Beat>> Read() override {
    std::lock_guard lock(mutex_);
    if (away_) return Away();
    return beats_;
  }
  base::Status Remove(const std::string& node_id) override {
    std::lock_guard lock(mutex_);
    beats_.erase(node_id);
    return {};
  }

  void SetAway(bool away) {
    std::lock_guard lock(mutex_);
    away_ = away;
  }

 private:
  static base::Status Away() { return {503, "away_exception", "the board is away"}; }

  std::mutex mutex_;
  std::uint64_t last_ = 0;             // guarded by mutex_
  std::map<std::string, Beat> beats_;  // guarded by mutex_
  bool away_ = false;                  // guarded by mutex_
};
