// Reads as HTTP brings them, on a real node.

#include "rest/routes/documents_read.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/bulk/bulk.h"
#include "actions/get/get.h"
#include "actions/indices/indices.h"
#include "rest/routes/documents_write.h"
#include "rest/routes/indices.h"
#include "support/scripted_exchange.h"
#include "support/test_node.h"

namespace rest::routes {
namespace {

using test::ScriptedExchange;

constexpr int kCoordinators = 16;  // of a TestNode

class DocumentReads : public testing::Test {
 protected:
  DocumentReads() {
    actions::bulk::Register(node_.node);
    actions::get::Register(node_.node);
    actions::indices::Register(node_.node);
    node_.Start();
    AddDocumentReadRoutes(router_, node_.node);
    AddDocumentWriteRoutes(router_, node_.node);
    AddIndexWorkRoutes(router_, node_.node);
  }
  ~DocumentReads() override { LetGo(); }

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

  // Every thread of `pool` is busy until LetGo().
  void Occupy(tasks::ThreadPool& pool, int threads = 2) {
    for (int i = 0; i < threads; ++i) {
      auto busy = node_.registry.Register({.action = "test:busy"});
      pool.Submit(*std::move(busy), [gate = gate_](tasks::TaskContext&) {
        gate.wait();
        return tasks::End();
      });
    }
  }
  void LetGo() {
    if (!std::exchange(open_, true)) promise_.set_value();
  }

  test::TestNode node_;
  Router router_;
  std::promise<void> promise_;
  std::shared_future<void> gate_ = promise_.get_future().share();
  bool open_ = false;
};

// B15: every task of a read has its parent.
TEST_F(DocumentReads, B15AreTreesDownToTheShard) {
  node_.CreateIndex("src", 1);
  Occupy(node_.get);
  struct Case {
    std::string method, target, body, top, shard;
  };
  const std::string get = "indices:data/read/get", mget = "indices:data/read/mget";
  for (const Case& one : {Case{"GET", "/src/_doc/1?refresh=true", "", get, get + "[s]"},
                          Case{"GET", "/src/_source/1?refresh=true", "", get, get + "[s]"},
                          Case{"POST", "/src/_mget", R"({"ids":["1"]})", mget, mget + "[shard]"}}) {
    const auto exchange = Begin(one.method, one.target, one.body);
    const tasks::TaskPtr shard = node_.WaitForTask(one.shard);
    const tasks::TaskPtr top = node_.WaitForTask(one.top);
    EXPECT_FALSE(top->spec().parent.set());
    EXPECT_EQ(shard->spec().parent, top->id()) << one.target;
    top->RequestStop({tasks::StopCause::kUser, "by user request"});
    EXPECT_EQ(exchange->Answer().status, 500);
    EXPECT_TRUE(shard->cancelled()) << "a cancel goes down the tree";
    while (!node_.Tasks(one.shard).empty()) std::this_thread::yield();
  }
}

// What is long to write is written under the task.
TEST_F(DocumentReads, AreStoppedWhileTheirAnswerIsMade) {
  node_.CreateIndex("src", 1);
  const std::string text(100'000, 'x');
  ASSERT_EQ(Do("PUT", "/src/_doc/1", R"({"a":")" + text + R"("})").status, 201);
  Occupy(node_.coordinator, kCoordinators);
  const std::string get = "indices:data/read/get";
  for (const std::string_view target : {"/src/_doc/1", "/src/_source/1"}) {
    const auto exchange = Begin("GET", target);
    const tasks::TaskPtr task = node_.WaitForTask(get);
    while (!node_.Tasks(get + "[s]").empty()) std::this_thread::yield();
    ASSERT_EQ(node_.Tasks(get).size(), 1u) << "it waits for a coordinator";
    task->RequestStop({tasks::StopCause::kUser, "by user request"});
    const http::Response answer = exchange->Answer();
    EXPECT_EQ(answer.status, 500) << target;
    EXPECT_NE(answer.body.find("task_cancelled_exception"), std::string::npos) << answer.body;
    EXPECT_TRUE(node_.Tasks(get).empty());
  }
  LetGo();
  EXPECT_NE(Do("POST", "/src/_mget", R"({"ids":["1","2"]})").body.find(text), std::string::npos);
}

// B24: a client that goes away stops every read of it, not searches alone.
TEST_F(DocumentReads, B24OfAClientThatGoesAwayAreCancelled) {
  node_.CreateIndex("src", 1);
  Occupy(node_.get);
  Occupy(node_.generic);
  struct Case {
    std::string method, target, body, action;
  };
  for (const Case& one : {Case{"GET", "/src/_doc/1?refresh=true", "", "indices:data/read/get"},
                          Case{"GET", "/src/_source/1?refresh=true", "", "indices:data/read/get"},
                          Case{"POST", "/src/_mget", R"({"ids":["1"]})", "indices:data/read/mget"},
                          Case{"GET", "/src/_count", "", "indices:data/read/search"}}) {
    const auto exchange = Begin(one.method, one.target, one.body);
    const tasks::TaskPtr task = node_.WaitForTask(one.action);
    exchange->Leave();
    while (!node_.Tasks(one.action).empty()) std::this_thread::yield();
    ASSERT_TRUE(task->stop()) << one.target;
    EXPECT_EQ(task->stop()->cause, tasks::StopCause::kClientGone);
  }
}

// What is long to read holds up no other request of its I/O thread.
TEST_F(DocumentReads, LeaveTheirBodyToACoordinator) {
  node_.CreateIndex("src", 1);
  Occupy(node_.coordinator, kCoordinators);
  const auto get = Begin("POST", "/src/_mget", "{");
  const auto count = Begin("POST", "/src/_count", R"({"size":1})");
  EXPECT_FALSE(get->answered());
  EXPECT_FALSE(count->answered());
  const auto stopped = Begin("POST", "/src/_mget", R"({"ids":["1"]})");
  const auto gets = node_.Tasks("indices:data/read/mget");
  ASSERT_EQ(gets.size(), 2u);
  for (const tasks::TaskPtr& task : gets) {
    const bool newest = task->id().number == std::max(gets[0]->id().number, gets[1]->id().number);
    if (newest) task->RequestStop({tasks::StopCause::kUser, "by user request"});
  }
  EXPECT_EQ(stopped->Answer().status, 500);
  LetGo();
  EXPECT_EQ(get->Answer().status, 400);
  EXPECT_EQ(count->Answer().status, 400);
  EXPECT_EQ(Do("POST", "/src/_mget", R"({"ids":["1"]})").status, 200);
}

// Forty documents of 9 MB each would be 360 MB.
TEST_F(DocumentReads, AreRefusedWhereTheirAnswerWouldBeTooLarge) {
  node_.CreateIndex("src", 1);
  Do("PUT", "/src/_doc/1", "{\"t\":\"" + std::string(9 << 20, 'x') + "\"}");
  std::string ids = "\"1\"";
  EXPECT_EQ(Do("POST", "/src/_mget", "{\"ids\":[" + ids + "]}").status, 200);
  for (int i = 1; i < 40; ++i) ids += ",\"1\"";
  const http::Response answer = Do("POST", "/src/_mget", "{\"ids\":[" + ids + "]}");
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.body.find("circuit_breaking_exception"), std::string::npos);
  ids.clear();
  for (int i = 0; i < 100'001; ++i) ids += ids.empty() ? "1,2" : ",1,2";
  EXPECT_EQ(Do("POST", "/src/_mget", "{\"ids\":[" + ids + "]}").status, 429);
}

}  // namespace
}  // namespace rest::routes
