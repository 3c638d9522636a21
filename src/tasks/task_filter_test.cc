#include "tasks/task_filter.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

class Filter : public testing::Test {
 protected:
  TaskContext Make(TaskSpec spec) { return {TaskId{"n", 1}, std::move(spec), clock_}; }
  OriginPtr OriginOf(std::string user, std::string opaque_id) {
    return std::make_shared<Origin>(
        Origin{.headers = {{"X-Opaque-Id", opaque_id}}, .user = user, .remote_address = "r:1"});
  }

  base::ManualClock clock_;
};

TEST_F(Filter, MatchesAllIfItSaysNothing) {
  EXPECT_TRUE(TaskFilter().Matches(Make({.action = "a", .task_class = TaskClass::kBackground})));
}

TEST_F(Filter, MatchesAnyOfItsActionGlobs) {
  const TaskContext bulk = Make({.action = "indices:data/write/bulk[s]"});
  EXPECT_TRUE((TaskFilter{.actions = {"x", "*write*"}}.Matches(bulk)));
  EXPECT_TRUE((TaskFilter{.actions = {"indices:data/write/bulk[s]"}}.Matches(bulk)));
  EXPECT_FALSE((TaskFilter{.actions = {"indices:data/write/bulk"}}.Matches(bulk)));
  EXPECT_FALSE((TaskFilter{.actions = {"INDICES:*"}}.Matches(bulk)));
}

TEST_F(Filter, MatchesTheParentByNodeAndNumber) {
  const TaskContext child = Make({.action = "a", .parent = {"node-a", 5}});
  EXPECT_TRUE((TaskFilter{.parent = {"node-a", 5}}.Matches(child)));
  EXPECT_FALSE((TaskFilter{.parent = {"node-b", 5}}.Matches(child)));
  EXPECT_FALSE((TaskFilter{.parent = {"node-a", 6}}.Matches(child)));
}

TEST_F(Filter, MatchesTheDescriptionAsAGlob) {
  const TaskContext task = Make({.action = "a", .description = "bulk request to [logs]"});
  EXPECT_TRUE((TaskFilter{.description = "bulk*logs*"}.Matches(task)));
  EXPECT_FALSE((TaskFilter{.description = "bulk"}.Matches(task)));
  EXPECT_FALSE(
      (TaskFilter{.description = "*"}.Matches(Make({.action = "a", .description = std::nullopt}))));
}

TEST_F(Filter, MatchesAnyIndexOfTheTask) {
  const TaskContext task = Make({.action = "a", .indices = {"logs-1", "users"}});
  EXPECT_TRUE((TaskFilter{.index = "logs-*"}.Matches(task)));
  EXPECT_TRUE((TaskFilter{.index = "users"}.Matches(task)));
  EXPECT_FALSE((TaskFilter{.index = "logs"}.Matches(task)));
  EXPECT_FALSE((TaskFilter{.index = "*"}.Matches(Make({.action = "a"}))));
}

TEST_F(Filter, MatchesForWhomTheTaskRuns) {
  const TaskContext task = Make({.action = "a", .origin = OriginOf("kim", "job-7")});
  EXPECT_TRUE((TaskFilter{.x_opaque_id = "job-7", .user = "kim"}.Matches(task)));
  EXPECT_FALSE((TaskFilter{.x_opaque_id = "job-"}.Matches(task)));
  EXPECT_FALSE((TaskFilter{.user = "r:1"}.Matches(task)));
  EXPECT_TRUE(
      (TaskFilter{.user = "r:1"}.Matches(Make({.action = "a", .origin = OriginOf("", "")}))));
  EXPECT_FALSE((TaskFilter{.user = "kim"}.Matches(Make({.action = "a"}))));
}

TEST_F(Filter, MatchesWhatHasRunLongEnough) {
  const TaskContext task = Make({.action = "a"});
  const TaskFilter filter{.min_running_nanos = 1'000'000};
  EXPECT_FALSE(filter.Matches(task));
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(filter.Matches(task));
}

TEST_F(Filter, MatchesOneClassIfAskedTo) {
  const TaskContext client = Make({.action = "a"});
  const TaskContext background = Make({.action = "a", .task_class = TaskClass::kBackground});
  EXPECT_TRUE((TaskFilter{.background = false}.Matches(client)));
  EXPECT_FALSE((TaskFilter{.background = true}.Matches(client)));
  EXPECT_TRUE((TaskFilter{.background = true}.Matches(background)));
}

class CancelFilter : public Filter {
 protected:
  const TaskContext client_ = Make({.action = "indices:admin/flush"});
  const TaskContext flush_ =
      Make({.action = "indices:admin/flush[s]", .task_class = TaskClass::kBackground});
};

TEST_F(CancelFilter, LeavesBackgroundWorkAloneUnlessItIsNamed) {
  for (const char* group : {"*", "indices:*", "indices:admin/*", "indices:admin/flu*", "*flush*"}) {
    const TaskFilter filter{.actions = {group}};
    EXPECT_TRUE(filter.MatchesForCancel(client_)) << group;
    EXPECT_FALSE(filter.MatchesForCancel(flush_)) << group;
  }
  EXPECT_FALSE(TaskFilter().MatchesForCancel(flush_));
}

TEST_F(CancelFilter, StopsBackgroundWorkThatAPatternNames) {
  for (const char* name :
       {"indices:admin/flush*", "indices:admin/flush[s]", "indices:admin/flush[*"})
    EXPECT_TRUE((TaskFilter{.actions = {name}}.MatchesForCancel(flush_))) << name;
  EXPECT_FALSE((TaskFilter{.actions = {"indices:admin/flush"}}.MatchesForCancel(flush_)))
      << "that is another action";
  EXPECT_TRUE((TaskFilter{.actions = {"x*", "indices:admin/flush*"}}.MatchesForCancel(flush_)));
}

TEST_F(CancelFilter, StopsBackgroundWorkAndOnlyThatIfItSaysSo) {
  EXPECT_TRUE((TaskFilter{.background = true}.MatchesForCancel(flush_)));
  EXPECT_FALSE((TaskFilter{.background = true}.MatchesForCancel(client_)));
}

TEST_F(CancelFilter, SkipsWhatCannotBeCancelled) {
  EXPECT_FALSE(TaskFilter().MatchesForCancel(Make({.action = "a", .cancellable = false})));
}

}  // namespace
}  // namespace tasks
