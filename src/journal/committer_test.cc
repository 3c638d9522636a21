#include "journal/committer.h"

#include <gtest/gtest.h>

#include <future>

#include "journal/faulty_disk_fixture.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

// Writes one entry whenever it is announced, and says when it has been told of it.
class Note final : public CommitSource {
 public:
  explicit Note(std::string key) : key_(std::move(key)) {}

  void Gather(Commit& commit) override {
    if (reached_) reached_->set_value();
    if (let_go_) let_go_->get_future().wait();
    commit.effects.Put(Family::kMeta, key_, std::string(bytes, 'x'));
    if (synced) {
      commit.synced = true;
    } else {
      commit.SyncWithin(sync_within_nanos);
    }
  }
  void Written(const base::Status& status, std::int64_t, Continuations& then) override {
    then.push_back([this, status] {
      if (behind) behind();
      told_.set_value(status);
    });
  }

  base::Status Told() { return told_.get_future().get(); }
  // From now on it waits in Gather() to be let go.
  void Hold() {
    reached_.emplace();
    let_go_.emplace();
  }
  void WaitUntilItGathers() { reached_->get_future().wait(); }
  void LetGo() { let_go_->set_value(); }

  std::size_t bytes = 1;
  bool synced = true;
  std::int64_t sync_within_nanos = 0;
  std::function<void()> behind;

 private:
  const std::string key_;
  std::promise<base::Status> told_;
  std::optional<std::promise<void>> reached_, let_go_;
};

class ACommitter : public testing::Test {
 protected:
  ACommitter() { Reopen(); }
  void Reopen() {
    store_.reset();
    store_ = *NodeStore::Open({.path = dir_.path(), .env = disk_.env()});
  }
  Committer& committer() { return store_->committer(); }
  bool Has(std::string_view key) const { return store_->Get(Family::kMeta, key)->has_value(); }

  const TempDir dir_;
  FaultyDisk disk_;
  Note first_{"first"}, second_{"second"}, third_{"third"};
  std::unique_ptr<NodeStore> store_;
};

TEST_F(ACommitter, WritesAndSyncsOnceWhatSeveralHaveWaiting) {
  const std::uint64_t synced = store_->stats().wal_synced;
  first_.Hold();
  committer().Announce(first_);
  first_.WaitUntilItGathers();
  committer().Announce(second_);
  committer().Announce(third_);
  first_.LetGo();
  for (Note* const note : {&first_, &second_, &third_}) EXPECT_TRUE(note->Told().ok());
  EXPECT_EQ(committer().stats().commits, 1);
  EXPECT_EQ(committer().stats().records, 3);
  EXPECT_EQ(store_->stats().wal_synced, synced + 1);
  EXPECT_TRUE(Has("first") && Has("second") && Has("third"));
}

TEST_F(ACommitter, LeavesToTheNextCommitWhatFindsNoRoom) {
  first_.bytes = Commit::kBytes;
  first_.Hold();
  committer().Announce(first_);
  first_.WaitUntilItGathers();
  committer().Announce(second_);
  first_.LetGo();
  EXPECT_TRUE(first_.Told().ok());
  EXPECT_TRUE(second_.Told().ok());
  EXPECT_EQ(committer().stats().commits, 2);
}

TEST_F(ACommitter, WritesOnWhileOthersAreContinued) {
  first_.behind = [this] {
    committer().Announce(second_);
    EXPECT_TRUE(second_.Told().ok());
  };
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
}

TEST_F(ACommitter, LetsOneAtATimeLinger) {
  bool alone = false, beside = true;
  std::promise<void> lingers, other_was_told;
  first_.behind = [&] {
    alone = committer().MayLinger();
    lingers.set_value();
    other_was_told.get_future().wait();
  };
  second_.behind = [&] { beside = committer().MayLinger(); };
  committer().Announce(first_);
  lingers.get_future().wait();
  committer().Announce(second_);
  EXPECT_TRUE(second_.Told().ok());
  other_was_told.set_value();
  EXPECT_TRUE(first_.Told().ok());
  EXPECT_TRUE(alone);
  EXPECT_FALSE(beside);
}

TEST_F(ACommitter, WritesWhatOneThatLingeredAnnounced) {
  first_.behind = [&] {
    EXPECT_TRUE(committer().MayLinger());
    committer().Announce(second_);
  };
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
  EXPECT_TRUE(second_.Told().ok());
}

TEST_F(ACommitter, LetsNoneLingerWhereAnythingWaits) {
  bool before_another = true, beside_another = true;
  third_.Hold();
  first_.behind = [&] { before_another = committer().MayLinger(); };  // second_ is told behind it
  second_.behind = [&] {
    committer().Announce(third_);
    beside_another = committer().MayLinger();
    third_.LetGo();
  };
  first_.Hold();
  committer().Announce(first_);
  first_.WaitUntilItGathers();
  committer().Announce(second_);
  first_.LetGo();
  for (Note* const note : {&first_, &second_, &third_}) EXPECT_TRUE(note->Told().ok());
  EXPECT_FALSE(before_another);
  EXPECT_FALSE(beside_another);
}

TEST_F(ACommitter, SyncsInTimeWhatNobodyWaitsFor) {
  const std::uint64_t synced = store_->stats().wal_synced;
  first_.synced = false;
  first_.sync_within_nanos = 1'000'000;
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
  while (committer().stats().timed_syncs == 0) std::this_thread::yield();
  EXPECT_EQ(store_->stats().wal_synced, synced + 1);
}

TEST_F(ACommitter, SyncsInTimeBesideAContinuation) {
  const std::int64_t synced = committer().stats().timed_syncs;
  first_.synced = false;
  first_.sync_within_nanos = 1;
  first_.behind = [&] {
    while (committer().stats().timed_syncs == synced) std::this_thread::yield();
  };
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
}

TEST_F(ACommitter, SyncsInTimeUnderSteadyLoad) {
  // Announces itself again and again, so that there is always something to write.
  class Restless final : public CommitSource {
   public:
    explicit Restless(NodeStore& store) : store_(store) {}
    void Gather(Commit& commit) override {
      commit.effects.Put(Family::kMeta, "restless", "");
      commit.SyncWithin(1'000'000);
    }
    void Written(const base::Status&, std::int64_t, Continuations& then) override {
      if (store_.stats().wal_synced > synced_before_) {
        then.push_back([this] { synced.set_value(); });
      } else {
        store_.committer().Announce(*this);
      }
    }
    std::promise<void> synced;

   private:
    NodeStore& store_;
    const std::uint64_t synced_before_ = store_.stats().wal_synced;
  };
  Restless restless(*store_);
  committer().Announce(restless);
  restless.synced.get_future().wait();
}

TEST_F(ACommitter, NeedsNoTimedSyncBehindAnotherSync) {
  first_.synced = false;
  first_.sync_within_nanos = 100'000'000;
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
  committer().Announce(second_);
  EXPECT_TRUE(second_.Told().ok());
  committer().Announce(third_);
  EXPECT_TRUE(third_.Told().ok());
  EXPECT_EQ(committer().stats().timed_syncs, 0);
}

TEST_F(ACommitter, EndsBehindWhatWasAnnounced) {
  first_.synced = false;
  first_.sync_within_nanos = INT64_MAX - 1;
  committer().Announce(first_);
  committer().Announce(second_);
  Reopen();
  EXPECT_TRUE(first_.Told().ok());
  EXPECT_TRUE(second_.Told().ok());
  EXPECT_TRUE(Has("first") && Has("second"));
}

TEST_F(ACommitter, TellsAllWhatBecameOfAWriteThatFailed) {
  first_.Hold();
  committer().Announce(first_);
  first_.WaitUntilItGathers();
  committer().Announce(second_);
  disk_.write_error = true;
  first_.LetGo();
  EXPECT_EQ(first_.Told().code(), base::Code::kOutcomeUnknown);
  EXPECT_EQ(second_.Told().code(), base::Code::kOutcomeUnknown);
  disk_.write_error = false;
}

class ThrowingNote final : public CommitSource {
 public:
  void Gather(Commit& commit) override {
    commit.effects.Put(Family::kMeta, "half", "");
    throw std::bad_alloc();
  }
  void Written(const base::Status& status, std::int64_t, Continuations& then) override {
    then.push_back([this, status] { told.set_value(status); });
  }
  std::promise<base::Status> told;
};

TEST_F(ACommitter, WritesNothingOfWhatMemoryDidNotSufficeFor) {
  ThrowingNote thrower;
  committer().Announce(thrower);
  EXPECT_EQ(thrower.told.get_future().get().http_status(), 429);
  EXPECT_FALSE(Has("half"));
  committer().Announce(first_);
  EXPECT_TRUE(first_.Told().ok());
}

}  // namespace
}  // namespace journal
