#include "tasks/run/stop_link.h"

#include <gtest/gtest.h>

#include "support/inbox.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

const Stop kByUser{.cause = StopCause::kUser, .reason = "wrong file"};

class Link : public testing::Test {
 protected:
  TaskRegistry registry_{{.node_id = "node-a", .clock = &base::Clock::System()}};
  test::Inbox inbox_;
};

TEST_F(Link, PassesTheStopOnAsTheParents) {
  const RunningTask from = *registry_.Register({.action = "from"});
  const RunningTask to = *registry_.Register({.action = "to"});
  const StopLink link(*from, *to, inbox_);
  from->RequestStop(kByUser);
  ASSERT_EQ(inbox_.posted.size(), 1u);
  inbox_.posted.front()();
  EXPECT_EQ(to->stop()->cause, StopCause::kParent);
  EXPECT_EQ(to->stop()->reason, "wrong file");
}

TEST_F(Link, TouchesNoTaskThatIsGoneWhenItsPostingRuns) {
  {
    const RunningTask from = *registry_.Register({.action = "from"});
    const RunningTask to = *registry_.Register({.action = "to"});
    const StopLink link(*from, *to, inbox_);
    from->RequestStop(kByUser);
  }
  ASSERT_EQ(inbox_.posted.size(), 1u);
  inbox_.posted.front()();  // under ASan: no use after free
}

}  // namespace
}  // namespace tasks
