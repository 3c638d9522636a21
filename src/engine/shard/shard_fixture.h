// engine/shard/shard_fixture.h
//
// For tests of a shard: short ways to write and read, and to hold a write at a point. Threads: any.

#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "engine/shard/inject.h"
#include "support/open_shard.h"

namespace engine {

// Operations whose texts live as long as they do.
class Operations {
 public:
  Operations() = default;
  Operations(Operations&&) = default;
  Operations& operator=(Operations&&) = default;
  // Has texts of its own, which its operations point into.
  Operations(const Operations& other) {
    for (const Operation& operation : other.operations_) Add(operation);
  }
  Operations& Add(Operation operation) {
    operation.id = texts_.emplace_back(operation.id);
    operation.routing = texts_.emplace_back(operation.routing);
    operation.source = texts_.emplace_back(operation.source);
    operations_.push_back(operation);
    return *this;
  }
  Operations& Index(std::string_view id, std::string_view source = "{}") {
    return Add({.id = id, .source = source});
  }
  Operations& Create(std::string_view id, std::string_view source = "{}") {
    return Add({.type = OpType::kCreate, .id = id, .source = source});
  }
  Operations& Update(std::string_view id, std::string_view body, int retries = 0) {
    return Add({.type = OpType::kUpdate, .id = id, .source = body, .retry_on_conflict = retries});
  }
  Operations& Delete(std::string_view id) { return Add({.type = OpType::kDelete, .id = id}); }

  std::span<const Operation> span() const { return operations_; }
  std::size_t size() const { return operations_.size(); }

 private:
  std::deque<std::string> texts_;
  std::vector<Operation> operations_;
};

class ShardFixture : public testing::Test {
 protected:
  struct Written {
    base::Status status;
    std::vector<OperationResult> results;
    std::vector<std::size_t> settled;  // what after_unit() was told
  };

  Written Write(tasks::TaskContext& task, const Operations& operations) {
    Written written{.results = std::vector<OperationResult>(operations.size())};
    written.status = shard_->Write(task, operations.span(), written.results, [&](std::size_t n) {
      written.settled.push_back(n);
      return n < leave_after_;
    });
    return written;
  }
  // One operation that must not fail as a whole.
  OperationResult WriteOne(const Operations& operation) {
    LoneTask task;
    Written written = Write(task, operation);
    EXPECT_TRUE(written.status.ok()) << written.status.reason();
    return std::move(written.results.front());
  }
  GetResult Get(std::string_view id, bool realtime = true) {
    LoneTask task;
    auto got = shard_->Get(task, id, realtime);
    EXPECT_TRUE(got.ok()) << got.status().reason();
    return got.ok() ? *std::move(got) : GetResult();
  }
  // What is stored, id by id.
  std::map<std::string, std::string> Stored() {
    std::map<std::string, std::string> stored;
    LoneTask task;
    EXPECT_TRUE(shard_
                    ->ForEachDocument(task,
                                      [&](std::string_view id, const GetResult& document) {
                                        EXPECT_TRUE(stored.emplace(id, document.source).second)
                                            << id << " twice";
                                        return true;
                                      })
                    .ok());
    EXPECT_EQ(static_cast<std::int64_t>(stored.size()), shard_->live_documents());
    return stored;
  }

  OpenShard shard_;
  std::size_t leave_after_ = SIZE_MAX;  // operations; Write() goes on no further
};

// Holds whoever comes to a point until it is let go.
class Gate {
 public:
  explicit Gate(inject::Point point)
      : armed_(point, [this](tasks::TaskContext&) {
          std::unique_lock lock(mutex_);
          ++come_;
          changed_.notify_all();
          changed_.wait(lock, [this] { return open_; });
          return std::exchange(answer_, {});  // once
        }) {}
  ~Gate() { LetGo(); }

  void WaitUntilReached(int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return come_ >= times; });
  }
  // The first to come, or who has come, gets the answer.
  void LetGo(base::Status answer = {}) {
    std::lock_guard lock(mutex_);
    if (!open_) answer_ = std::move(answer);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int come_ = 0;         // guarded by mutex_
  bool open_ = false;    // guarded by mutex_
  base::Status answer_;  // guarded by mutex_
  inject::Armed armed_;  // last
};

}  // namespace engine
