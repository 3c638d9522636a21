#include <future>

#include "engine/shard/shard_fixture.h"
#include "engine/shard/shard_owners.h"
#include "support/other_process.h"

namespace engine {
namespace {

using base::Code;
using tasks::UnitOutcome;

class AShard : public ShardFixture {};

TEST_F(AShard, TellsWhatBecameOfEachWrite) {
  OperationResult result = WriteOne(Operations().Index("a", R"({"x": 1})"));
  EXPECT_EQ(result.outcome, UnitOutcome::kDone);
  EXPECT_EQ(result.result, OpResult::kCreated);
  EXPECT_EQ(result.seq_no, 0);
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.primary_term, 1);

  result = WriteOne(Operations().Index("a", R"({"x": 2})"));
  EXPECT_EQ(result.result, OpResult::kUpdated);
  EXPECT_EQ(result.seq_no, 1);
  EXPECT_EQ(result.version, 2);

  result = WriteOne(Operations().Delete("a"));
  EXPECT_EQ(result.result, OpResult::kDeleted);
  EXPECT_EQ(result.version, 3);

  result = WriteOne(Operations().Create("a"));
  EXPECT_EQ(result.result, OpResult::kCreated);
  EXPECT_EQ(result.version, 4) << "a deleted document's versions are gone on with";
  EXPECT_EQ(OpResultName(result.result), "created");
}

TEST_F(AShard, CountsTheDeleteOfWhatIsNotThereAsAVersion) {
  OperationResult result = WriteOne(Operations().Delete("nobody"));
  EXPECT_EQ(result.outcome, UnitOutcome::kDone);
  EXPECT_EQ(result.result, OpResult::kNotFound);
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.seq_no, 0);
  EXPECT_EQ(WriteOne(Operations().Delete("nobody")).version, 2);
  EXPECT_EQ(shard_->live_documents(), 0);
  EXPECT_EQ(shard_->deleted_documents(), 1);
}

TEST_F(AShard, IsLeftBetweenTwoUnitsByWhoeverHasToGiveWay) {
  LoneTask task;
  Operations operations;
  for (int i = 0; i < 500; ++i) operations.Index("d" + std::to_string(i), "{}");
  leave_after_ = 200;
  const Written written = Write(task, operations);
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(written.settled, std::vector<std::size_t>{200});
  EXPECT_EQ(Stored().size(), 200u);
}

TEST_F(AShard, KeepsWhatItWasGivenByteForByte) {
  const std::string source = "{ \"a\" :\t1.0,\n\"b\":\"\\u00e4\"}";
  WriteOne(Operations().Add({.id = "a", .routing = "r", .source = source}));
  const GetResult got = Get("a");
  EXPECT_TRUE(got.found);
  EXPECT_EQ(got.source, source);
  EXPECT_EQ(got.routing, "r");
  EXPECT_EQ(got.version, 1);
  EXPECT_EQ(got.seq_no, 0);
  EXPECT_EQ(got.primary_term, 1);
  EXPECT_FALSE(Get("b").found);
}

TEST_F(AShard, SaysWhereAConflictWas) {
  WriteOne(Operations().Index("a"));
  const OperationResult result = WriteOne(Operations().Create("a"));
  EXPECT_EQ(result.outcome, UnitOutcome::kNotDone);
  EXPECT_EQ(result.error.reason(),
            "[a]: version conflict, document already exists (current version [1])");
  const auto& extras = result.error.extras();
  ASSERT_EQ(extras.size(), 3u);
  EXPECT_EQ(extras[0].key + "=" + extras[0].value, "index=books");
  EXPECT_EQ(extras[1].key + "=" + extras[1].value, "shard=3");
  EXPECT_EQ(extras[2].key + "=" + extras[2].value, "index_uuid=uuid-of-books");
  EXPECT_EQ(shard_->max_seq_no(), 0) << "a conflict takes no number";
}

TEST_F(AShard, ShowsOperationsOfAUnitToEachOther) {
  LoneTask task;
  const Written written = Write(task, Operations()
                                          .Create("a", R"({"n":1})")
                                          .Create("a")
                                          .Index("a", R"({"n":2})")
                                          .Delete("a")
                                          .Delete("a")
                                          .Create("a", R"({"n":3})")
                                          .Add({.id = "a", .if_seq_no = 3, .if_primary_term = 1})
                                          .Index("b"));
  ASSERT_TRUE(written.status.ok());
  EXPECT_EQ(written.settled, std::vector<std::size_t>{8}) << "one unit";
  std::string told;
  for (const OperationResult& result : written.results) {
    told += result.error.ok() ? std::string(OpResultName(result.result)) + ":" +
                                    std::to_string(result.version) + " "
                              : "conflict ";
  }
  EXPECT_EQ(told,
            "created:1 conflict updated:2 deleted:3 not_found:4 created:5 conflict created:1 ");
  EXPECT_EQ(Stored(), (std::map<std::string, std::string>{{"a", R"({"n":3})"}, {"b", "{}"}}));
  EXPECT_TRUE(shard_.OpenAgain().ok()) << "the journal agrees";
}

TEST_F(AShard, ShowsAnUpdateWhatStandsBeforeItInTheRequest) {
  LoneTask task;
  const Written written = Write(task, Operations()
                                          .Index("a", R"({"n":1})")
                                          .Update("a", R"({"doc":{"m":2}})")
                                          .Update("a", R"({"doc":{"m":2}})")
                                          .Delete("a")
                                          .Update("a", R"({"doc":{"m":2}})"));
  ASSERT_TRUE(written.status.ok());
  EXPECT_EQ(written.results[1].result, OpResult::kUpdated);
  EXPECT_EQ(written.results[2].result, OpResult::kNoop);
  EXPECT_EQ(written.results[2].version, 2);
  EXPECT_EQ(written.results[4].error.type(), "document_missing_exception");
  EXPECT_EQ(written.results[4].error.extras().size(), 3u);
}

TEST_F(AShard, FailsOneOperationAndNotItsNeighbours) {
  shard_.options.max_document_bytes = 100;
  ASSERT_TRUE(shard_.OpenAgain().ok());
  LoneTask task;
  const Written written =
      Write(task, Operations()
                      .Index("a")
                      .Index("b", R"({"bad":1})")
                      .Index("c", R"({"long":")" + std::string(100, 'x') + R"("})")
                      .Update("d", "nonsense")
                      .Index("e"));
  ASSERT_TRUE(written.status.ok());
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kDone);
  EXPECT_EQ(written.results[1].error.type(), "mapper_parsing_exception");
  EXPECT_EQ(written.results[2].error.http_status(), 400);
  EXPECT_NE(written.results[2].error.reason().find("index.max_document_bytes"), std::string::npos);
  EXPECT_EQ(written.results[3].error.http_status(), 400);
  EXPECT_EQ(written.results[4].outcome, UnitOutcome::kDone);
  EXPECT_EQ(written.results[4].seq_no, 1);
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(AShard, WritesInUnitsOfBoundedLength) {
  Operations operations;
  for (int i = 0; i < 450; ++i) operations.Index("small" + std::to_string(i));
  LoneTask task;
  EXPECT_EQ(Write(task, operations).settled, (std::vector<std::size_t>{200, 400, 450}));

  Operations large;
  const std::string document = "{\"x\":\"" + std::string(60 << 10, 'x') + "\"}";
  for (int i = 0; i < 5; ++i) large.Index("large" + std::to_string(i), document);
  EXPECT_EQ(Write(task, large).settled, (std::vector<std::size_t>{2, 4, 5}));

  const std::string huge = "{\"x\":\"" + std::string(1 << 20, 'x') + "\"}";
  EXPECT_EQ(Write(task, Operations().Index("a").Index("huge", huge).Index("b")).settled,
            (std::vector<std::size_t>{1, 2, 3}))
      << "a large one is its own";
}

TEST_F(AShard, GivesADocumentThatAnUpdateMadeLargeItsOwnUnit) {
  const std::string huge = "{\"x\":\"" + std::string(1 << 20, 'x') + "\"}";
  WriteOne(Operations().Index("huge", huge));
  LoneTask task;
  EXPECT_EQ(
      Write(task, Operations().Index("a").Update("huge", R"({"doc":{"y":1}})").Index("b")).settled,
      (std::vector<std::size_t>{1, 2, 3}));
}

TEST_F(AShard, AddsNewFieldsToTheMappingOnce) {
  LoneTask task;
  const Written written = Write(task, Operations()
                                          .Index("a", R"({"new_x":1})")
                                          .Index("b", R"({"new_x":1})")
                                          .Index("c", R"({"new_y":1})"));
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(shard_.mapping->extensions(), 2);
  EXPECT_EQ(written.results[2].outcome, UnitOutcome::kDone);
}

TEST_F(AShard, ObeysSettingsThatChangeWhileItIsOpen) {
  LoneTask task;
  const std::string document = R"({"a":"0123456789"})";
  Shard::Options changed = shard_->options();
  changed.max_document_bytes = document.size() - 1;
  shard_->ChangeSettings(changed);
  const Written refused = Write(task, Operations().Index("a", document));
  EXPECT_EQ(refused.results[0].error.http_status(), 400);
  changed.max_document_bytes = document.size();
  shard_->ChangeSettings(changed);
  const Written written = Write(task, Operations().Index("a", document));
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kDone);
}

TEST_F(AShard, FailsTheOperationWhoseFieldIsRefused) {
  shard_.mapping->before_extend = [](tasks::TaskContext&) {
    return base::IllegalArgument("Limit of total fields [1000] has been exceeded");
  };
  LoneTask task;
  const Written written = Write(task, Operations().Index("a", R"({"new_x":1})").Index("b"));
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(written.results[0].error.http_status(), 400);
  EXPECT_EQ(written.results[1].outcome, UnitOutcome::kDone);
}

TEST_F(AShard, AnswersAnUpdateWithItsNewSourceIfAsked) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  const auto update = [&](std::string_view body) {
    return WriteOne(Operations().Add(
        {.type = OpType::kUpdate, .id = "a", .source = body, .want_source = true}));
  };
  EXPECT_EQ(update(R"({"doc":{"m":2}})").source, R"({"n":1,"m":2})");
  EXPECT_EQ(update(R"({"doc":{"m":2}})").source, R"({"n":1,"m":2})") << "a noop as well";
  EXPECT_FALSE(update(R"({"doc":{"bad":2}})").source);
}

TEST_F(AShard, TakesGeneratedIdsWithoutLooking) {
  LoneTask task;
  Operations operations;
  for (int i = 0; i < 10; ++i) {
    operations.Add({.type = OpType::kCreate,
                    .generated_id = true,
                    .id = "generated" + std::to_string(i),
                    .source = "{}"});
  }
  EXPECT_TRUE(Write(task, operations).status.ok());
  EXPECT_EQ(Stored().size(), 10u);
  EXPECT_EQ(WriteOne(Operations().Create("generated3")).error.http_status(), 409);
}

TEST_F(AShard, ShowsByItsViewWhatTheLastRefreshShowed) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  EXPECT_EQ(shard_->refreshed_seq_no(), -1);
  EXPECT_EQ(shard_->refreshed_documents(), 0);
  EXPECT_FALSE(Get("a", false).found);
  EXPECT_TRUE(Get("a", true).found);

  shard_->Refresh();
  EXPECT_EQ(shard_->refreshed_seq_no(), 0);
  EXPECT_EQ(shard_->refreshed_documents(), 1);
  WriteOne(Operations().Index("a", R"({"n":2})"));
  WriteOne(Operations().Index("b"));
  EXPECT_EQ(Get("a", false).source, R"({"n":1})");
  EXPECT_EQ(Get("a", true).source, R"({"n":2})");
  EXPECT_FALSE(Get("b", false).found);
  WriteOne(Operations().Delete("a"));
  EXPECT_TRUE(Get("a", false).found);
  shard_->Refresh();
  EXPECT_FALSE(Get("a", false).found);
  EXPECT_EQ(shard_->refreshed_documents(), 1);
  EXPECT_EQ(shard_->deleted_documents(), 1);
}

TEST_F(AShard, RefreshesToWholeGroupsWhileItIsWritten) {
  std::atomic<bool> stop = false;
  auto writing = std::async(std::launch::async, [&] {
    LoneTask task;
    for (int i = 0; i < 200; ++i) {
      Operations operations;
      for (int k = 0; k < 10; ++k) operations.Index("id" + std::to_string(i * 10 + k));
      EXPECT_TRUE(Write(task, operations).status.ok());
    }
    stop = true;
  });
  while (!stop) {
    shard_->Refresh();
    const std::int64_t before = shard_->refreshed_seq_no();
    EXPECT_EQ(before % 10, 9 * (before >= 0) - (before < 0)) << "a unit is seen whole";
    const std::int64_t documents = shard_->refreshed_documents();
    EXPECT_GE(documents, before + 1);
    if (before >= 0) {
      EXPECT_TRUE(Get("id" + std::to_string(before), false).found);
    }
  }
  writing.get();
  shard_->Refresh();
  EXPECT_EQ(shard_->refreshed_documents(), 2000);
}

TEST_F(AShard, GoesOnWhereItWasWhenItIsOpenedAgain) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  WriteOne(Operations().Index("b"));
  WriteOne(Operations().Delete("b"));
  ASSERT_TRUE(shard_.OpenAgain().ok());
  EXPECT_EQ(shard_->max_seq_no(), 2);
  EXPECT_EQ(shard_->live_documents(), 1);
  EXPECT_EQ(shard_->deleted_documents(), 1);
  EXPECT_EQ(shard_->refreshed_documents(), 1) << "opened is refreshed";
  EXPECT_EQ(Get("a").source, R"({"n":1})");
  const OperationResult result = WriteOne(Operations().Index("a"));
  EXPECT_EQ(result.seq_no, 3);
  EXPECT_EQ(result.version, 2);
}

TEST_F(AShard, IsNotOpenedWithADamagedJournal) {
  WriteOne(Operations().Index("a"));
  journal::NodeStore::Batch batch;
  batch.Delete(journal::Family::kDocs, std::string("\0\0\0\0\0\0\0\x2a\0\0\0\0\0\0\0\0", 16));
  ASSERT_TRUE(shard_.store().WriteNow(batch, journal::Durability::kSynced).ok());
  EXPECT_EQ(shard_.OpenAgain().type(), "corrupt_journal_exception");
}

TEST_F(AShard, LeavesNothingBehindOnceItsStoreHasWrittenItsFilesAnewWhenItIsDiscarded) {
  for (int i = 0; i < 500; ++i) WriteOne(Operations().Index(base::RandomId(), R"({"x":"y"})"));
  journal::NodeStore& store = shard_.store();
  LoneTask task;
  ASSERT_TRUE(store.Flush(task).ok());
  for (int i = 0; i < 500; ++i) WriteOne(Operations().Index(base::RandomId(), R"({"x":"y"})"));
  ASSERT_TRUE(Discard(store, 42, "uuid").ok());
  ASSERT_EQ(ShardOwners(store)->size(), 1u);
  EXPECT_TRUE(ShardOwners(store)->front().of_no_use) << "for the next process";
  ASSERT_TRUE(store.Flush(task).ok());
  const std::string end(30, '\xff');
  for (const auto family : {journal::Family::kDocs, journal::Family::kIds, journal::Family::kLog}) {
    ASSERT_TRUE(store.Compact(task, family, "", end).ok());
    EXPECT_FALSE(store.Last(family, "", end)->has_value());
  }
  ASSERT_TRUE(Discard(store, 42, "uuid").ok());
  EXPECT_EQ(ShardOwners(store)->size(), 1u) << "it may still be written to";
  shard_.CloseShard();
  ASSERT_TRUE(Discard(store, 42, "uuid").ok());
  EXPECT_TRUE(ShardOwners(store)->empty());
  EXPECT_FALSE(store.Discards(std::string("\0\0\0\0\0\0\0\x2a", 8)));
}

TEST_F(AShard, IsForgottenAfterOthersWereDiscarded) {
  journal::NodeStore& store = shard_.store();
  for (std::uint64_t key = 1'000; key > 100; --key) {
    ASSERT_TRUE(Discard(store, key, "uuid").ok());
    ASSERT_LE(ShardOwners(store)->size(), 3u) << "it, the one before, and the shard that is open";
  }
  EXPECT_FALSE(ShardOwners(store)->front().of_no_use) << "the shard that is open";
}

TEST_F(AShard, ThatIsWrittenToWhenItIsDiscardedLeavesNothingBehindEither) {
  journal::NodeStore& store = shard_.store();
  ASSERT_TRUE(Discard(store, 42, "uuid").ok());
  for (std::uint64_t key = 41; key > 1; --key) ASSERT_TRUE(Discard(store, key, "uuid").ok());
  WriteOne(Operations().Index("late"));
  EXPECT_EQ(OwnerOf(store, 42)->of_no_use, true) << "nobody forgets it";
  LoneTask task;
  ASSERT_TRUE(store.Flush(task).ok());
  EXPECT_FALSE(store.Last(journal::Family::kDocs, "", std::string(30, '\xff'))->has_value());
}

TEST_F(AShard, ThatIsReadWhileItIsDiscardedSaysThatItsIndexIsGone) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  journal::NodeStore& store = shard_.store();
  ASSERT_TRUE(Discard(store, 42, "uuid").ok());
  LoneTask task;
  // Documents are left out, their ids not yet.
  ASSERT_TRUE(store.Compact(task, journal::Family::kDocs, "", std::string(30, '\xff')).ok());
  EXPECT_EQ(shard_->Get(task, "a", true).status().type(), "index_not_found_exception");
  const OperationResult updated = WriteOne(Operations().Update("a", R"({"doc":{"n":2}})"));
  EXPECT_EQ(updated.error.type(), "index_not_found_exception");
}

TEST_F(AShard, VisitsItsDocumentsInTheOrderOfTheirWritingUntilToldToStop) {
  for (const char* id : {"c", "a", "b", "c"}) WriteOne(Operations().Index(id));
  WriteOne(Operations().Delete("a"));
  LoneTask task;
  std::string seen;
  ASSERT_TRUE(shard_
                  ->ForEachDocument(task,
                                    [&](std::string_view id, const GetResult& document) {
                                      seen += std::string(id) + std::to_string(document.version);
                                      return seen.size() < 4;
                                    })
                  .ok());
  EXPECT_EQ(seen, "b1c2");
  task.Stop();
  EXPECT_EQ(shard_->ForEachDocument(task, [](auto, const auto&) { return true; }).code(),
            Code::kCancelled);
  EXPECT_EQ(shard_->Get(task, "a", true).status().code(), Code::kCancelled);
}

TEST(OtherProcessOfShard, DISABLED_Writes) {
  auto store = *journal::NodeStore::Open({.path = OtherProcess::Argument()});
  auto shard =
      *Shard::Open(*store, {.index = "books", .key = 42}, std::make_shared<GrowingMapping>());
  LoneTask task;
  for (std::int64_t i = 0;; ++i) {
    Operations operations;
    for (int k = 0; k < 20; ++k) operations.Index("id" + std::to_string((i * 20 + k) % 997));
    std::vector<OperationResult> results(operations.size());
    ASSERT_TRUE(shard->Write(task, operations.span(), results, nullptr).ok());
    OtherProcess::Tell(results.back().seq_no);
  }
}

TEST_F(AShard, HasEverythingItAcknowledgedWhenItsProcessIsKilled) {
  for (int round = 0; round < 3; ++round) {
    const std::int64_t before = shard_->max_seq_no();
    shard_.Close();
    OtherProcess other("OtherProcessOfShard.DISABLED_Writes", shard_.path());
    std::int64_t last = -1;
    while (last < before + 1000) {
      const auto heard = other.Hear();
      ASSERT_TRUE(heard);
      last = *heard;
    }
    other.Kill();
    for (auto more = other.Hear(); more; more = other.Hear()) last = *more;
    ASSERT_TRUE(shard_.OpenAgain().ok());
    EXPECT_GE(shard_->max_seq_no(), last);
    EXPECT_EQ(shard_->max_seq_no() % 20, 19) << "a unit is there whole or not at all";
    Stored();
  }
}

}  // namespace
}  // namespace engine
