#include "support/memory_metadata_store.h"
#include "support/tasks_fixture.h"

namespace actions::tasks_cancel {
namespace {

using test::Coming;

struct Shared {
  MemoryMetadataStore store;
};

// A parent on node-b and its child on node-a, which is asked to cancel.
class ParentsFirst : private Shared, public test::TasksTest {
 protected:
  ParentsFirst()
      : TasksTest({.settings = {.parents_first_millis = 60'000}, .shared = &store}),
        other_({.node_id = "node-b", .name = "opensearch-node2", .shared = &store}) {
    Register(other_.node);
    node_.Start();
    other_.Start();
    node_.others["node-b"] = &other_.self;
    auto task = node_.registry.Register({.action = "internal:test"});
    EXPECT_TRUE(node_.cluster.CatchUp(**task).ok());
    parent_ = *other_.registry.Register(Spec(names::kBulk));
    tasks::TaskSpec spec = Spec(names::kBulkShard);
    spec.parent = parent_->id();
    child_ = Hold(spec);
    spec.parent = child_->id();
    leaf_ = Hold(spec);
  }
  void Ask(CancelRequest request) {
    tasks_cancel::Cancel(node_.node, std::move(request), coming_.Setter());
  }

  test::TestNode other_;
  tasks::RunningTask parent_;
  tasks::TaskPtr child_, leaf_;
  Coming<base::Result<Pages>> coming_;
};

TEST_F(ParentsFirst, AChildIsStoppedByItsParentWhoseNodeIsAskedToo) {
  Ask({});
  while (!parent_->cancelled()) std::this_thread::yield();
  EXPECT_FALSE(child_->cancelled() || leaf_->cancelled()) << "its end could be the parent's";
  for (const auto& task : {child_, leaf_})
    task->RequestStop({.cause = tasks::StopCause::kParent, .reason = "by user request"});
  const Told told = TellAll(coming_.Get());
  EXPECT_EQ(told.tasks.size(), 3u);
  EXPECT_EQ(child_->stop()->cause, tasks::StopCause::kParent);
}

TEST_F(ParentsFirst, AChildThatEndsByItselfIsWaitedForNoLonger) {
  Ask({});
  while (!parent_->cancelled()) std::this_thread::yield();
  for (const auto& task : {leaf_, child_}) Release(task);
  EXPECT_EQ(TellAll(coming_.Get()).tasks.size(), 1u);
}

TEST_F(ParentsFirst, AChildWhoseParentIsNotAskedIsStoppedAtOnce) {
  CancelRequest request;
  request.nodes = {"opensearch-node1"};
  Ask(std::move(request));
  EXPECT_EQ(TellAll(coming_.Get()).tasks.size(), 2u);
  EXPECT_FALSE(parent_->cancelled());
  EXPECT_EQ(leaf_->stop()->cause, tasks::StopCause::kUser);
}

TEST_F(ParentsFirst, AChildWhoseParentIsNotMeantIsStoppedAfterAWhile) {
  const_cast<NodeSettings&>(node_.node.settings).parents_first_millis = 1;
  CancelRequest request;
  request.filter.actions = {std::string(names::kBulkShard)};
  Ask(std::move(request));
  EXPECT_EQ(TellAll(coming_.Get()).tasks.size(), 2u);
  EXPECT_FALSE(parent_->cancelled());
}

}  // namespace
}  // namespace actions::tasks_cancel
