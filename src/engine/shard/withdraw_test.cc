// A stop takes a unit out that no commit has taken yet, and those behind it are sealed again.

#include "engine/shard/one_write_fixture.h"
#include "journal/committer.h"

namespace engine {
namespace {

using base::Code;
using inject::Point;
using tasks::UnitOutcome;

// The first of several writes is held at its append; the others are sealed behind it.
class AWithdrawnUnit : public ShardFixture {
 public:
  ~AWithdrawnUnit() override {
    if (gate_) gate_->LetGo();
    shard_.store().committer().Drain();
  }

 protected:
  void BeginFirst(Operations operations) {
    gate_.emplace(Point::kAppend);
    Begin(std::move(operations));
    gate_->WaitUntilReached();
  }
  OneWrite& Begin(Operations operations, std::shared_ptr<tasks::Lease> lease = nullptr) {
    auto& one = all_.emplace_back(*shard_, std::move(operations),
                                  static_cast<std::int64_t>(all_.size()), std::move(lease));
    EXPECT_TRUE(one.Begin());
    return one;
  }
  bool Withdraw(OneWrite& one) {
    const std::function<void()> then = shard_->Withdraw(one.task->id());
    if (then) then();
    return then != nullptr;
  }
  // A unit that is prepared anew is begun again.
  static base::Status End(OneWrite& one) {
    for (;;) {
      if (base::Status status = one.Take(); !status.ok()) return status;
      if (one.writer.done()) return {};
      if (!one.writer.stop().ok()) return one.writer.stop();
      one.Begin(journal::ReadTier::kAll);
    }
  }

  std::deque<OneWrite> all_;
  std::optional<Gate> gate_;
};

TEST_F(AWithdrawnUnit, EndsBeforeTheCommitInFrontOfItDoes) {
  BeginFirst(Operations().Index("a"));
  OneWrite& stopped = Begin(Operations().Index("b"));
  EXPECT_FALSE(Withdraw(stopped)) << "nobody has stopped it";
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  EXPECT_EQ(stopped.Take().code(), Code::kCancelled);
  EXPECT_EQ(stopped.results[0].outcome, UnitOutcome::kNotDone);
  gate_->LetGo();
  EXPECT_TRUE(End(all_[0]).ok());
  EXPECT_EQ(Stored().size(), 1u);
  EXPECT_EQ(WriteOne(Operations().Index("c")).seq_no, 1) << "its number is another's";
}

TEST_F(AWithdrawnUnit, IsNoneThatIsBeingAppended) {
  BeginFirst(Operations().Index("a"));
  all_[0].task.Stop();
  EXPECT_FALSE(Withdraw(all_[0]));
  gate_->LetGo();
  EXPECT_TRUE(all_[0].Take().ok());
  EXPECT_EQ(all_[0].results[0].outcome, UnitOutcome::kDone);
  EXPECT_FALSE(Withdraw(all_[0])) << "nor one that has ended";
}

TEST_F(AWithdrawnUnit, LeavesNoTraceInThoseBehindIt) {
  WriteOne(Operations().Index("there").Index("gone").Delete("gone"));
  BeginFirst(Operations().Index("a"));
  OneWrite& stopped = Begin(Operations().Index("b").Delete("there").Create("gone"));
  OneWrite& behind =
      Begin(Operations().Create("b").Index("there").Create("gone").Create("a").Index("c"));
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  gate_->LetGo();
  ASSERT_TRUE(End(behind).ok());
  EXPECT_EQ(behind.results[0].result, OpResult::kCreated);
  EXPECT_EQ(behind.results[0].version, 1);
  EXPECT_EQ(behind.results[0].seq_no, 4);
  EXPECT_EQ(behind.results[1].result, OpResult::kUpdated);
  EXPECT_EQ(behind.results[1].version, 2);
  EXPECT_EQ(behind.results[2].version, 3);
  EXPECT_EQ(behind.results[3].error.http_status(), 409) << "the first is there";
  EXPECT_EQ(behind.results[4].seq_no, 7) << "no number is left out";
  EXPECT_EQ(Stored().size(), 5u);
  EXPECT_EQ(shard_->deleted_documents(), 0);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWithdrawnUnit, TakesWhatWasMadeOfItAlongToBePreparedAnew) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  BeginFirst(Operations().Index("x"));
  OneWrite& stopped = Begin(Operations().Index("a", R"({"n":2})"));
  OneWrite& update = Begin(Operations().Update("a", R"({"doc":{"m":3}})"));
  OneWrite& noop = Begin(Operations().Update("a", R"({"doc":{"n":2}})"));
  OneWrite& behind = Begin(Operations().Index("b"));
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  EXPECT_FALSE(Withdraw(stopped)) << "once";
  EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  gate_->LetGo();
  for (OneWrite* const one : {&behind, &update, &noop}) ASSERT_TRUE(End(*one).ok());
  EXPECT_EQ(behind.results[0].seq_no, 2) << "right behind the first";
  EXPECT_EQ(update.results[0].version, 2);
  EXPECT_EQ(noop.results[0].result, OpResult::kUpdated) << "what it would not change never was";
  EXPECT_EQ(Get("a").source, R"({"n":2,"m":3})");
  EXPECT_EQ(shard_->write_stats().retries, 0) << "of what clients allow";
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWithdrawnUnit, DoesNotChangeAUnitBehindItThatSomebodyReads) {
  BeginFirst(Operations().Index("x"));
  OneWrite& stopped = Begin(Operations().Index("y"));
  OneWrite& read = Begin(Operations().Index("a", R"({"n":1})"));
  OneWrite& update = Begin(Operations().Update("a", R"({"doc":{"m":2}})"));
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  gate_->LetGo();
  EXPECT_TRUE(read.Take().ok());
  EXPECT_FALSE(read.writer.done()) << "it is prepared anew";
  ASSERT_TRUE(read.Begin(journal::ReadTier::kAll));
  ASSERT_TRUE(End(read).ok());
  ASSERT_TRUE(End(update).ok());
  EXPECT_EQ(Get("a").source, R"({"n":1,"m":2})");
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWithdrawnUnit, ThatWasTheLastLeavesTheShardReadyForMore) {
  BeginFirst(Operations().Index("a"));
  for (int i = 0; i < 3; ++i) {
    OneWrite& stopped = Begin(Operations().Index("b"));
    stopped.task.Stop();
    ASSERT_TRUE(Withdraw(stopped));
    EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  }
  OneWrite& behind = Begin(Operations().Index("c"));
  const std::uint64_t before = shard_.store().stats().writes;
  gate_->LetGo();
  ASSERT_TRUE(End(behind).ok());
  EXPECT_EQ(shard_.store().stats().writes, before + 2);
  EXPECT_EQ(WriteOne(Operations().Index("d")).seq_no, 2);
}

// Keeps the committer busy until it is let go.
class Busy final : public journal::CommitSource {
 public:
  void Gather(journal::Commit&) override {
    began_.set_value();
    go_on_.get_future().wait();
  }
  void Written(const base::Status&, std::int64_t, Continuations&) override {}
  void WaitUntilBegun() { began_.get_future().wait(); }
  void LetGo() { go_on_.set_value(); }

 private:
  std::promise<void> began_, go_on_;
};

// A unit is withdrawn while the committer has not come for the shard.
class BehindABusyCommitter : public AWithdrawnUnit {
 protected:
  void SetUp() override {
    committer_.Announce(busy_);
    busy_.WaitUntilBegun();
    OneWrite& stopped = Begin(Operations().Index("b"));
    stopped.task.Stop();
    ASSERT_TRUE(Withdraw(stopped));
    EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  }

  Busy busy_;
  journal::Committer& committer_ = shard_.store().committer();
};

TEST_F(BehindABusyCommitter, DoesNotAnnounceTheShardAgain) {
  OneWrite& behind = Begin(Operations().Index("c"));
  const std::int64_t before = committer_.stats().records;
  busy_.LetGo();
  EXPECT_TRUE(End(behind).ok());
  committer_.Drain();
  EXPECT_EQ(committer_.stats().records - before, 2) << "that of the busy one, and one";
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

// Whoever is told of the withdrawn unit may be the last to hold the shard.
TEST_F(BehindABusyCommitter, LetsTheShardGoWhenTheCommitterHasCome) {
  std::weak_ptr<Shard> shard = shard_->weak_from_this();
  shard_.CloseShard();
  EXPECT_FALSE(shard.expired());
  busy_.LetGo();
  committer_.Drain();
  EXPECT_TRUE(shard.expired());
}

// What is handed over behind a withdrawn unit is put in order with those in front of it.
TEST_F(AWithdrawnUnit, LetsOthersFollowWhatIsOutOfOrder) {
  WriteOne(Operations().Index("a", R"({"n":0})"));
  BeginFirst(Operations().Index("x"));
  OneWrite& stopped = Begin(Operations().Index("y"));
  OneWrite& behind = Begin(Operations().Index("a", R"({"n":1})"));
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  OneWrite& update = Begin(Operations().Update("a", R"({"doc":{"m":2}})"));
  OneWrite& late = Begin(Operations().Create("z").Create("a"));
  gate_->LetGo();
  for (OneWrite* const one : {&behind, &update, &late}) ASSERT_TRUE(End(*one).ok());
  EXPECT_EQ(behind.results[0].version, 2);
  EXPECT_TRUE(update.results[0].error.ok()) << "it has no retry, and needs none";
  EXPECT_EQ(late.results[0].seq_no, 3) << "behind the first two";
  EXPECT_EQ(late.results[1].error.http_status(), 409);
  EXPECT_EQ(Get("a").source, R"({"n":1,"m":2})");
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWithdrawnUnit, IsNotQueuedAtAllIfTheStopCameBeforeIt) {
  BeginFirst(Operations().Index("a"));
  inject::Armed stop(Point::kPrepared, [](tasks::TaskContext& task) {
    task.RequestStop({.cause = tasks::StopCause::kUser, .reason = "by user request"});
    return base::Status();
  });
  OneWrite& one = all_.emplace_back(*shard_, Operations().Index("b"), 1);
  ASSERT_FALSE(one.Begin());
  EXPECT_EQ(one.writer.TakeUnit().code(), Code::kCancelled);
  EXPECT_EQ(one.results[0].outcome, UnitOutcome::kNotDone);
}

// Nobody withdraws it, as nobody does with a single document: the committer finds the stop.
TEST_F(AWithdrawnUnit, IsFoundByTheCommitterWhenItWouldTakeIt) {
  BeginFirst(Operations().Index("a"));
  OneWrite& stopped = Begin(Operations().Index("b"));
  OneWrite& behind = Begin(Operations().Create("b"));
  OneWrite& last = Begin(Operations().Index("c"));
  stopped.task.Stop();
  last.task.Stop();
  gate_->LetGo();
  EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  EXPECT_EQ(End(last).code(), Code::kCancelled);
  EXPECT_TRUE(End(behind).ok());
  EXPECT_EQ(behind.results[0].result, OpResult::kCreated);
  EXPECT_EQ(Stored().size(), 2u);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWithdrawnUnit, IsAllThatWaits) {
  BeginFirst(Operations().Index("a"));
  OneWrite& stopped = Begin(Operations().Index("b"));
  stopped.task.Stop();
  gate_->LetGo();
  EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  EXPECT_TRUE(End(all_[0]).ok());
  EXPECT_EQ(WriteOne(Operations().Index("b")).seq_no, 1);
}

TEST_F(AWithdrawnUnit, MayBeOneWhoseCallersLeaseHasRunOut) {
  BeginFirst(Operations().Index("a"));
  const auto lease = std::make_shared<tasks::Lease>();
  OneWrite& late = Begin(Operations().Index("b"), lease);
  OneWrite& behind = Begin(Operations().Create("b"));
  lease->valid_until_boot_nanos = 0;
  gate_->LetGo();
  EXPECT_EQ(End(late).type(), "node_not_connected_exception");
  EXPECT_EQ(late.results[0].outcome, UnitOutcome::kNotDone);
  EXPECT_TRUE(End(behind).ok());
  EXPECT_EQ(behind.results[0].result, OpResult::kCreated);
}

TEST_F(AWithdrawnUnit, FallsWithTheFirstOneToo) {
  BeginFirst(Operations().Index("a"));
  OneWrite& stopped = Begin(Operations().Index("b"));
  OneWrite& behind = Begin(Operations().Index("c"));
  stopped.task.Stop();
  ASSERT_TRUE(Withdraw(stopped));
  gate_->LetGo(base::Internal("the disk says no"));
  EXPECT_EQ(End(stopped).code(), Code::kCancelled);
  EXPECT_EQ(End(all_[0]).reason(), "the disk says no");
  EXPECT_EQ(End(behind).reason(), "the disk says no");
  EXPECT_TRUE(Stored().empty());
  EXPECT_EQ(WriteOne(Operations().Index("b")).seq_no, 0);
}

}  // namespace
}  // namespace engine
