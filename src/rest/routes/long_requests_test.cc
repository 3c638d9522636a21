#include "rest/routes/long_requests.h"

#include <gtest/gtest.h>

#include "cluster/index/alias_changes.h"
#include "rest/routes/cluster_fixture.h"
#include "rest/routes/indices.h"

namespace rest::routes {
namespace {

// Many names, and one coordinator, which is busy until the test lets it go.
class LongRequests : public ClusterRoutesTest {
 protected:
  explicit LongRequests(int names) : ClusterRoutesTest({.coordinator_threads = 1}) {
    AddIndexWorkRoutes(router_, node_.node);
    AddFieldMappingRoutes(router_, node_.node);
    router_.RunWith(RunLongRequestsElsewhere(node_.node));
    node_.CreateIndex("ev");
    std::vector<cluster::AliasChange> changes(1);
    changes[0].indices = {"ev"};
    for (int i = 0; i < names; ++i) changes[0].aliases.push_back("alias-" + std::to_string(i));
    auto task = node_.registry.Register({.action = "test"});
    EXPECT_TRUE(cluster::ChangeAliases(node_.cluster, **task, changes).ok());
    (*std::move(task)).Finish(tasks::End());
  }
  ~LongRequests() override { LetGo(); }

  void Occupy() {
    auto task = node_.registry.Register({.action = "test"});
    node_.coordinator.Submit(*std::move(task), [hold = go_on_.get_future().share()](auto&) {
      hold.wait();
      return tasks::End();
    });
  }
  void LetGo() {
    if (!std::exchange(gone_on_, true)) go_on_.set_value();
  }

  std::promise<void> go_on_;
  bool gone_on_ = false;
};

class LongNames : public LongRequests {
 protected:
  LongNames() : LongRequests(5'000) {
    for (int i = 0; i < 50; ++i) long_ += (i == 0 ? "*" : ",*") + std::to_string(i) + "*";
  }

  std::string long_;
};

class LargeMetadata : public LongRequests {
 protected:
  LargeMetadata() : LongRequests(20'000) {}
};

TEST_F(LargeMetadata, AreToldOfByATaskThatACancelEnds) {
  Occupy();
  for (const char* target :
       {"/_cluster/state", "/_cat/indices", "/_mapping/field/_source", "/_cat/indices/tasks"}) {
    test::HttpClient client = served_.Connect();
    client.Send(test::RequestText("GET", target));
    const auto task = node_.WaitForTask(std::string(kReadMetadata));
    task->RequestStop({.reason = "enough"});
    EXPECT_EQ(client.ReadAnswer().status, 500);
  }
}

TEST_F(LargeMetadata, LetRequestsPassThatHaveNothingToDoWithThem) {
  Occupy();
  EXPECT_NE(Get("/_nodes/_local").find("\"nodes\""), std::string::npos);
  LetGo();
  EXPECT_NE(Get("/_cluster/state").find("\"alias-19999\""), std::string::npos);
}

TEST_F(LongNames, AreResolvedAsATaskThatACancelEnds) {
  Occupy();
  for (const std::string& target : {"/_cat/indices/" + long_, "/" + long_ + "/_count"}) {
    test::HttpClient client = served_.Connect();
    client.Send(test::RequestText("GET", target));
    const auto task = node_.WaitForTask(std::string(kResolveIndex));
    task->RequestStop({.reason = "enough"});
    const test::HttpAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 500);
    EXPECT_NE(answer.body.find("task_cancelled_exception"), std::string::npos) << answer.body;
  }
}

TEST_F(LongNames, EndWithTheRequestTheyAreOf) {
  Occupy();
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("GET", "/" + long_ + "/_count"));
  const auto task = node_.WaitForTask(std::string(kResolveIndex));
  const auto count = node_.WaitForTask(std::string(actions::names::kSearch));
  EXPECT_EQ(task->spec().parent, count->id());
  count->RequestStop({.reason = "enough"});
  EXPECT_EQ(client.ReadAnswer().status, 500);
  while (!node_.Tasks("indices:*").empty()) std::this_thread::yield();
}

TEST_F(LongNames, EndWhenTheClientGoes) {
  Occupy();
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("GET", "/_cat/indices/" + long_));
  node_.WaitForTask(std::string(kResolveIndex));
  client.Close();
  while (!node_.Tasks(std::string(kResolveIndex)).empty()) std::this_thread::yield();
}

TEST_F(LongNames, ShortOnesWaitForNobodyAndBothAnswerTheSame) {
  Occupy();
  const std::string answer = Get("/_cat/indices/e*?h=index");
  EXPECT_EQ(answer, "ev\n");
  LetGo();
  EXPECT_EQ(Get("/_cat/indices/" + long_ + "?h=index"), answer);
  EXPECT_EQ(Get("/" + long_ + "/_count"), Get("/ev/_count"));
}

}  // namespace
}  // namespace rest::routes
