// What the client of a cancelled bulk is told must be what the shards hold, whenever the stop came.

#include <climits>

#include "support/bulk_fixture.h"
#include "support/puppet_peer.h"

namespace actions::bulk {
namespace {

class CancelledBulk : public BulkTest {
 protected:
  // 400 operations were answered, 200 had been handed over, and the rest had not.
  static void ExpectKnownUnknownAndUnsent(const Document& answer) {
    EXPECT_EQ(Status(answer, 0), 201);
    EXPECT_EQ(Status(answer, 399), 201);
    for (const std::size_t unknown : {400u, 599u}) {
      EXPECT_EQ(Status(answer, unknown), 503);
      EXPECT_EQ(Text(Item(answer, unknown).FindPath({"error", "type"})),
                "write_outcome_unknown_exception");
    }
    for (const std::size_t unsent : {600u, 999u}) {
      EXPECT_EQ(Status(answer, unsent), 503);
      EXPECT_EQ(Text(Item(answer, unsent).FindPath({"error", "type"})),
                "unavailable_shards_exception");
    }
  }
};

TEST_F(CancelledBulk, ShowsItsTreeAsOpenSearchDoes) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kPrepared,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 3), {.write = {.refresh = Refresh::kWaitUntil}});
  gate.WaitUntilSomebodyCame();
  const auto bulk = node_.Tasks("indices:data/write/bulk").at(0)->Info(true);
  const auto shard = node_.Tasks("indices:data/write/bulk[s]").at(0)->Info(true);
  const auto primary = node_.Tasks("indices:data/write/bulk[s][p]").at(0)->Info(true);
  EXPECT_EQ(bulk.description, "bulk request to [src]");
  EXPECT_EQ(bulk.status, std::nullopt);
  EXPECT_EQ(shard.description, "requests[3], index[src][0], refresh[WAIT_UNTIL]");
  EXPECT_EQ(shard.status, "{\"phase\":\"waiting_on_primary\"}");
  EXPECT_EQ(shard.type, tasks::TaskType::kTransport);
  EXPECT_EQ(shard.parent, bulk.id);
  EXPECT_EQ(primary.description, shard.description);
  EXPECT_EQ(primary.status, "{\"phase\":\"primary\"}");
  EXPECT_EQ(primary.type, tasks::TaskType::kDirect);
  EXPECT_EQ(primary.parent, shard.id);
  EXPECT_TRUE(bulk.cancellable && shard.cancellable && primary.cancellable);
  gate.Open();
  EXPECT_FALSE(*Answered(running).root().Find("errors")->AsBool());
}

TEST_F(CancelledBulk, RefreshesWhereItIsAskedTo) {
  node_.CreateIndex("src", 1, {{"index.refresh_interval", "-1"}});
  const auto shard = node_.ShardsOf("src").at(0);
  const Document first = Do(Indexing("src", 0, 1));
  EXPECT_EQ(shard->refreshed_documents(), 0);
  EXPECT_EQ(Item(first, 0).Find("forced_refresh"), nullptr);
  const Document second = Do(Indexing("src", 1, 1), {.write = {.refresh = Refresh::kImmediate}});
  EXPECT_EQ(shard->refreshed_documents(), 2);
  EXPECT_TRUE(*Item(second, 0).Find("forced_refresh")->AsBool());
}

TEST_F(CancelledBulk, WaitsForARefreshWithoutAThreadAndStopsWaitingWithItsNormalAnswer) {
  node_.CreateIndex("src", 1, {{"index.refresh_interval", "-1"}});
  std::vector<Running> waiting;
  for (int i = 0; i < 30; ++i) {
    waiting.push_back(Start(Indexing("src", i, 1), {.write = {.refresh = Refresh::kWaitUntil}}));
  }
  while (node_.Documents("src") < 30) std::this_thread::yield();
  EXPECT_FALSE(*Do(Indexing("src", 100, 1)).root().Find("errors")->AsBool()) << "there is a thread";
  waiting[0].task->RequestStop(kByUser);
  EXPECT_FALSE(*Answered(waiting[0]).root().Find("errors")->AsBool());
  EXPECT_EQ(waiting[0].Wait().outcome, Outcome::kDone);
  EXPECT_TRUE(waiting[0].task->completed_despite_cancel());
  node_.ShardsOf("src").at(0)->Refresh();
  for (const Running& running : waiting) {
    EXPECT_FALSE(*Answered(running).root().Find("errors")->AsBool());
  }
}

// B27: no wait of bulk[s] is without a bound, and a cancel ends it before.
TEST_F(CancelledBulk, B27WithoutEnoughCopiesFailsItsItemsAfterTheTimeout) {
  node_.CreateIndex("src");
  const Document answer =
      Do(Indexing("src", 0, 2),
         {.write = {.active_shards = 2, .timeout = base::TimeValue::Millis(1)}});
  EXPECT_EQ(Status(answer, 0), 503);
  EXPECT_TRUE(Text(Item(answer, 1).FindPath({"error", "reason"}))
                  .starts_with("[src][0] Not enough active copies to meet shard count of [2] (have "
                               "1, needed 2). Timeout: [1ms]"));
}

TEST_F(CancelledBulk, B27StoppedWhileItWaitsForCopiesEndsAtOnce) {
  node_.CreateIndex("src");
  const Running running =
      Start(Indexing("src", 0, 2),
            {.write = {.active_shards = 2, .timeout = base::TimeValue::Minutes(60)}});
  const auto shard = node_.WaitForTask("indices:data/write/bulk[s]");
  while (shard->Info(true).waits_on == nullptr) std::this_thread::yield();
  EXPECT_EQ(shard->Info(true).status, "{\"phase\":\"waiting_for_retry\"}");
  running.task->RequestStop(kByUser);
  ExpectItemsEqualWhatIsStored(Answered(running), running, "src");
  EXPECT_TRUE(Stored("src").empty());
}

TEST_F(CancelledBulk, StoppedInTheQueueHasDoneNothing) {
  node_.CreateIndex("src", 3);
  const Running running = Start(Indexing("src", 0, 20));
  running.task->RequestStop(kByUser);
  ExpectItemsEqualWhatIsStored(Answered(running), running, "src");
}

// B2: writes can be cancelled; what is under way is finished, the rest says that it was not
// executed.
TEST_F(CancelledBulk, B2StoppedBetweenUnitsTellsWhatWasDone) {
  node_.CreateIndex("src", 2);
  Gate gate;
  const engine::inject::Armed armed(Point::kPrepared,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 1000));
  gate.WaitUntilSomebodyCame(2);
  running.task->RequestStop(kByUser);
  node_.WaitUntilCancelled(std::string(names::kBulkPrimary));
  gate.Open();
  const Document answer = Answered(running);
  EXPECT_EQ(running.Wait().outcome, Outcome::kCancelled);
  ExpectItemsEqualWhatIsStored(answer, running, "src");
  EXPECT_TRUE(Stored("src").empty()) << "no unit had been sealed";
}

TEST_F(CancelledBulk, B2StoppedDuringAnAppendKeepsThatUnit) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 1000));
  gate.WaitUntilSomebodyCame();
  running.task->RequestStop(kByUser);
  EXPECT_TRUE(running.task->cancelled()) << "shown at once";
  node_.WaitUntilCancelled(std::string(names::kBulkPrimary));
  gate.Open();
  ExpectItemsEqualWhatIsStored(Answered(running), running, "src");
  EXPECT_EQ(Stored("src").size(), 200u);
}

TEST_F(CancelledBulk, StoppedWhileItsUnitWaitsForTheCommitInFrontOfItEndsAtOnce) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running first = Start(Indexing("src", 0, 10));
  gate.WaitUntilSomebodyCame();
  const Running running = Start(Indexing("src", 100, 1000));
  const auto waits = [&] {
    for (const auto& task : node_.Tasks(std::string(names::kBulkPrimary))) {
      const tasks::TaskInfo info = task->Info(true);
      if (info.waits_on && std::string_view(info.waits_on) == "journal" && info.total == 1000)
        return true;
    }
    return false;
  };
  while (!waits()) std::this_thread::yield();
  running.task->RequestStop(kByUser);
  Answered(running);  // though the gate is closed
  EXPECT_EQ(running.Wait().outcome, Outcome::kCancelled);
  gate.Open();
  EXPECT_FALSE(*Answered(first).root().Find("errors")->AsBool());
  EXPECT_EQ(Stored("src").size(), 10u);
}

TEST_F(CancelledBulk, StoppedDuringItsLastAppendIsCompleteDespiteTheCancel) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 10));
  gate.WaitUntilSomebodyCame();
  running.task->RequestStop(kByUser);
  gate.Open();
  EXPECT_FALSE(*Answered(running).root().Find("errors")->AsBool());
  EXPECT_EQ(running.Wait().outcome, Outcome::kDone);
  EXPECT_TRUE(running.task->completed_despite_cancel());
}

TEST_F(CancelledBulk, OfWhichTheLeafAloneIsStoppedTellsTheRest) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 1000));
  gate.WaitUntilSomebodyCame();
  node_.WaitForTask("indices:data/write/bulk[s][p]")->RequestStop(kByUser);
  gate.Open();
  ExpectItemsEqualWhatIsStored(Answered(running), running, "src");
}

TEST_F(CancelledBulk, WhoseJournalDidNotAnswerNamesTheUnknown) {
  node_.CreateIndex("src");
  std::atomic<int> units = 0;
  const engine::inject::Armed armed(Point::kAppended, [&](tasks::TaskContext&) {
    return units++ == 1 ? base::Status(base::Code::kOutcomeUnknown, "the journal did not answer")
                        : base::Status();
  });
  const Document answer = Do(Indexing("src", 0, 600));
  EXPECT_EQ(Status(answer, 199), 201);
  EXPECT_EQ(Status(answer, 200), 503);
  EXPECT_EQ(Text(Item(answer, 399).FindPath({"error", "type"})), "write_outcome_unknown_exception");
  EXPECT_EQ(Status(answer, 400), 503);
  EXPECT_EQ(Text(Item(answer, 400).FindPath({"error", "type"})), "unavailable_shards_exception");
}

TEST_F(CancelledBulk, OnALostNodeKnowsWhatWasDoneWhatWasNotAndWhatNobodyCanSay) {
  node_.CreateIndex("src");
  for (const bool dead : {false, true}) {
    test::PuppetPeer lost(2, dead ? test::PuppetPeer::Dead() : test::PuppetPeer::Silent());
    node_.peer_instead = &lost;
    const Running running = Start(Indexing("src", 0, 1000));
    const Document answer = Answered(running);
    node_.peer_instead = nullptr;
    EXPECT_EQ(running.Wait().outcome, dead ? Outcome::kDone : Outcome::kUnconfirmed);
    ExpectKnownUnknownAndUnsent(answer);
  }
}

TEST_F(CancelledBulk, OfAShardThatCannotBeReachedYetIsTriedAgain) {
  node_.CreateIndex("src");
  test::PuppetPeer there_soon;
  there_soon.refusals = 2;
  node_.peer_instead = &there_soon;
  const Document answer = Do(Indexing("src", 0, 1000));
  node_.peer_instead = nullptr;
  EXPECT_EQ(Status(answer, 0), 201);
  EXPECT_EQ(Status(answer, 999), 201);
  EXPECT_EQ(there_soon.operations(), 1000u);
}

TEST_F(CancelledBulk, OfAShardThatIsNeverReachedCanBeStopped) {
  node_.CreateIndex("src");
  test::PuppetPeer never;
  never.refusals = INT_MAX;
  node_.peer_instead = &never;
  const Running waiting = Start(Indexing("src", 0, 3));
  while (never.refusals > INT_MAX - 2) std::this_thread::yield();
  waiting.task->RequestStop(kByUser);
  const Document stopped = Answered(waiting);
  node_.peer_instead = nullptr;
  EXPECT_EQ(Text(Item(stopped, 2).FindPath({"error", "type"})), "task_cancelled_exception");
}

TEST_F(CancelledBulk, OfAnIndexThatIsDeletedMeanwhileWaitsNoLongerForItsShards) {
  node_.CreateIndex("src");
  test::PuppetPeer never;
  never.refusals = INT_MAX;
  node_.peer_instead = &never;
  const Running waiting = Start(Indexing("src", 0, 3));
  while (never.refusals > INT_MAX - 2) std::this_thread::yield();
  node_.DeleteIndex("src");
  node_.CreateIndex("src");
  const Document answer = Answered(waiting);
  node_.peer_instead = nullptr;
  EXPECT_EQ(Status(answer, 2), 404);
  EXPECT_EQ(Text(Item(answer, 2).FindPath({"error", "type"})), "index_not_found_exception");
}

TEST_F(CancelledBulk, RacedAgainstItsWritingTellsTheTruthEachTime) {
  for (int round = 0; round < 60; ++round) {
    const std::string index = "race" + std::to_string(round);
    node_.CreateIndex(index, 1 + round % 3);
    std::atomic<int> units = 0;
    const engine::inject::Armed armed(Point::kAppended, [&](tasks::TaskContext&) {
      ++units;
      return base::Status();
    });
    const Running running = Start(Indexing(index, 0, 900));
    while (units < round % 5 && !running.has_ended()) std::this_thread::yield();
    running.task->RequestStop(kByUser);
    ExpectItemsEqualWhatIsStored(Answered(running), running, index);
    node_.WaitUntilNothingRuns();
  }
}

TEST_F(CancelledBulk, OnAFullQueueIsRefusedAsAWhole) {
  test::TestNode::Options options;
  options.coordinator_threads = 1;
  options.queue = 1;
  test::TestNode narrow(options);
  Register(narrow.node);
  narrow.Start();
  Service service(narrow.node);
  Gate gate;
  auto held = narrow.registry.Register({.action = "test"});
  narrow.coordinator.Submit(*std::move(held),
                            [&](tasks::TaskContext& t) { return End(gate.Pass(t)); });
  gate.WaitUntilSomebodyCame();
  std::vector<Outcome> outcomes;
  std::mutex mutex;
  std::vector<std::unique_ptr<Upload>> uploads;
  for (int i = 0; i < 3; ++i) {
    auto& upload =
        uploads.emplace_back(std::make_unique<Upload>(service, BulkParams{.index = "a"}));
    ASSERT_TRUE(upload->Register(nullptr, {}).ok());
    ASSERT_TRUE(upload->Feed("{\"index\":{}}\n{}\n").ok());
    ASSERT_TRUE(upload->Whole().ok());
    upload->Execute([&](const End& end) {
      std::lock_guard lock(mutex);
      outcomes.push_back(end.outcome);
      if (end.outcome == Outcome::kFailed) {
        EXPECT_EQ(end.error.http_status(), 429);
      }
    });
  }
  gate.Open();
  narrow.WaitUntilNothingRuns();
  std::lock_guard lock(mutex);
  EXPECT_EQ(std::ranges::count(outcomes, Outcome::kFailed), 2);
}

}  // namespace
}  // namespace actions::bulk
