// Single writes as HTTP brings them, on a real node.

#include "rest/routes/documents_write.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/bulk/bulk.h"
#include "base/json/tree.h"
#include "engine/shard/inject.h"
#include "rest/http/server.h"
#include "support/http_client.h"
#include "support/scripted_exchange.h"
#include "support/test_node.h"

namespace rest::routes {
namespace {

using base::json::Document;
using engine::inject::Point;
using test::ScriptedExchange;

const tasks::Stop kByUser{tasks::StopCause::kUser, "by user request", "", 0, 0};

class DocumentWrites : public testing::Test {
 protected:
  DocumentWrites() {
    actions::bulk::Register(node_.node);
    node_.Start();
    AddDocumentWriteRoutes(router_, node_.node);
  }

  std::shared_ptr<ScriptedExchange> Begin(std::string_view method, std::string_view target,
                                          std::string body = {}) {
    auto exchange = std::make_shared<ScriptedExchange>(method, target, body.size());
    exchange->SetWholeBody(std::move(body));
    router_.Handle(exchange);
    exchange->RunPosted();
    return exchange;
  }
  http::Response Do(std::string_view method, std::string_view target, std::string body = {}) {
    return Begin(method, target, std::move(body))->Answer();
  }
  static std::string Reason(const http::Response& answer) {
    const auto parsed = Document::Parse(answer.body);
    const auto* reason = parsed->root().FindPath({"error", "reason"});
    return std::to_string(answer.status) + " " +
           (reason ? std::string(reason->text()) : answer.body);
  }

  test::TestNode node_;
  Router router_;
};

TEST_F(DocumentWrites, AnswerInTheBytesOfTheContract) {
  node_.CreateIndex("src", 1, {{"index.number_of_replicas", "0"}});
  const std::string shards = "\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}";
  http::Response answer = Do("PUT", "/src/_doc/a%20b?routing=r%26", "{\"n\":1}");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body,
            "{\"_index\":\"src\",\"_id\":\"a b\",\"_version\":1,\"result\":\"created\"," + shards +
                ",\"_seq_no\":0,\"_primary_term\":1}");
  EXPECT_EQ(*answer.headers.Find("location"), "/src/_doc/a%20b?routing=r%26");
  answer = Do("POST", "/src/_doc/a%20b?refresh", "{\"n\":2}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            "{\"_index\":\"src\",\"_id\":\"a b\",\"_version\":2,\"result\":\"updated\","
            "\"forced_refresh\":true," +
                shards + ",\"_seq_no\":1,\"_primary_term\":1}");
  EXPECT_EQ(answer.headers.Find("location"), nullptr);
  answer = Do("DELETE", "/src/_doc/none");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body,
            "{\"_index\":\"src\",\"_id\":\"none\",\"_version\":1,\"result\":\"not_found\"," +
                shards + ",\"_seq_no\":2,\"_primary_term\":1}");
  EXPECT_EQ(Do("DELETE", "/src/_doc/a%20b").status, 200);
}

// On a real connection: the head and a first byte are there, the rest never comes.
TEST_F(DocumentWrites, AreCancelledWhileTheirBodyArrives) {
  struct Upload {
    std::string head;
    std::string_view action;
    std::string description;
  };
  const std::vector<Upload> uploads = {
      {"PUT /src/_doc/1", actions::names::kIndex, "index {[src][1], source[_na_]}"},
      {"POST /src/_doc", actions::names::kIndex, "index {[src][null], source[_na_]}"},
      {"PUT /src/_create/1", actions::names::kIndex, "index {[src][1], source[_na_]}"},
      {"POST /src/_update/1", actions::names::kUpdate, "updating document in [src]"},
  };
  http::Server server(router_);
  const auto port = server.Start("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  for (const Upload& upload : uploads) {
    test::HttpClient client(*port);
    client.Send(upload.head +
                " HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                "content-length: 1000000\r\n\r\n{");
    const tasks::TaskPtr task = node_.WaitForTask(std::string(upload.action));
    EXPECT_EQ(task->description(), upload.description);
    EXPECT_TRUE(task->RequestStop(kByUser));
    const test::HttpAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 500) << upload.head;
    EXPECT_NE(answer.body.find("task_cancelled_exception"), std::string::npos) << answer.body;
    EXPECT_EQ(node_.Tasks().size(), 0u);
  }
  server.Stop();
  EXPECT_FALSE(node_.cluster.state()->FindIndex("src"));
}

TEST_F(DocumentWrites, MakeIdsAndIndices) {
  const http::Response answer = Do("POST", "/new/_doc", "{\"n\":1}");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.Find("location")->size(), std::string("/new/_doc/").size() + 20);
  EXPECT_EQ(node_.Documents("new"), 1);
}

TEST_F(DocumentWrites, RefuseWhatOpenSearchRefuses) {
  Do("PUT", "/src/_doc/1", "{\"n\":1}");
  EXPECT_EQ(Reason(Do("PUT", "/src/_create/1", "{}")),
            "409 [1]: version conflict, document already exists (current version [1])");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?op_type=create", "{}")),
            "409 [1]: version conflict, document already exists (current version [1])");
  EXPECT_EQ(Reason(Do("PUT", "/src/_create/1?op_type=index", "{}")),
            "400 opType must be 'create', found: [index]");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?op_type=Bad", "{}")),
            "400 opType must be 'create' or 'index', found: [Bad]");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1")), "400 request body is required");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?version=3", "{}")),
            "400 Validation Failed: 1: internal versioning can not be used for optimistic "
            "concurrency control. Please use `if_seq_no` and `if_primary_term` instead;");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?if_seq_no=3", "{}")),
            "400 Validation Failed: 1: ifSeqNo is set, but primary term is [0];");
  EXPECT_EQ(
      Reason(Do("PUT", "/src/_doc/1?if_seq_no=99&if_primary_term=1", "{}")),
      "409 [1]: version conflict, required seqNo [99], primary term [1]. current document has "
      "seqNo [0] and primary term [1]");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?version=5&version_type=external", "{}")).substr(0, 3),
            "200");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?version=5&version_type=external", "{}")),
            "409 [1]: version conflict, current version [5] is higher or equal to the one provided "
            "[5]");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?pipeline=p", "{}")),
            "400 pipeline with id [p] does not exist");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?refresh=x", "{}")),
            "400 Unknown value for refresh: [x].");
  EXPECT_EQ(Reason(Do("PUT", "/src/_doc/1?refres=true", "{}")),
            "400 request [/src/_doc/1] contains unrecognized parameter: [refres] -> did you mean "
            "[refresh]?");
  EXPECT_EQ(Reason(Do("PUT", "/no/_doc/1?require_alias=true", "{}")),
            "404 no such index [no] and [require_alias] request flag is [true] and [no] is not an "
            "alias");
  EXPECT_EQ(Reason(Do("DELETE", "/no/_doc/1")), "404 no such index [no]");
}

TEST_F(DocumentWrites, UpdateAsOpenSearchDoes) {
  EXPECT_EQ(Reason(Do("POST", "/src/_update/1", "{\"doc\":{\"n\":1}}")),
            "404 [1]: document missing");
  EXPECT_NE(node_.cluster.state()->FindIndex("src"), nullptr) << "it has been made by then";
  EXPECT_EQ(Do("POST", "/src/_update/1", "{\"doc\":{\"n\":1},\"doc_as_upsert\":true}").status, 201);
  EXPECT_EQ(Do("POST", "/src/_update/2?doc_as_upsert=true", "{\"doc\":{\"n\":1}}").status, 201);
  const http::Response noop = Do("POST", "/src/_update/1?_source=true", "{\"doc\":{\"n\":1}}");
  EXPECT_NE(noop.body.find("\"result\":\"noop\",\"_shards\":{\"total\":0,\"successful\":0,"
                           "\"failed\":0}"),
            std::string::npos)
      << noop.body;
  const http::Response changed = Do("POST", "/src/_update/1?_source=m", "{\"doc\":{\"m\":2}}");
  EXPECT_TRUE(changed.body.ends_with(
      ",\"get\":{\"_seq_no\":2,\"_primary_term\":1,\"found\":true,\"_source\":{\"m\":2}}}"))
      << changed.body;
  EXPECT_EQ(Reason(Do("POST", "/src/_update/1?version=1", "{\"doc\":{}}")),
            "400 Validation Failed: 1: internal versioning can not be used for optimistic "
            "concurrency control. Please use `if_seq_no` and `if_primary_term` instead;");
  EXPECT_EQ(Reason(Do("POST", "/src/_update/1", "{\"doc\":{},\"script\":\"x\"}")),
            "400 Validation Failed: 1: can't provide both script and doc;");
  EXPECT_EQ(Reason(Do("POST", "/src/_update/1?retry_on_conflict=2&if_seq_no=1&if_primary_term=1",
                      "{\"doc\":{}}")),
            "400 Validation Failed: 1: compare and write operations can not be retried;");
  EXPECT_EQ(Reason(Do("POST", "/src/_update/1", "{\"script\":\"x\"}")),
            "400 failed to execute script");
}

// B15: the parents that OpenSearch leaves out are there.
TEST_F(DocumentWrites, B15ShowTheirTasksAsOpenSearchDoesAndEachItsParent) {
  node_.CreateIndex("src");
  struct Case {
    std::string method, target, body, action, description;
    std::optional<std::string> status;
  };
  const std::string index = "indices:data/write/index", update = "indices:data/write/update";
  for (const Case& one :
       {Case{"PUT", "/src/_doc/77", "{\"n\":7}", index, "index {[src][77], source[{\"n\":7}]}",
             "{\"phase\":\"starting\"}"},
        Case{"PUT", "/src/_doc/77", "{\"n\":\"" + std::string(3000, 'x') + "\"}", index,
             "index {[src][77], source[n/a, actual length: [2.9kb], max length: 2kb]}",
             "{\"phase\":\"starting\"}"},
        Case{"DELETE", "/src/_doc/78", "", "indices:data/write/delete", "delete {[src][78]}",
             "{\"phase\":\"starting\"}"},
        Case{"POST", "/src/_update/77", "{\"doc\":{},\"doc_as_upsert\":true}", update,
             "updating document in [src]", std::nullopt}}) {
    std::promise<void> here, let_go;
    const engine::inject::Armed armed(Point::kPrepared, [&](tasks::TaskContext&) {
      here.set_value();
      let_go.get_future().wait();
      return base::Status();
    });
    // Its thread prepares the unit itself.
    auto begun =
        std::async(std::launch::async, [&] { return Begin(one.method, one.target, one.body); });
    here.get_future().wait();
    const auto top = node_.WaitForTask(one.action)->Info(true);
    EXPECT_EQ(top.description, one.description);
    EXPECT_EQ(top.status, one.status);
    EXPECT_TRUE(top.cancellable);
    tasks::TaskId parent = top.id;
    if (one.action == update) {
      const auto shard = node_.WaitForTask("indices:data/write/update[s]")->Info(true);
      EXPECT_EQ(shard.parent, parent);
      EXPECT_EQ(shard.description, "");
      parent = shard.id;
    }
    const auto shard = node_.WaitForTask("indices:data/write/bulk[s]")->Info(true);
    EXPECT_EQ(shard.parent, parent);
    EXPECT_EQ(shard.description, "requests[1], index[src][0]");
    EXPECT_EQ(node_.WaitForTask("indices:data/write/bulk[s][p]")->Info(true).parent, shard.id);
    EXPECT_TRUE(node_.Tasks("indices:data/write/bulk").empty());
    let_go.set_value();
    EXPECT_LT(begun.get()->Answer().status, 500);
    node_.WaitUntilNothingRuns();
  }
}

// B2: single writes, too.
TEST_F(DocumentWrites, B2StoppedBeforeTheirSealAreCancelledAndAfterItAreNot) {
  node_.CreateIndex("src");
  for (const Point point : {Point::kPrepared, Point::kAppend}) {
    std::promise<void> here, let_go;
    const engine::inject::Armed armed(point, [&](tasks::TaskContext&) {
      here.set_value();
      let_go.get_future().wait();
      return base::Status();
    });
    auto begun =
        std::async(std::launch::async, [this] { return Begin("PUT", "/src/_doc/1", "{\"n\":1}"); });
    here.get_future().wait();
    const auto task = node_.WaitForTask("indices:data/write/index");
    task->RequestStop(kByUser);
    EXPECT_TRUE(task->cancelled());
    node_.WaitUntilCancelled("indices:data/write/bulk[s][p]");
    let_go.set_value();
    const auto exchange = begun.get();
    if (point == Point::kPrepared) {
      EXPECT_EQ(Reason(exchange->Answer()), "500 cancelled task with reason: by user request");
      EXPECT_EQ(node_.Documents("src"), 0);
    } else {
      EXPECT_EQ(exchange->Answer().status, 201);
      EXPECT_EQ(node_.Documents("src"), 1);
      EXPECT_TRUE(task->completed_despite_cancel());
    }
    node_.WaitUntilNothingRuns();
  }
}

// What is long to read holds up no other request of its I/O thread.
TEST_F(DocumentWrites, LeaveTheirBodyToACoordinator) {
  node_.CreateIndex("src");
  std::promise<void> let_go;
  const std::shared_future<void> gate = let_go.get_future().share();
  for (int i = 0; i < 16; ++i) {  // of a TestNode
    node_.coordinator.Submit(*node_.registry.Register({.action = "test:busy"}),
                             [gate](tasks::TaskContext&) {
                               gate.wait();
                               return tasks::End();
                             });
  }
  const auto update = Begin("POST", "/src/_update/1", "{\"nope\":1}" + std::string(20'000, ' '));
  EXPECT_FALSE(update->answered());
  let_go.set_value();
  EXPECT_EQ(Reason(update->Answer()), "400 [1:2] [UpdateRequest] unknown field [nope]");
}

TEST_F(DocumentWrites, OfALargeDocumentTakeTheSameWay) {
  const std::string document = "{\"t\":\"" + std::string(3 << 20, 'x') + "\"}";
  EXPECT_EQ(Do("PUT", "/src/_doc/1", document).status, 201);
  EXPECT_EQ(Do("POST", "/src/_update/1", "{\"doc\":" + document + ",\"detect_noop\":false}").status,
            200);
}

}  // namespace
}  // namespace rest::routes
