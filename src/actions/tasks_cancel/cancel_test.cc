#include "actions/tasks_cancel/cancel.h"

#include "actions/tasks_cancel/rethrottle.h"
#include "support/puppet.h"
#include "support/tasks_fixture.h"

namespace actions::tasks_cancel {
namespace {

using test::Coming;

constexpr std::string_view kBulk = names::kBulk;

class CancelTest : public test::StartedTasksTest {
 protected:
  explicit CancelTest(test::TestNode::Options options = {})
      : StartedTasksTest(std::move(options)) {}

  static CancelRequest ByAction(std::string pattern) {
    CancelRequest request;
    request.filter.actions = {std::move(pattern)};
    return request;
  }
  static const base::Status& Why(const Told& told) {
    EXPECT_EQ(told.failures.nodes.size(), 1u);
    return told.failures.nodes.at(0).why;
  }
};

TEST_F(CancelTest, OfOneTaskTellsWhoAskedAndWhy) {
  const auto task = Hold(kBulk);
  CancelRequest request;
  request.id = task->id();
  request.reason = "took the disk";
  request.origin = From("ann");
  const Told told = Cancel(std::move(request));
  EXPECT_TRUE(told.Of(task).cancelled);
  EXPECT_TRUE(told.Of(task).cancellation_time_millis);
  ASSERT_TRUE(task->stop());
  EXPECT_EQ(task->stop()->by, "ann");
  EXPECT_EQ(task->stop()->reason, "took the disk");
  EXPECT_EQ(task->stop()->cause, tasks::StopCause::kUser);
}

TEST_F(CancelTest, WithoutAReasonIsByUserRequest) {
  const auto task = Hold(kBulk);
  Cancel(task->id());
  EXPECT_EQ(task->stop()->reason, "by user request");
}

TEST_F(CancelTest, WithoutMatchesIsEmptyAndHasNoFailures) {
  const Told told = Cancel(CancelRequest());
  EXPECT_TRUE(told.tasks.empty());
  EXPECT_TRUE(told.failures.nodes.empty() && told.failures.tasks.empty());
}

// B5: no request is refused for what it names; the answer says what was wrong with it.
TEST_F(CancelTest, B5NamesUnknownIdsNodesAndTasksThatCannotBeCancelled) {
  EXPECT_EQ(Why(Cancel(tasks::TaskId{"node-a", 99})).reason(), "task [node-a:99] is not found");
  EXPECT_EQ(Why(Cancel(tasks::TaskId{"elsewhere", 1})).reason(), "No such node [elsewhere]");
  EXPECT_EQ(Why(Cancel(tasks::TaskId{"", 5})).reason(), "No such node []");
  tasks::TaskSpec spec = Spec("test:fixed");
  spec.cancellable = false;
  const auto fixed = Hold(std::move(spec));
  EXPECT_EQ(Why(Cancel(fixed->id())).reason(),
            "task [" + fixed->id().ToString() + "] doesn't support cancellation");
  const auto task = Hold(kBulk);
  CancelRequest request = ByAction("*search");
  request.id = task->id();
  EXPECT_EQ(Why(Cancel(request)).reason(),
            "task [" + task->id().ToString() + "] doesn't support this operation");
  EXPECT_FALSE(task->cancelled());
}

// B5: who asks for it gets 404 and 400.
TEST_F(CancelTest, B5AStrictOneThatTouchesNothingSaysWhyByItsStatus) {
  CancelRequest request;
  request.strict = true;
  const auto refused = [&](const tasks::TaskId& id) {
    request.id = id;
    const base::Status why = TryCancel(request).status();
    return std::to_string(why.http_status()) + " " + why.reason();
  };
  EXPECT_EQ(refused({"node-a", 99}), "404 task [node-a:99] is not found");
  EXPECT_EQ(refused({"elsewhere", 1}), "404 No such node [elsewhere]");
  tasks::TaskSpec spec = Spec("test:fixed");
  spec.cancellable = false;
  const tasks::TaskId fixed = Hold(std::move(spec))->id();
  EXPECT_EQ(refused(fixed), "400 task [" + fixed.ToString() + "] doesn't support cancellation");
  const auto task = Hold(kBulk);
  request.filter.actions = {"*search"};
  EXPECT_EQ(refused(task->id()),
            "400 task [" + task->id().ToString() + "] doesn't support this operation");
  EXPECT_EQ(refused({}), "404 no task matches");
  EXPECT_FALSE(task->cancelled());
  request.id = task->id();
  request.filter = {};
  EXPECT_EQ(Cancel(request).tasks.size(), 1u);
}

TEST_F(CancelTest, OfAnIdTogetherWithNodesIsRefused) {
  CancelRequest request;
  request.id = {"node-a", 1};
  request.nodes = {"node-a"};
  EXPECT_EQ(TryCancel(request).status().reason(),
            "Validation Failed: 1: task id cannot be used together with node ids;");
}

// B6: each failure has the id of its own task.
TEST_F(CancelTest, B6EveryTaskFailureHasItsOwnId) {
  const auto one = Hold(kBulk), two = Hold(kBulk), three = Hold(kBulk);
  CancelRequest request = ByAction(std::string(kBulk));
  request.wait = true;
  request.wait_millis = 20;
  const Told told = Cancel(request);
  std::vector<std::int64_t> failed;
  for (const auto& failure : told.failures.tasks) {
    failed.push_back(failure.id.number);
    EXPECT_EQ(failure.why.reason(),
              "Timed out waiting for completion of [" + failure.id.ToString() + "]");
  }
  std::sort(failed.begin(), failed.end());
  EXPECT_EQ(failed, told.Numbers());
  EXPECT_EQ(failed.size(), 3u);
}

// B4: a task that was cancelled is listed, whatever else is told of it.
TEST_F(CancelTest, B4ATaskWhoseChildIsUnconfirmedIsListedAndNamedAsAFailure) {
  const auto task = Hold(kBulk);
  Coming<base::Result<Pages>> coming;
  CancelRequest request;
  request.id = task->id();
  request.wait = true;
  tasks_cancel::Cancel(node_.node, request, coming.Setter());
  while (!task->cancelled()) std::this_thread::yield();
  Release(task, tasks::End(base::Status(base::Code::kUnconfirmed, "node-b:7 is lost")));
  const Told told = TellAll(coming.Get());
  EXPECT_TRUE(told.Of(task).cancelled);
  ASSERT_EQ(told.failures.tasks.size(), 1u);
  EXPECT_EQ(told.failures.tasks[0].id, task->id());
  EXPECT_EQ(told.failures.tasks[0].why.reason(), "node-b:7 is lost");
}

// B7: other kinds of tasks than by-query have no rate.
TEST_F(CancelTest, B7RethrottleOfAnotherKindIsAnIllegalArgumentInItsPlace) {
  const auto rethrottle = [&](const tasks::TaskId& id) {
    Coming<base::Result<Pages>> coming;
    Rethrottle(node_.node, id, nullptr, coming.Setter());
    return TellAll(coming.Get());
  };
  const auto task = Hold(kBulk);
  const Told told = rethrottle(task->id());
  ASSERT_EQ(told.failures.tasks.size(), 1u);
  EXPECT_EQ(told.failures.tasks[0].id, task->id());
  EXPECT_EQ(told.failures.tasks[0].why.type(), "illegal_argument_exception");
  EXPECT_EQ(Why(rethrottle({"node-a", 999})).reason(), "task [node-a:999] is missing");
  EXPECT_EQ(Why(rethrottle({"elsewhere", 1})).type(), "no_such_node_exception");
}

// B17: a task that has ended meanwhile is not found, and leaves no trace.
TEST_F(CancelTest, B17OfAnEndedTaskIsNotFound) {
  const auto task = Hold(kBulk);
  Release(task);
  EXPECT_EQ(Why(Cancel(task->id())).reason(), "task [" + task->id().ToString() + "] is not found");
  EXPECT_FALSE(task->cancelled());
}

// B18: the first cancel's reason and time stay.
TEST_F(CancelTest, B18TheFirstReasonAndTimeStay) {
  const auto task = Hold(kBulk);
  CancelRequest first;
  first.id = task->id();
  first.reason = "first";
  const auto at = Cancel(first).Of(task).cancellation_time_millis;
  CancelRequest second = first;
  second.reason = "second";
  const Told told = Cancel(second);
  EXPECT_EQ(told.Of(task).cancellation_time_millis, at);
  EXPECT_EQ(task->stop()->reason, "first");
}

// B20: a stop goes through children that no cancel may name, down to the last descendant, before
// the answer.
TEST(CancelTreeTest, B20ReachesTheDescendantsOfChildrenThatCannotBeCancelled) {
  class Tree : public test::TasksTest {
   public:
    void TestBody() override {
      constexpr std::string_view kChild = "test:child", kLeaf = "test:leaf";
      test::Puppet puppet;
      const auto not_by_name = [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
        spec.cancellable = false;
      };
      node_.action_table.Add(kChild, not_by_name, [&](tasks::RunningTask task, auto) {
        node_.coordinator.Submit(std::move(task), [&](tasks::TaskContext& context) {
          tasks::ChildScope scope(context);
          tasks::StartRequest start;
          start.action = kLeaf;
          scope.Start(node_.self, start, {});
          return tasks::End(scope.Join());
        });
      });
      node_.action_table.Add(kLeaf, nullptr, [&](tasks::RunningTask task, auto) {
        node_.coordinator.Submit(std::move(task), [&](tasks::TaskContext& context) {
          return tasks::End(puppet.Act(context));
        });
      });
      node_.Start();
      const auto parent = Hold(kBulk);
      tasks::ChildScope scope(*parent);
      tasks::StartRequest start;
      start.action = kChild;
      ASSERT_TRUE(scope.Start(node_.self, start, {}));
      puppet.WaitUntilBegun();
      const auto leaf = node_.WaitForTask(std::string(kLeaf));
      EXPECT_EQ(Cancel(parent->id()).tasks.size(), 1u);
      ASSERT_TRUE(leaf->cancelled());
      EXPECT_EQ(leaf->stop()->reason, "by user request");
      scope.Join().Ignore();
    }
  };
  Tree().TestBody();
}

TEST_F(CancelTest, ByFilterTakesOnlyWhatMatchesAndMayBeCancelled) {
  const auto bulk = Hold(kBulk), other = Hold("test:other");
  tasks::TaskSpec spec = Spec(kBulk);
  spec.cancellable = false;
  const auto fixed = Hold(std::move(spec));
  EXPECT_EQ(Cancel(ByAction("*write*")).Numbers(), std::vector{bulk->id().number});
  EXPECT_FALSE(other->cancelled() || fixed->cancelled());
}

TEST_F(CancelTest, LeavesBackgroundWorkAloneUnlessItIsMeant) {
  tasks::TaskSpec spec = Spec("indices:admin/flush");
  spec.task_class = tasks::TaskClass::kBackground;
  const auto flush = Hold(std::move(spec));
  EXPECT_TRUE(Cancel(CancelRequest()).tasks.empty());
  EXPECT_TRUE(Cancel(ByAction("indices:*")).tasks.empty());
  CancelRequest meant;
  meant.filter.background = true;
  meant.dry_run = true;
  EXPECT_EQ(Cancel(meant).tasks.size(), 1u);
  EXPECT_EQ(Cancel(ByAction("indices:admin/flush*")).tasks.size(), 1u);
  EXPECT_TRUE(flush->cancelled());
}

TEST_F(CancelTest, ADryRunTouchesNothing) {
  const auto task = Hold(kBulk);
  for (const bool by_id : {true, false}) {
    CancelRequest request;
    request.dry_run = true;
    request.wait = true;
    if (by_id) request.id = task->id();
    const Told told = Cancel(request);
    EXPECT_FALSE(told.Of(task).cancelled);
    EXPECT_TRUE(told.failures.tasks.empty());
  }
  EXPECT_FALSE(task->cancelled());
}

TEST_F(CancelTest, ByFilterAnswersThoughEveryThreadOfThePoolWaits) {
  test::Puppet puppet;
  for (int i = 0; i < 2; ++i) {
    node_.task_pool.Submit(*node_.registry.Register(Spec("test:stuck")),
                           [&](tasks::TaskContext& task) { return tasks::End(puppet.Act(task)); });
  }
  puppet.WaitUntilBegun(2);
  const auto task = Hold(kBulk);
  CancelRequest request = ByAction(std::string(kBulk));
  EXPECT_TRUE(Cancel(request).Of(task).cancelled);
  request.wait = true;
  request.wait_millis = 10;
  EXPECT_EQ(Cancel(request).failures.tasks.size(), 1u);
  puppet.LetGo();
  node_.WaitForTask(std::string(kBulk));
  while (!node_.Tasks("test:stuck").empty()) std::this_thread::yield();
}

TEST_F(CancelTest, NeverCancelsItself) {
  EXPECT_TRUE(Cancel(ByAction("cluster:admin/tasks/cancel*")).tasks.empty());
}

TEST_F(CancelTest, WithAWaitAnswersWhenTheLastHasEnded) {
  const auto one = Hold(kBulk), two = Hold(kBulk);
  CancelRequest request = ByAction(std::string(kBulk));
  request.wait = true;
  Coming<base::Result<Pages>> coming;
  tasks_cancel::Cancel(node_.node, request, coming.Setter());
  while (!two->cancelled()) std::this_thread::yield();
  Release(one);
  EXPECT_FALSE(coming.IsThere());
  Release(two, tasks::End(base::Cancelled("by user request")));
  const Told told = TellAll(coming.Get());
  EXPECT_EQ(told.tasks.size(), 2u);
  EXPECT_TRUE(told.failures.tasks.empty());
  EXPECT_TRUE(node_.Tasks().empty()) << "the cancel, too, has left the list";
}

TEST_F(CancelTest, OfThousandsTellsThemAll) {
  for (int i = 0; i < 2500; ++i) Hold(kBulk);
  EXPECT_EQ(Cancel(ByAction(std::string(kBulk))).tasks.size(), 2500u);
  for (const auto& task : node_.Tasks(std::string(kBulk))) EXPECT_TRUE(task->cancelled());
}

TEST_F(CancelTest, DescribesItselfAsOpenSearchDoes) {
  const auto task = Hold(kBulk);
  CancelRequest request;
  request.id = task->id();
  request.wait = true;
  Coming<base::Result<Pages>> coming;
  tasks_cancel::Cancel(node_.node, request, coming.Setter());
  const std::string wanted = "reason[by user request], waitForCompletion[true], taskId[" +
                             task->id().ToString() +
                             "], parentTaskId[unset], nodes[], actions[none]";
  EXPECT_EQ(node_.WaitForTask("cluster:admin/tasks/cancel")->spec().description, wanted);
  EXPECT_EQ(node_.WaitForTask("cluster:admin/tasks/cancel[n]")->spec().description, wanted);
  Release(task);
  EXPECT_TRUE(coming.Get().ok());
}

}  // namespace
}  // namespace actions::tasks_cancel
