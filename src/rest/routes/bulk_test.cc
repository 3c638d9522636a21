// Bulk requests as HTTP brings them: slow, cancelled, abandoned, in every form an answer may have.

#include "rest/routes/bulk.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <future>

#include "actions/bulk/bulk.h"
#include "actions/bulk/spill_buffer.h"
#include "base/json/tree.h"
#include "support/scripted_exchange.h"
#include "support/test_node.h"

namespace rest::routes {
namespace {

using base::json::Document;
using test::ScriptedExchange;

const tasks::Stop kByUser{tasks::StopCause::kUser, "by user request", "", 0, 0};

class BulkRoute : public testing::Test {
 protected:
  explicit BulkRoute(test::TestNode::Options options = {}) : node_(std::move(options)) {
    actions::bulk::Register(node_.node);
    node_.Start();
    AddBulkRoutes(router_, node_.node);
  }

  std::shared_ptr<ScriptedExchange> Open(std::string_view target = "/src/_bulk",
                                         std::optional<std::uint64_t> length = {}) {
    auto exchange = std::make_shared<ScriptedExchange>("POST", target, length);
    router_.Handle(exchange);
    return exchange;
  }
  std::shared_ptr<ScriptedExchange> Do(std::string_view body,
                                       std::string_view target = "/src/_bulk") {
    auto exchange = Open(target, body.size());
    exchange->Send(body);
    exchange->EndBody();
    exchange->Answer();
    return exchange;
  }
  static std::string Indexing(int from, int count, std::size_t bytes = 20) {
    std::string text;
    for (int i = from; i < from + count; ++i) {
      text += "{\"index\":{\"_id\":\"" + std::to_string(i) + "\"}}\n{\"t\":\"" +
              std::string(bytes, 'x') + "\"}\n";
    }
    return text;
  }
  static Document Json(const std::string& text) {
    auto parsed = Document::Parse(text);
    EXPECT_TRUE(parsed.ok()) << text.substr(0, 300);
    return *std::move(parsed);
  }
  static std::size_t Items(const Document& answer) {
    return answer.root().Find("items")->items().size();
  }
  static std::string Reason(ScriptedExchange& exchange) {
    const Document answer = Json(exchange.Answer().body);
    const auto* reason = answer.root().FindPath({"error", "reason"});
    return reason ? std::string(reason->text()) : "(none)";
  }

  test::TestNode node_;
  Router router_;
};

TEST_F(BulkRoute, AnswersInTheBytesThatFluentBitLooksFor) {
  const auto exchange = Do(Indexing(0, 2));
  const http::Response& answer = exchange->Answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json; charset=UTF-8");
  EXPECT_TRUE(answer.body.starts_with("{\"took\":")) << answer.body;
  EXPECT_NE(
      answer.body.find(",\"errors\":false,\"items\":[{\"index\":{\"_index\":\"src\",\"_id\":\"0\","
                       "\"_version\":1,\"result\":\"created\",\"_shards\":{"),
      std::string::npos);
  EXPECT_EQ(node_.Documents("src"), 2);
}

TEST_F(BulkRoute, AnswersInOtherFormsToo) {
  const std::string pretty = Do(Indexing(0, 2), "/src/_bulk?pretty")->Answer().body;
  EXPECT_TRUE(pretty.starts_with("{\n  \"took\" : ")) << pretty;
  EXPECT_NE(pretty.find("      \"index\" : {\n        \"_index\" : \"src\""), std::string::npos);
  EXPECT_EQ(
      Do(Indexing(0, 2), "/src/_bulk?filter_path=errors,items.*.status")->Answer().body,
      "{\"errors\":false,\"items\":[{\"index\":{\"status\":200}},{\"index\":{\"status\":200}}]}");
  EXPECT_TRUE(Do(Indexing(0, 1), "/src/_bulk?format=yaml")->Answer().body.starts_with("---\n"));
}

TEST_F(BulkRoute, RefusesParametersBeforeAByteIsRead) {
  const auto refusal = [&](std::string_view query) {
    return Reason(*Open("/src/_bulk?" + std::string(query)));
  };
  EXPECT_EQ(refusal("refresh=x"), "Unknown value for refresh: [x].");
  EXPECT_EQ(refusal("routin=x"),
            "request [/src/_bulk] contains unrecognized parameter: [routin] -> did you mean "
            "[routing]?");
  EXPECT_EQ(refusal("wait_for_active_shards=some"), "cannot parse ActiveShardCount[some]");
  EXPECT_EQ(refusal("timeout=5"),
            "failed to parse setting [timeout] with value [5] as a time value: unit is missing or "
            "unrecognized");
  EXPECT_EQ(refusal("require_alias=maybe"),
            "Failed to parse value [maybe] as only [true] or [false] are allowed.");
  EXPECT_EQ(node_.registry.size(), 0u);
}

TEST_F(BulkRoute, RefusesABadBodyWithNothingWritten) {
  EXPECT_EQ(Reason(*Do("")), "request body is required");
  EXPECT_EQ(Reason(*Do(Indexing(0, 300) + "{\"a\":{}}\n")),
            "Malformed action/metadata line [601], expected one of [create, delete, index, update] "
            "but found [a]");
  EXPECT_EQ(Reason(*Do(Indexing(0, 3) + "{\"index\":{}}\n{}")),
            "The bulk request must be terminated by a newline [\\n]");
  EXPECT_EQ(node_.cluster.state()->FindIndex("src"), nullptr);
  EXPECT_EQ(node_.registry.size(), 0u);
}

TEST_F(BulkRoute, IsATaskFromItsHeadOnAndTellsHowFarItIs) {
  const auto exchange = Open("/src/_bulk", 1000);
  const std::string body = Indexing(0, 3) + "{\"delete\":{\"_index\":\"dst\",\"_id\":\"1\"}}\n";
  const auto task = node_.Tasks("indices:data/write/bulk").at(0);
  EXPECT_EQ(task->Info(true).description, "bulk request to [src]");
  exchange->Send(body);
  const tasks::TaskInfo info = task->Info(true);
  EXPECT_EQ(info.description, "bulk request to [src, dst]");
  EXPECT_STREQ(info.phase, "receiving body");
  EXPECT_STREQ(info.unit, "bytes");
  EXPECT_EQ(info.done, static_cast<std::int64_t>(body.size()));
  EXPECT_EQ(info.total, 1000);
  EXPECT_EQ(info.origin->remote_address, "127.0.0.1:0");
  tasks::TaskFilter filter;
  filter.index = "dst";
  EXPECT_TRUE(filter.Matches(*task));
  exchange->Leave();
}

TEST_F(BulkRoute, CancelledDuringTheUploadEndsAtOnceAndAnswersOneItemPerAction) {
  const auto exchange = Open();
  exchange->Send(Indexing(0, 100));
  exchange->Send("{\"index\":{\"_id\":\"half");
  const auto task = node_.Tasks("indices:data/write/bulk").at(0);
  task->RequestStop(kByUser);
  exchange->RunPosted();
  EXPECT_EQ(node_.registry.size(), 0u) << "the task does not wait for the body";
  EXPECT_TRUE(exchange->drains());
  EXPECT_TRUE(exchange->hurries());
  EXPECT_FALSE(exchange->answered());
  exchange->Send("\"}}\n{}\n" + Indexing(200, 50));
  exchange->EndBody();
  const Document answer = Json(exchange->Answer().body);
  EXPECT_EQ(exchange->Answer().status, 200);
  EXPECT_TRUE(*answer.root().Find("errors")->AsBool());
  ASSERT_EQ(Items(answer), 151u);
  const auto& item = *answer.root().Find("items")->items()[100]->Find("index");
  EXPECT_EQ(item.Find("_id")->text(), "half");
  EXPECT_EQ(item.Find("status")->text(), "500");
  EXPECT_EQ(item.FindPath({"error", "reason"})->text(),
            "cancelled task with reason: by user request, not executed");
  EXPECT_FALSE(exchange->closes());
  EXPECT_EQ(node_.cluster.state()->FindIndex("src"), nullptr);
}

TEST_F(BulkRoute, CancelledDuringTheUploadClosesPolitelyWhenTooMuchWouldCome) {
  const auto exchange = Open();
  exchange->Send(Indexing(0, 10));
  node_.Tasks("indices:data/write/bulk").at(0)->RequestStop(kByUser);
  exchange->RunPosted();
  const base::Status limit(500, "drain_limit_exception", "as the server says it");
  ASSERT_TRUE(http::IsDrainLimit(limit));
  exchange->EndBody(limit);
  EXPECT_EQ(exchange->Answer().status, 500);
  EXPECT_EQ(Reason(*exchange), "cancelled task with reason: by user request");
  EXPECT_TRUE(exchange->closes());
}

TEST_F(BulkRoute, WhoseClientLeavesDuringTheUploadHasNoEffect) {
  const auto exchange = Open();
  exchange->Send(Indexing(0, 100));
  const auto task = node_.Tasks("indices:data/write/bulk").at(0);
  exchange->Leave();
  EXPECT_EQ(node_.registry.size(), 0u);
  EXPECT_EQ(task->stop()->cause, tasks::StopCause::kClientGone);
  EXPECT_EQ(task->stop()->reason, "channel closed");
  EXPECT_TRUE(Reason(*exchange).starts_with("cancelled task with reason: ")) << "it may still read";
  EXPECT_EQ(exchange.use_count(), 1) << "nothing else keeps the connection";
  EXPECT_EQ(node_.cluster.state()->FindIndex("src"), nullptr);
}

TEST_F(BulkRoute, WhoseClientLeavesAfterTheBodyRunsOnUnlessAskedNotTo) {
  for (const bool cancels : {false, true}) {
    const auto exchange = Open(cancels ? "/src/_bulk?refresh=wait_for&cancel_on_disconnect=true"
                                       : "/src/_bulk?refresh=wait_for");
    exchange->Send(Indexing(cancels, 1));
    const auto task = node_.Tasks("indices:data/write/bulk").at(0);
    exchange->EndBody();
    exchange->Leave();
    EXPECT_EQ(task->cancelled(), cancels);
    exchange->Answer();
    node_.WaitUntilNothingRuns();
  }
  EXPECT_GE(node_.Documents("src"), 1);
}

TEST_F(BulkRoute, WhoseBodyBreaksOffFailsWithWhatTheServerSays) {
  const auto exchange = Open();
  exchange->Send(Indexing(0, 100));
  exchange->EndBody(base::Status(408, "receive_timeout_exception", "no byte for a minute"));
  EXPECT_EQ(exchange->Answer().status, 408);
  EXPECT_EQ(node_.registry.size(), 0u);
}

TEST_F(BulkRoute, StreamsALongAnswerInSmallPieces) {
  const auto exchange = Do(Indexing(0, 3000));
  EXPECT_LE(exchange->longest_piece(), 64u << 10);
  EXPECT_GT(exchange->longest_piece(), 0u) << "it was streamed";
  EXPECT_EQ(Items(Json(exchange->Answer().body)), 3000u);
}

TEST_F(BulkRoute, StreamsLongDocumentsInSmallPiecesToo) {
  Do(Indexing(0, 1, 3 << 20));
  const auto exchange =
      Do("{\"update\":{\"_id\":\"0\",\"_source\":true}}\n{\"doc\":{\"n\":1}}\n"
         "{\"update\":{\"_id\":\"0\",\"_source\":true}}\n{\"doc\":{\"n\":2}}\n");
  EXPECT_LE(exchange->longest_piece(), 64u << 10);
  EXPECT_GT(exchange->longest_piece(), 0u) << "it was streamed";
  const Document answer = Json(exchange->Answer().body);
  ASSERT_EQ(Items(answer), 2u);
  const auto* last = answer.root().Find("items")->items()[1];
  EXPECT_EQ(last->FindPath({"update", "get", "_source", "n"})->text(), "2");
  EXPECT_EQ(last->FindPath({"update", "get", "_source", "t"})->text().size(), 3u << 20);
}

// What a filter leaves out takes its time, too: the thread is not held until a piece is full.
TEST_F(BulkRoute, AnswersInPiecesWhatAFilterLeavesOut) {
  std::string deletes;
  for (int i = 0; i < 50'000; ++i)
    deletes += "{\"delete\":{\"_id\":\"" + std::to_string(i) + "\"}}\n";
  const auto exchange = Do(deletes, "/src/_bulk?filter_path=**.**.a*b*c,**.*b*c*d");
  EXPECT_EQ(exchange->Answer().body, "{}");
  EXPECT_GT(exchange->pieces(), 1u);
}

class SpillingBulkRoute : public BulkRoute {
 protected:
  static test::TestNode::Options Small() {
    test::TestNode::Options options;
    options.settings.bulk_memory_bytes = 18 * actions::bulk::SpillBuffer::kChunk;
    return options;
  }
  SpillingBulkRoute() : BulkRoute(Small()) {}
};

TEST_F(SpillingBulkRoute, WritesAndAnswersWhatWasSpilled) {
  const auto exchange = Do(Indexing(0, 10'000, 500));
  const Document answer = Json(exchange->Answer().body);
  EXPECT_FALSE(*answer.root().Find("errors")->AsBool());
  ASSERT_EQ(Items(answer), 10'000u);
  EXPECT_EQ(answer.root().Find("items")->items()[9'999]->FindPath({"index", "_id"})->text(),
            "9999");
  EXPECT_EQ(node_.Documents("src"), 10'000);
  EXPECT_LE(exchange->longest_piece(), 64u << 10);
}

TEST_F(SpillingBulkRoute, CancelledWhileItSpillsIsAnsweredToo) {
  const auto exchange = Open();
  exchange->Send(Indexing(0, 5'000, 500));
  node_.Tasks("indices:data/write/bulk").at(0)->RequestStop(kByUser);
  exchange->RunPosted();
  exchange->Send(Indexing(5'000, 5'000, 500));
  exchange->EndBody();
  EXPECT_EQ(Items(Json(exchange->Answer().body)), 10'000u);
}

TEST_F(SpillingBulkRoute, WhoseClientLeavesWhileItIsHeldUpIsForgotten) {
  std::promise<void> disk_may_write, disk_has_written;
  node_.disk.Post([&] { disk_may_write.get_future().wait(); });
  const auto exchange = Open();
  exchange->Send("{\"index\":{}}\n{\"t\":\"");
  const std::string piece(actions::bulk::SpillBuffer::kChunk, 'x');
  while (!exchange->paused()) exchange->Send(piece);
  exchange->Leave();
  EXPECT_EQ(node_.registry.size(), 0u);
  disk_may_write.set_value();
  node_.disk.Post([&] { disk_has_written.set_value(); });
  disk_has_written.get_future().wait();
  exchange->RunPosted();
  EXPECT_EQ(exchange.use_count(), 1) << "nothing else keeps the connection";
}

std::size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_F(BulkRoute, TenThousandSlowUploadsCostAFewKilobytesEach) {
  constexpr int kUploads = 10'000;
  const std::size_t before = HeapInUse();
  std::vector<std::shared_ptr<ScriptedExchange>> exchanges;
  for (int i = 0; i < kUploads; ++i) {
    exchanges.push_back(Open());
    exchanges.back()->Send(Indexing(0, 3));
  }
  const std::size_t each = (HeapInUse() - before) / kUploads;
  RecordProperty("bytes_each", static_cast<int>(each));
  EXPECT_LE(each, 8u << 10) << "the fake exchange, with its head, included";
  EXPECT_EQ(node_.registry.size(), static_cast<std::size_t>(kUploads));
  tasks::TaskFilter all;
  EXPECT_EQ(node_.registry.CancelMatching(all, &kByUser).size(),
            static_cast<std::size_t>(kUploads));
  for (const auto& exchange : exchanges) exchange->RunPosted();
  EXPECT_EQ(node_.registry.size(), 0u);
  for (const auto& exchange : exchanges) exchange->EndBody();
  EXPECT_EQ(Items(Json(exchanges.back()->Answer().body)), 3u);
}

}  // namespace
}  // namespace rest::routes
