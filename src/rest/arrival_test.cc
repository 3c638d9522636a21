// Requests that are tasks while their body arrives.

#include "rest/internal/arrival.h"

#include <gtest/gtest.h>

#include "rest/router.h"
#include "support/scripted_exchange.h"
#include "tasks/record/history.h"

namespace rest {
namespace {

using base::Status;
using tasks::Outcome;
using test::ScriptedExchange;

constexpr std::string_view kAction = "indices:data/write/index";

class ArrivalTest : public testing::Test {
 protected:
  ArrivalTest() {
    router_.Add(
        "PUT", "/{index}",
        [this](Request& request) {
          tasks::TaskSpec spec{.action = kAction};
          spec.indices = request.List("index");
          return registry_.Register(std::move(spec));
        },
        [this](const RequestPtr& request) {
          ++called_;
          RETURN_IF_ERROR(request->CheckUnconsumed());
          tasks::RunningTask task = request->TakeTask();
          const Status status = task->Checkpoint();
          std::move(task).Finish(tasks::End(status));
          if (!status.ok()) return status;
          request->RespondText(200, request->TakeBody());
          return Status();
        },
        [](Request&) { return BodyLimit{1000, "index.max_document_bytes"}; });
    router_.Add("DELETE", "/{index}", [this](const RequestPtr& request) {
      ++called_;
      request->RespondText(200, "");
      return Status();
    });
  }

  std::shared_ptr<ScriptedExchange> Begin(std::string_view target) {
    auto exchange = std::make_shared<ScriptedExchange>("PUT", target, 1000);
    router_.Handle(exchange);
    return exchange;
  }
  tasks::TaskPtr OnlyTask() {
    tasks::TaskRegistry::Cursor cursor;
    const auto page = registry_.NextPage(cursor, {});
    return page.size() == 1 ? page.front() : nullptr;
  }
  tasks::TaskInfo Ended() {
    const auto found = history_.Query([](const auto&) { return true; }, 0, 1);
    return found.empty() ? tasks::TaskInfo() : found.front();
  }
  static tasks::Stop ByUser() { return {.reason = "by user request", .by = "me"}; }

  tasks::History history_{{}, base::Clock::System()};
  tasks::TaskRegistry registry_{
      {.node_id = "node-a", .clock = &base::Clock::System(), .history = &history_}};
  Router router_;
  int called_ = 0;
};

TEST_F(ArrivalTest, IsATaskFromItsHeadOn) {
  const auto exchange = Begin("/a,b");
  const tasks::TaskPtr task = OnlyTask();
  ASSERT_NE(task, nullptr);
  EXPECT_EQ(task->spec().action, kAction);
  EXPECT_EQ(task->indices(), (std::vector<std::string>{"a", "b"}));
  EXPECT_STREQ(task->Info(true).phase, "receiving body");
  exchange->GiveBody(std::string("{}"));
  EXPECT_EQ(exchange->Answer().body, "{}");
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_EQ(Ended().phase, nullptr);
}

TEST_F(ArrivalTest, CancelledEndsAndAnswersWithoutItsBody) {
  const auto exchange = Begin("/a");
  ASSERT_TRUE(OnlyTask()->RequestStop(ByUser()));
  exchange->RunPosted();
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_EQ(exchange->Answer().status, 500);
  EXPECT_NE(exchange->Answer().body.find("task_cancelled_exception"), std::string::npos);
  EXPECT_FALSE(exchange->awaits_body());
  EXPECT_EQ(called_, 0);
  EXPECT_EQ(Ended().outcome, Outcome::kCancelled);
}

// The stop has been posted, the last byte comes before it: one of them ends the task, not both.
TEST_F(ArrivalTest, CancelledWithItsLastByteAnswersOnce) {
  const auto exchange = Begin("/a");
  const tasks::TaskPtr task = OnlyTask();
  ASSERT_TRUE(task->RequestStop(ByUser()));
  exchange->GiveBody(std::string("{}"));
  exchange->RunPosted();
  EXPECT_EQ(called_, 1);
  EXPECT_EQ(exchange->Answer().status, 500);
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_EQ(Ended().outcome, Outcome::kCancelled);
}

TEST_F(ArrivalTest, WhoseClientLeavesIsStoppedByThat) {
  const auto exchange = Begin("/a");
  const tasks::TaskPtr task = OnlyTask();
  exchange->GiveBody(http::ClientGone());
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_EQ(task->stop()->cause, tasks::StopCause::kClientGone);
  EXPECT_EQ(Ended().outcome, Outcome::kCancelled);
  EXPECT_EQ(called_, 0);
}

TEST_F(ArrivalTest, ThatIsTooLongFails) {
  const auto exchange = Begin("/a");
  exchange->GiveBody(Status(413, "content_too_long_exception", "too long"));
  EXPECT_EQ(exchange->Answer().status, 400);
  EXPECT_NE(exchange->Answer().body.find("[index.max_document_bytes]"), std::string::npos);
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_EQ(Ended().outcome, Outcome::kFailed);
}

TEST_F(ArrivalTest, ThatNobodyReadsIsAwaitedToo) {
  const auto exchange = std::make_shared<ScriptedExchange>("DELETE", "/a", 1000);
  router_.Handle(exchange);
  exchange->Send("{\"a\":");
  EXPECT_EQ(called_, 0);
  exchange->EndBody();
  EXPECT_EQ(called_, 1);
  const auto broken = std::make_shared<ScriptedExchange>("DELETE", "/a", 1000);
  router_.Handle(broken);
  broken->Leave();
  EXPECT_EQ(called_, 1) << "an incomplete request has no effect";
}

TEST_F(ArrivalTest, EndsWithWhatItsRouteRefuses) {
  const auto exchange = Begin("/a?colour=red");
  exchange->GiveBody(std::string("{}"));
  EXPECT_EQ(exchange->Answer().status, 400);
  EXPECT_EQ(registry_.size(), 0u);
  EXPECT_NE(Ended().error.find("unrecognized parameter"), std::string::npos);
}

TEST_F(ArrivalTest, IsRefusedAtItsHeadWhenTheNodeStops) {
  registry_.StopAll("node is shutting down");
  const auto exchange = Begin("/a");
  EXPECT_EQ(exchange->Answer().status, 503);
  EXPECT_FALSE(exchange->awaits_body());
}

}  // namespace
}  // namespace rest
