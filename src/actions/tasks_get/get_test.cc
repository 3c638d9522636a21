#include "actions/tasks_get/get.h"

#include "actions/bulk/bulk.h"
#include "actions/get/get.h"
#include "actions/tasks_results/index_result_store.h"
#include "actions/tasks_results/result_retention.h"
#include "base/json/tree.h"
#include "support/tasks_fixture.h"

namespace actions::tasks_get {
namespace {

using test::Coming;

constexpr std::string_view kWork = "test:work";

class GetTest : public test::TasksTest {
 protected:
  using Answer = base::Result<GetAnswer>;

  explicit GetTest(test::TestNode::Options options = {}) : TasksTest(std::move(options)) {
    bulk::Register(node_.node);
    results_ = std::make_shared<tasks_results::IndexResultStore>(node_.node);
    get::Register(node_.node);
    Register(node_.node, results_);
    node_.Start();
  }

  tasks::TaskPtr Begin(GetRequest request, Coming<Answer>& coming) {
    return tasks_get::Get(node_.node, results_, std::move(request), coming.Setter());
  }
  Answer Get(GetRequest request) {
    Coming<Answer> coming;
    Begin(std::move(request), coming);
    return coming.Get();
  }
  Answer Get(const tasks::TaskId& id) { return Get(GetRequest{.id = id, .origin = {}}); }

  // What a task that stores its result does at its end.
  tasks::TaskId RunAndStore(const std::string& response, const base::Status& error = {}) {
    auto task = node_.registry.Register(Spec(kWork));
    const tasks::TaskId id = (*task)->id();
    tasks_results::FinishAndKeep(*results_, *std::move(task), tasks::End(error), response);
    return id;
  }

  ResultStorePtr results_;
};

TEST_F(GetTest, OfARunningTaskTellsItInDetail) {
  const auto task = Hold(kWork);
  const Answer answer = Get(task->id());
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->completed);
  EXPECT_EQ(answer->info->id, task->id());
  EXPECT_EQ(answer->info->description, "");
  EXPECT_TRUE(answer->info->resources);
  EXPECT_TRUE(node_.Tasks("cluster:monitor/*").empty());
}

TEST_F(GetTest, WithoutAnIdIsRefused) {
  EXPECT_EQ(Get(tasks::TaskId()).status().reason(), "Validation Failed: 1: task id is required;");
}

TEST_F(GetTest, OfNothingIs404WithTheMissingIndexAsItsRoot) {
  const base::Status status = Get(tasks::TaskId{"node-a", 99}).status();
  EXPECT_EQ(status.http_status(), 404);
  EXPECT_EQ(status.type(), "resource_not_found_exception");
  EXPECT_EQ(status.reason(), "task [node-a:99] isn't running and hasn't stored its results");
  ASSERT_TRUE(status.cause());
  EXPECT_EQ(status.cause()->type(), "index_not_found_exception");
  EXPECT_EQ(status.cause()->reason(), "no such index [.tasks]");
}

TEST_F(GetTest, OfNothingIsPlain404OnceResultsHaveBeenStored) {
  RunAndStore("{}");
  node_.WaitUntilNothingRuns();
  const base::Status status = Get(tasks::TaskId{"node-a", 99}).status();
  EXPECT_EQ(status.reason(), "task [node-a:99] isn't running and hasn't stored its results");
  EXPECT_FALSE(status.cause());
}

TEST_F(GetTest, OfATaskOfALostNodeSaysSo) {
  const base::Status status = Get(tasks::TaskId{"gone", 5}).status();
  EXPECT_EQ(status.http_status(), 404);
  EXPECT_EQ(status.reason(),
            "task [gone:5] belongs to the node [gone] which isn't part of the cluster and there is "
            "no record of the task");
  ASSERT_TRUE(status.cause());
  EXPECT_EQ(status.cause()->reason(), "task [gone:5] isn't running and hasn't stored its results");
}

TEST_F(GetTest, FindsAResultFromTheMomentItsTaskHasEnded) {
  const tasks::TaskId id = RunAndStore(R"({"took":3})");
  const Answer at_once = Get(id);
  ASSERT_TRUE(at_once.ok()) << at_once.status().reason();
  node_.WaitUntilNothingRuns();
  const Answer later = Get(id);
  ASSERT_TRUE(later.ok()) << later.status().reason();
  EXPECT_EQ(later->stored, at_once->stored) << "from the index";
  auto document = base::json::Document::Parse(*later->stored);
  ASSERT_TRUE(document.ok());
  const auto& root = document->root();
  EXPECT_EQ(root.Find("completed")->text(), "true");
  EXPECT_EQ(root.FindPath({"response", "took"})->text(), "3");
  EXPECT_EQ(root.FindPath({"task", "action"})->text(), kWork);
  EXPECT_FALSE(root.FindPath({"task", "resource_stats"}));
  EXPECT_FALSE(root.Find("error"));
}

TEST_F(GetTest, AStoredErrorIsTheBareException) {
  const tasks::TaskId id = RunAndStore("", base::IllegalArgument("no").With("index", "m"));
  const Answer answer = Get(id);
  ASSERT_TRUE(answer.ok());
  auto document = base::json::Document::Parse(*answer->stored);
  EXPECT_EQ(document->root().Find("error")->ToString(),
            R"({"type":"illegal_argument_exception","reason":"no","index":"m"})");
  EXPECT_FALSE(document->root().Find("response"));
}

TEST_F(GetTest, ResultsLieInAStrictIndexMadeOnFirstUse) {
  EXPECT_FALSE(node_.cluster.state()->FindIndex(".tasks"));
  const tasks::TaskId id = RunAndStore(R"({"any":{"thing":[1]}})");
  node_.WaitUntilNothingRuns();
  const auto index = node_.cluster.state()->FindIndex(".tasks");
  ASSERT_TRUE(index);
  EXPECT_EQ(index->number_of_shards, 1);
  EXPECT_EQ(index->settings.at("index.auto_expand_replicas"), "0-1");
  auto mapping = base::json::Document::Parse(index->mappings);
  EXPECT_EQ(mapping->root().Find("dynamic")->text(), "strict");
  EXPECT_EQ(mapping->root().FindPath({"_meta", "version"})->text(), "5");
  EXPECT_EQ(node_.Documents(".tasks"), 1) << id.ToString();
}

TEST_F(GetTest, AWaitIsOverWithTheTaskAndTellsItsResult) {
  auto task = node_.registry.Register(Spec(kWork));
  Coming<Answer> coming;
  Begin({.id = (*task)->id(), .wait = true, .origin = {}}, coming);
  EXPECT_FALSE(coming.IsThere());
  tasks_results::FinishAndKeep(*results_, *std::move(task), tasks::End(), R"({"took":4})");
  const Answer answer = coming.Get();
  ASSERT_TRUE(answer.ok());
  EXPECT_NE(answer->stored->find(R"("took":4)"), std::string::npos);
}

TEST_F(GetTest, AWaitForATaskThatStoresNothingTellsItAsItEnded) {
  const auto task = Hold(kWork);
  Coming<Answer> coming;
  Begin({.id = task->id(), .wait = true, .origin = {}}, coming);
  Release(task);
  const Answer answer = coming.Get();
  ASSERT_TRUE(answer.ok()) << answer.status().reason();
  EXPECT_TRUE(answer->completed);
  EXPECT_EQ(answer->info->id, task->id());
}

// B13: always 504, and the task is named.
TEST_F(GetTest, B13ATimedOutWaitIs504AndNamesTheTask) {
  const auto task = Hold(kWork);
  const base::Status status =
      Get({.id = task->id(), .wait = true, .wait_millis = 10, .origin = {}}).status();
  EXPECT_EQ(status.http_status(), 504);
  EXPECT_EQ(status.type(), "timeout_exception");
  EXPECT_EQ(status.reason(), "Timed out waiting for completion of [" + task->id().ToString() + "]");
  EXPECT_TRUE(node_.Tasks("cluster:monitor/*").empty());
}

TEST_F(GetTest, AWaitEndsWithItsClient) {
  const auto task = Hold(kWork);
  Coming<Answer> coming;
  const auto get = Begin({.id = task->id(), .wait = true, .wait_millis = -1, .origin = {}}, coming);
  tasks::Stop stop;
  stop.cause = tasks::StopCause::kClientGone;
  stop.reason = "channel closed";
  get->RequestStop(stop);
  EXPECT_EQ(coming.Get().status().code(), base::Code::kCancelled);
  EXPECT_FALSE(task->cancelled());
}

// B15: what a get reads is its child, and is stopped with it.
TEST_F(GetTest, B15TheReadOfAResultIsAChildOfTheGet) {
  // Too long to be read by the thread that asks.
  const tasks::TaskId id = RunAndStore(R"({"took":"4)" + std::string(100'000, '0') + R"("})");
  while (node_.Documents(".tasks") == 0) std::this_thread::yield();
  node_.WaitUntilNothingRuns();  // else it is told without a read
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  for (int i = 0; i < 2; ++i) {
    node_.get.Submit(*node_.registry.Register(Spec("test:busy")), [open](tasks::TaskContext&) {
      open.wait();
      return tasks::End();
    });
  }
  Coming<Answer> coming;
  const auto get = Begin({.id = id, .origin = {}}, coming);
  const auto read = node_.WaitForTask("indices:data/read/get");
  EXPECT_EQ(read->spec().parent, get->id());
  get->RequestStop({tasks::StopCause::kClientGone, "channel closed"});
  EXPECT_EQ(coming.Get().status().code(), base::Code::kCancelled);
  EXPECT_EQ(read->stop()->cause, tasks::StopCause::kParent);
  gate.set_value();
}

// B25: results need not stay for ever.
TEST_F(GetTest, B25ResultsExpireSomeTimeAfterTheirTaskHasEnded) {
  const tasks::TaskId id = RunAndStore(R"({"took":4})");
  while (node_.Documents(".tasks") == 0) std::this_thread::yield();
  node_.WaitUntilNothingRuns();
  auto task = *node_.registry.Register(Spec("test:expire"));
  const std::int64_t now = node_.clock.WallMillis();
  EXPECT_EQ(*tasks_results::DropResults(node_.node, *task, now - 60'000), 0);
  EXPECT_TRUE(Get(id).ok()) << "it is not old enough";
  EXPECT_EQ(*tasks_results::DropResults(node_.node, *task, now + 60'000), 1);
  EXPECT_EQ(Get(id).status().http_status(), 404);
  std::move(task).Finish(tasks::End());
}

// B9: numbers go on over a restart, so an old id never means a new task.
TEST_F(GetTest, B9NumbersAreNotGivenTwice) {
  std::set<std::int64_t> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(Hold(kWork)->id().number).second);
}

// node-b, which is made first.
struct OtherNode {
  OtherNode() {
    bulk::Register(other_.node);
    get::Register(other_.node);
    other_.Start();
  }
  MemoryMetadataStore shared_;
  test::TestNode other_{{.node_id = "node-b", .name = "opensearch-node2", .shared = &shared_}};
};

class GetOfTwoNodesTest : protected OtherNode, public GetTest {
 protected:
  GetOfTwoNodesTest() : GetTest({.shared = &shared_}) { node_.others = {{"node-b", &other_.self}}; }
};

TEST_F(GetOfTwoNodesTest, AResultGoesToTheNodeThatHasItsIndex) {
  node_.CreateIndex("here");  // so that the next one is there
  const tasks::TaskId id = RunAndStore(R"({"took":1})");
  node_.WaitUntilNothingRuns();
  ASSERT_EQ(node_.cluster.state()->FindIndex(".tasks")->shard_nodes.front(), "node-b");
  EXPECT_EQ(other_.Documents(".tasks"), 1);
  const Answer answer = Get(id);
  ASSERT_TRUE(answer.ok()) << answer.status().reason();
  EXPECT_NE(answer->stored.value_or("").find("took"), std::string::npos);
}

}  // namespace
}  // namespace actions::tasks_get
