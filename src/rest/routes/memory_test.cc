// What requests that take much memory are answered where there is little, and that nobody else
// suffers: on a real node, over real HTTP.

#include <gtest/gtest.h>

#include <thread>

#include "actions/bulk/bulk.h"
#include "actions/get/get.h"
#include "actions/indices/indices.h"
#include "actions/node_stats/ask.h"
#include "actions/state_ack.h"
#include "rest/routes/aliases.h"
#include "rest/routes/bulk.h"
#include "rest/routes/cluster.h"
#include "rest/routes/documents_read.h"
#include "rest/routes/documents_write.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "rest/routes/tasks.h"
#include "rest/routes/templates.h"
#include "support/served.h"
#include "support/tasks_fixture.h"

namespace rest::routes {
namespace {

using tasks::Breaker;

constexpr std::int64_t kMegabyte = 1 << 20;

std::string Repeated(std::string_view begin, std::string_view item, std::size_t count,
                     std::string_view end) {
  std::string text(begin);
  for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : ",").append(item);
  return text.append(end);
}

class Memory : public test::TasksTest {
 protected:
  Memory() {
    actions::RegisterStateAck(node_.node);
    actions::bulk::Register(node_.node);
    actions::get::Register(node_.node);
    actions::indices::Register(node_.node);
    actions::tasks_get::Register(node_.node);
    actions::node_stats::Register(node_.node, [] { return actions::node_stats::Connections(); });
    node_.Start();
    AddBulkRoutes(router_, node_.node);
    AddDocumentWriteRoutes(router_, node_.node);
    AddDocumentReadRoutes(router_, node_.node);
    AddIndexRoutes(router_, node_.node);
    AddIndexSettingsRoutes(router_, node_.node);
    AddAliasRoutes(router_, node_.node);
    AddTemplateRoutes(router_, node_.node);
    AddTaskRoutes(router_, node_.node);
    AddClusterRoutes(router_, node_.node);
    AddNodeRoutes(router_, node_.node);
    node_.CreateIndex("a");
  }

  test::HttpAnswer Call(std::string_view method, const std::string& target,
                        std::string_view body = {}) {
    if (body.empty()) return served_.Connect().Call(method, target);
    return served_.Connect().Call(method, target, body, {{"Content-Type", "application/json"}});
  }
  void Limit(std::int64_t bytes) {
    node_.memory.SetLimits({.total = bytes, .request = bytes, .in_flight_requests = bytes});
  }
  std::int64_t Reserved() { return node_.memory.parent().reserved; }
  // What is reserved is given back, though not always before the client has the answer.
  void AwaitNothingReserved() {
    while (Reserved() > 0) std::this_thread::yield();
  }
  void ExpectRefused(const test::HttpAnswer& answer, std::string_view begin) {
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_NE(answer.body.find("\"circuit_breaking_exception\",\"reason\":\"" + std::string(begin)),
              std::string::npos)
        << answer.body;
    AwaitNothingReserved();
  }

  Router router_{{.max_management_content_length = 2 * kMegabyte, .memory = &node_.memory}};
  test::Served served_{[this](http::ExchangePtr exchange) { router_.Handle(std::move(exchange)); }};
};

TEST_F(Memory, RefusesBodiesThatDoNotFit) {
  Limit(kMegabyte);
  ExpectRefused(Call("POST", "/a/_mget", std::string(2 * kMegabyte, ' ')),
                "[in_flight_requests] Data too large, data for [<http_request>] would be [");
}

// 2 MB of numbers are 60 MB as a tree.
TEST_F(Memory, RefusesTreesThatDoNotFit) {
  constexpr std::size_t kNumbers = 900'000;
  node_.memory.SetLimits({.request = 8 * kMegabyte});
  const std::string parse = "[request] Data too large, data for [<parse>] would be [";
  const auto refused = [&](std::string_view method, const std::string& target,
                           std::string_view begin, std::string_view end) {
    ExpectRefused(Call(method, target, Repeated(begin, "1", kNumbers, end)), parse);
  };
  refused("POST", "/a/_mget", "{\"ids\":[", "]}");
  refused("POST", "/_aliases", "{\"actions\":[", "]}");
  refused("PUT", "/a/_mapping", "{\"_meta\":{\"a\":[", "]}}");
  refused("PUT", "/a/_settings", "{\"a\":[", "]}");
  refused("PUT", "/b", "{\"mappings\":{\"_meta\":{\"a\":[", "]}}}");
  refused("PUT", "/_index_template/t", "{\"index_patterns\":[", "]}");
  refused("PUT", "/_cluster/settings", "{\"transient\":{\"a\":[", "]}}");
}

TEST_F(Memory, BoundsBodiesThatChangeMetadata) {
  const std::string body = Repeated("{\"a\":[", "1", 1'500'000, "]}");
  for (const auto& [method, target] : {std::pair("POST", "/_aliases"),
                                       {"PUT", "/a/_mapping"},
                                       {"PUT", "/a/_settings"},
                                       {"PUT", "/b"},
                                       {"PUT", "/_index_template/t"},
                                       {"PUT", "/_cluster/settings"}}) {
    const test::HttpAnswer answer = Call(method, target, body);
    EXPECT_EQ(answer.status, 413) << target;
    EXPECT_NE(answer.body.find("the request body is longer than [2mb], the most that "
                               "[http.max_management_content_length] allows here"),
              std::string::npos)
        << answer.body;
    AwaitNothingReserved();
  }
  EXPECT_EQ(
      Call("POST", "/a/_mget", "{\"ids\":[\"1\"" + std::string(3 * kMegabyte, ' ') + "]}").status,
      200)
      << "a multi get may be longer";
}

// Each of 27 bytes costs 44 in its tables.
TEST_F(Memory, RefusesTablesOfTinyActions) {
  Limit(16 * kMegabyte);
  std::string bulk;
  for (int i = 0; i < 400'000; ++i) bulk += "{\"index\":{\"_index\":\"a\"}}\n{}\n";
  ExpectRefused(Call("POST", "/_bulk", bulk),
                "[in_flight_requests] Data too large, data for [<http_request>] would be [");
  EXPECT_EQ(node_.Documents("a"), 0) << "nothing was written";
}

TEST_F(Memory, RefusesMultiGetsWhoseDocumentsDoNotFit) {
  const std::string text(kMegabyte, 'x');
  ASSERT_EQ(Call("PUT", "/a/_doc/1", "{\"a\":\"" + text + "\"}").status, 201);
  Limit(16 * kMegabyte);
  const auto read = [this](std::size_t times) {
    return Call("POST", "/a/_mget", Repeated("{\"ids\":[", "\"1\"", times, "]}"));
  };
  EXPECT_EQ(read(3).status, 200);
  ExpectRefused(read(30), "[request] Data too large, data for [<documents>] would be [");
  ExpectRefused(read(10), "[request] Data too large, data for [<answer>] would be [");
}

// The tree that a filter works on is many times as large as the document.
TEST_F(Memory, RefusesReadsWhoseFilterDoesNotFit) {
  const std::string body = Repeated("{\"b\":1,\"a\":[", "1", 100'000, "]}");
  ASSERT_EQ(Call("PUT", "/a/_doc/1", body).status, 201);
  Limit(kMegabyte);
  EXPECT_EQ(Call("GET", "/a/_doc/1").status, 200);
  constexpr std::string_view kRefusal = "[request] Data too large, data for [<parse>] would be [";
  ExpectRefused(Call("GET", "/a/_doc/1?_source_includes=b"), kRefusal);
  ExpectRefused(Call("GET", "/a/_source/1?_source_excludes=a"), kRefusal);
  ExpectRefused(Call("POST", "/a/_mget", R"({"docs":[{"_id":"1","_source":"b"}]})"), kRefusal);
  const auto update = Call("POST", "/a/_update/1?_source_includes=b", R"({"doc":{"b":2}})");
  EXPECT_EQ(update.status, 429) << "before it is written";
  node_.memory.SetLimits({.total = 64 * kMegabyte});
  AwaitNothingReserved();
  EXPECT_NE(Call("GET", "/a/_doc/1?_source_includes=b").body.find(R"("_source":{"b":1})"),
            std::string::npos);
}

// What is kept is parsed anew to be shown, merged or counted.
TEST_F(Memory, RefusesToShowMetadataThatDoNotFit) {
  const std::string meta = Repeated(R"("mappings":{"_meta":{"a":[)", "1", 100'000, "]}}");
  const std::string legacy = R"({"index_patterns":["l*"],)" + meta + "}";
  const std::string composable = R"({"index_patterns":["c*"],"template":{)" + meta + "}}";
  ASSERT_EQ(Call("PUT", "/_template/l", legacy).status, 200);
  ASSERT_EQ(Call("PUT", "/_index_template/c", composable).status, 200);
  ASSERT_EQ(Call("PUT", "/m", "{" + meta + "}").status, 200);
  AwaitNothingReserved();
  Limit(kMegabyte);
  constexpr std::string_view kRefusal = "[request] Data too large, data for [<parse>] would be [";
  for (const char* target : {"/_template", "/_index_template/c", "/_cluster/state"})
    ExpectRefused(Call("GET", target), kRefusal);
  ExpectRefused(Call("PUT", "/lx/_doc/1", R"({"a":1})"), kRefusal);
  ExpectRefused(Call("PUT", "/cx", "{}"), kRefusal);
}

TEST_F(Memory, RefusesOrdersToMoveShardsThatDoNotFit) {
  const std::string body = Repeated("{\"commands\":[", "{}", 100'000, "]}");
  Limit(kMegabyte);
  ExpectRefused(Call("POST", "/_cluster/reroute", body),
                "[request] Data too large, data for [<parse>] would be [");
  ExpectRefused(Call("POST", "/_cluster/allocation/explain", body),
                "[request] Data too large, data for [<parse>] would be [");
}

// What was done is told, but no more is done than there is room to tell of. The documents are
// small, so that a unit of many results outgrows the room in which each one was still parsed.
TEST_F(Memory, StopsUpdatesWhoseResultsDoNotFit) {
  constexpr int kDocuments = 4000;
  const std::string text(600, 'x');
  std::string documents, updates;
  for (int i = 0; i < kDocuments; ++i) {
    const std::string id = std::to_string(i);
    documents += "{\"index\":{\"_id\":\"" + id + "\"}}\n{\"a\":\"" + text + "\"}\n";
    updates += "{\"update\":{\"_id\":\"" + id + "\",\"_source\":true}}\n{\"doc\":{\"n\":1}}\n";
  }
  ASSERT_EQ(Call("POST", "/a/_bulk", documents).status, 200);
  node_.memory.SetLimits({.request = kMegabyte});
  const test::HttpAnswer answer = Call("POST", "/a/_bulk", updates);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("\"status\":200"), std::string::npos);
  EXPECT_NE(answer.body.find("\"status\":429"), std::string::npos);
  EXPECT_NE(answer.body.find("data for [<bulk_results>] would be ["), std::string::npos)
      << answer.body.substr(answer.body.find("\"status\":429"), 600);
  AwaitNothingReserved();
}

TEST_F(Memory, NeverRefusesListsCancelsAndHealth) {
  tasks::Reservation all(&node_.memory, Breaker::kRequest, "<test>");
  Limit(0);
  all.Overdraw(kMegabyte);
  std::vector<tasks::TaskPtr> held;
  for (int i = 0; i < 300; ++i) held.push_back(Hold("indices:data/read/search"));
  const test::HttpAnswer list = Call("GET", "/_tasks?group_by=parents");
  EXPECT_EQ(list.status, 200);
  EXPECT_GT(list.body.size(), 20'000u);
  EXPECT_EQ(Call("GET", "/_tasks").status, 200);
  EXPECT_EQ(Call("GET", "/_cluster/health?level=shards").status, 200);
  EXPECT_EQ(Call("GET", "/_nodes/stats").status, 200);
  EXPECT_EQ(Call("POST", "/_tasks/_cancel?actions=*search*").status, 200);
  for (const tasks::TaskPtr& task : held) EXPECT_TRUE(task->cancelled());
}

// Answers wait for slow readers, whole.
TEST_F(Memory, RefusesLongAnswersWhereThereIsNoRoom) {
  for (int i = 0; i < 30; ++i) node_.CreateIndex("index-" + std::to_string(i));
  EXPECT_EQ(Call("GET", "/_all/_settings").status, 200);
  Limit(4096);
  ExpectRefused(Call("GET", "/_all/_settings"),
                "[request] Data too large, data for [<answer>] would be [");
  EXPECT_EQ(Call("GET", "/a/_settings").status, 200) << "short ones are never refused";
}

TEST_F(Memory, IsShownInStatsAsOpenSearchDoes) {
  node_.memory.SetLimits({.total = 3 << 20, .request = 2 << 20});
  tasks::Reservation held(&node_.memory, Breaker::kRequest, "<test>");
  ASSERT_TRUE(held.Grow(1024).ok());
  EXPECT_FALSE(held.Grow(4 << 20).ok());
  const std::string stats = Call("GET", "/_nodes/stats/breaker").body;
  EXPECT_NE(stats.find(R"("breakers":{"request":{"limit_size_in_bytes":2097152,"limit_size":"2mb",)"
                       R"("estimated_size_in_bytes":1024,"estimated_size":"1kb","overhead":1.0,)"
                       R"("tripped":1},"fielddata":{"limit_size_in_bytes":-1,)"
                       R"("limit_size":"-1b","estimated_size_in_bytes":0,"estimated_size":"0b",)"
                       R"("overhead":1.0,"tripped":0},"in_flight_requests":)"
                       R"({"limit_size_in_bytes":-1,)"
                       R"("limit_size":"-1b","estimated_size_in_bytes":0,"estimated_size":"0b",)"
                       R"("overhead":1.0,"tripped":0},"parent":{"limit_size_in_bytes":3145728,)"
                       R"("limit_size":"3mb",)"),
            std::string::npos)
      << stats;
}

TEST_F(Memory, IsShownByTheTaskThatHasReservedIt) {
  test::HttpClient client = served_.Connect();
  client.Send(
      "POST /a/_mget HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 1000000\r\n\r\n" +
      std::string(200'000, ' '));
  const tasks::TaskPtr task = node_.WaitForTask(std::string(actions::names::kMultiGet));
  while (task->Info(true).resources->memory_bytes < 200'000) std::this_thread::yield();
  EXPECT_EQ(Reserved(), 200'000);
  EXPECT_EQ(Call("POST", "/_tasks/" + task->id().ToString() + "/_cancel").status, 200);
  EXPECT_EQ(client.ReadAnswer().status, 500);
  AwaitNothingReserved();
}

}  // namespace
}  // namespace rest::routes
