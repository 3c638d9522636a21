// What a bulk answers, item by item.

#include "support/bulk_fixture.h"

namespace actions::bulk {
namespace {

class Bulk : public BulkTest {};

TEST_F(Bulk, AnswersEachActionInItsPlaceAndInTheBytesOfTheContract) {
  node_.CreateIndex("src", 1, {{"index.number_of_replicas", "0"}});
  const Running running = Start(
      "{\"index\":{\"_index\":\"src\",\"_id\":\"1\"}}\n{\"n\":1}\n"
      "{\"create\":{\"_index\":\"src\",\"_id\":\"1\"}}\n{\"n\":2}\n"
      "{\"index\":{\"_index\":\"src\",\"_id\":\"1\"}}\n{\"n\":3}\n"
      "{\"update\":{\"_index\":\"src\",\"_id\":\"1\"}}\n{\"doc\":{\"m\":4}}\n"
      "{\"delete\":{\"_index\":\"src\",\"_id\":\"2\"}}\n"
      "{\"delete\":{\"_index\":\"src\",\"_id\":\"1\"}}\n");
  EXPECT_EQ(running.Wait().outcome, Outcome::kDone);
  running.request->took_millis = 7;
  std::string text;
  Answer answer(running.request);
  ASSERT_FALSE(*answer.AppendPiece(text, SIZE_MAX));
  const std::string shards = "\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}";
  EXPECT_TRUE(text.starts_with(
      "{\"took\":7,\"errors\":true,\"items\":[{\"index\":{\"_index\":\"src\",\"_id\":\"1\","
      "\"_version\":1,\"result\":\"created\"," +
      shards +
      ",\"_seq_no\":0,\"_primary_term\":1,\"status\":201}},{\"create\":{\"_index\":"
      "\"src\",\"_id\":\"1\",\"status\":409,\"error\":{\"type\":"
      "\"version_conflict_engine_exception\",\"reason\":\"[1]: version conflict, document "
      "already exists (current version [1])\""))
      << text;
  EXPECT_TRUE(
      text.ends_with("{\"delete\":{\"_index\":\"src\",\"_id\":\"1\",\"_version\":4,"
                     "\"result\":\"deleted\"," +
                     shards + ",\"_seq_no\":4,\"_primary_term\":1,\"status\":200}}]}"))
      << text;
  const auto parsed = Document::Parse(text);
  EXPECT_EQ(Text(Item(*parsed, 4).Find("result")), "not_found");
  EXPECT_EQ(Status(*parsed, 4), 404);
  EXPECT_EQ(Text(Item(*parsed, 3).Find("result")), "updated");
}

TEST_F(Bulk, MakesTheIndicesThatItNames) {
  const Document answer = Do(Indexing("a", 0, 3) + Indexing("b", 0, 2));
  EXPECT_FALSE(*answer.root().Find("errors")->AsBool());
  EXPECT_EQ(node_.Documents("a"), 3);
  EXPECT_EQ(node_.Documents("b"), 2);
}

TEST_F(Bulk, MakesNoIndexForDeletesNorWhereAnAliasIsAskedFor) {
  const Document deleted = Do("{\"delete\":{\"_index\":\"no\",\"_id\":\"1\"}}\n");
  EXPECT_EQ(Status(deleted, 0), 404);
  EXPECT_EQ(Text(Item(deleted, 0).FindPath({"error", "resource.type"})), "index_expression");
  const Document answer =
      Do("{\"index\":{\"_index\":\"no\",\"_id\":\"1\",\"require_alias\":true}}\n{}\n" +
         Indexing("no", 2, 1));
  EXPECT_EQ(
      Text(Item(answer, 0).FindPath({"error", "reason"})),
      "no such index [no] and [require_alias] request flag is [true] and [no] is not an alias");
  EXPECT_EQ(Status(answer, 1), 404);
  EXPECT_EQ(node_.cluster.state()->FindIndex("no"), nullptr);
}

TEST_F(Bulk, FailsOnlyTheItemWhoseDocumentIsBad) {
  const Document answer =
      Do("{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"n\":1}\n"
         "{\"index\":{\"_index\":\"a\",\"_id\":\"2\"}}\n{\"n\":\n"
         "{\"index\":{\"_index\":\"a\",\"_id\":\"3\"}}\n{\"n\":\"no number\"}\n"
         "{\"index\":{\"_index\":\"a\",\"_id\":\"4\"}}\n\n"
         "{\"index\":{\"_index\":\"A\",\"_id\":\"5\"}}\n{}\n"
         "{\"index\":{\"_index\":\"a\",\"_id\":\"\"}}\n{}\n"
         "{\"index\":{\"_index\":\"a\",\"pipeline\":\"p\"}}\n{}\n"
         "{\"index\":{\"_index\":\"a\",\"_id\":\"6\"}}\n{\"n\":6}\n");
  EXPECT_EQ(Status(answer, 0), 201);
  EXPECT_EQ(Text(Item(answer, 1).FindPath({"error", "type"})), "mapper_parsing_exception");
  EXPECT_EQ(Text(Item(answer, 2).FindPath({"error", "type"})), "mapper_parsing_exception");
  EXPECT_EQ(Text(Item(answer, 3).FindPath({"error", "type"})), "mapper_parsing_exception");
  EXPECT_EQ(Text(Item(answer, 4).FindPath({"error", "type"})), "invalid_index_name_exception");
  EXPECT_EQ(Text(Item(answer, 5).FindPath({"error", "reason"})),
            "if _id is specified it must not be empty");
  EXPECT_EQ(Text(Item(answer, 6).FindPath({"error", "reason"})),
            "pipeline with id [p] does not exist");
  EXPECT_TRUE(Item(answer, 6).Find("_id")->IsNull());
  EXPECT_EQ(Status(answer, 7), 201);
  EXPECT_NE(answer.root().Find("ingest_took"), nullptr);
}

TEST_F(Bulk, MakesIdsOfTwentyCharacters) {
  const Document answer =
      Do("{\"index\":{\"_index\":\"a\"}}\n{}\n{\"create\":{\"_index\":\"a\"}}\n{}\n");
  EXPECT_EQ(Item(answer, 0).Find("_id")->text().size(), 20u);
  EXPECT_NE(Item(answer, 0).Find("_id")->text(), Item(answer, 1).Find("_id")->text());
  EXPECT_EQ(Stored("a").size(), 2u);
}

TEST_F(Bulk, RefusesTheWholeRequestForABadUpdate) {
  EXPECT_EQ(Refused(Indexing("a", 0, 2) +
                    "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"docs\":{}}\n")
                .reason(),
            "[1:2] [UpdateRequest] unknown field [docs] did you mean [doc]?");
  EXPECT_EQ(Refused("{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{}\n").reason(),
            "Validation Failed: 1: script or doc is missing;");
  EXPECT_EQ(node_.cluster.state()->FindIndex("a"), nullptr) << "nothing had been done";
}

TEST_F(Bulk, AnswersAnUpdateWithItsSource) {
  const Document answer =
      Do("{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"n\":1,\"m\":2}\n"
         "{\"update\":{\"_index\":\"a\",\"_id\":\"1\",\"_source\":\"n\"}}\n{\"doc\":{\"n\":5}}\n"
         "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"doc\":{\"n\":6},\"_source\":true}\n"
         "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"doc\":{\"n\":6}}\n"
         "{\"update\":{\"_index\":\"a\",\"_id\":\"9\"}}\n{\"doc\":{\"n\":6}}\n"
         "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"script\":\"ctx\"}\n");
  EXPECT_EQ(Item(answer, 1).FindPath({"get", "_source"})->ToString(), "{\"n\":5}");
  EXPECT_EQ(Item(answer, 2).FindPath({"get", "_source"})->ToString(), "{\"n\":6,\"m\":2}");
  EXPECT_EQ(Text(Item(answer, 3).Find("result")), "noop");
  EXPECT_EQ(Text(Item(answer, 4).FindPath({"error", "type"})), "document_missing_exception");
  EXPECT_EQ(Status(answer, 5), 400);
}

TEST_F(Bulk, KeepsTheOrderOfOperationsOnOneId) {
  std::string text;
  for (int i = 0; i < 700; ++i) {
    text += "{\"index\":{\"_index\":\"a\",\"_id\":\"" + std::to_string(i % 3) +
            "\"}}\n{\"n\":" + std::to_string(i) + "}\n";
  }
  const Document answer = Do(text);
  for (int i = 0; i < 700; ++i) {
    ASSERT_EQ(*Item(answer, static_cast<std::size_t>(i)).Find("_version")->AsInt64(), 1 + i / 3);
  }
}

TEST_F(Bulk, KeepsTheOrderOfOperationsOnOneIdUnderSeveralNamesOfItsIndex) {
  node_.CreateIndex("a", 2, {}, {{"also", "{}"}});
  std::string text;
  for (int i = 0; i < 700; ++i) {
    text += "{\"index\":{\"_index\":\"" + std::string(i % 2 == 0 ? "a" : "also") + "\",\"_id\":\"" +
            std::to_string(i % 3) + "\"}}\n{\"n\":1}\n";
  }
  const Document answer = Do(text);
  for (int i = 0; i < 700; ++i) {
    ASSERT_EQ(*Item(answer, static_cast<std::size_t>(i)).Find("_version")->AsInt64(), 1 + i / 3);
  }
}

class OneWriteThread : public BulkTest {
 protected:
  OneWriteThread() : BulkTest({.write_threads = 1}) {}
};

TEST_F(OneWriteThread, IsLeftToASmallRequestBeforeALargeOneHasEnded) {
  node_.CreateIndex("src");
  std::atomic<int> units = 0;
  Gate first, second;
  const engine::inject::Armed armed(Point::kPrepared, [&](tasks::TaskContext& task) {
    if (!task.spec().description->starts_with("requests[1000]")) return base::Status();
    return ++units == 1 ? first.Pass(task) : second.Pass(task);
  });
  const Running large = Start(Indexing("src", 0, 1000));
  first.WaitUntilSomebodyCame();
  const Running small = Start(Indexing("src", 5000, 20));
  while (node_.node.pools.write.stats().queue == 0) std::this_thread::yield();
  first.Open();
  EXPECT_EQ(Status(Answered(small), 0), 201);
  EXPECT_FALSE(large.end->has_value());
  second.Open();
  const Document answer = Answered(large);
  EXPECT_FALSE(*answer.root().Find("errors")->AsBool());
  EXPECT_EQ(Stored("src").size(), 1020u);
}

TEST_F(OneWriteThread, IsNotNeededByALargeRequestThatKeepsNobodyWaiting) {
  node_.CreateIndex("src");
  Gate unit, thread;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& task) { return unit.Pass(task); });
  const Running large = Start(Indexing("src", 0, 1000));
  unit.WaitUntilSomebodyCame();
  node_.node.pools.write.Submit(*node_.registry.Register({.action = "test"}),
                                [&](tasks::TaskContext& task) { return End(thread.Pass(task)); });
  thread.WaitUntilSomebodyCame();
  unit.Open();
  EXPECT_FALSE(*Answered(large).root().Find("errors")->AsBool());
  thread.Open();
  while (node_.registry.size() > 0) std::this_thread::yield();  // it has passed the gate
  EXPECT_EQ(Stored("src").size(), 1000u);
}

}  // namespace
}  // namespace actions::bulk
