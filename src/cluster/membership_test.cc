#include <gmock/gmock.h>

#include "cluster/records.h"
#include "cluster/several_nodes_fixture.h"

namespace cluster {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// The store answers what was asked of it before; nothing of it is known yet.
TEST_F(SeveralNodes, ANodeThatIsNotOneOfThemYetHasNoNewsToCatchUpWith) {
  Create(Joined("n1"), "a");
  ClusterService& starting = services_.emplace_back(store_, clock_);
  EXPECT_EQ(starting.CatchUp(task_).type(), "cluster_block_exception");
  ASSERT_TRUE(starting.Join(task_, "quell", MemberInfo("n2"), nullptr).ok());
  EXPECT_TRUE(starting.CatchUp(task_).ok());
  EXPECT_TRUE(starting.state()->FindIndex("a"));
}

TEST_F(SeveralNodes, SeeEachOtherAndWhatEachHasMade) {
  ClusterService& first = Joined("n1");
  EXPECT_EQ(first.state()->manager_id, "n1") << "somebody has to";
  ClusterService& second = Joined("n2");
  Await([&] { return first.state()->nodes.size() == 2; });
  EXPECT_EQ(second.state()->manager_id, "n1");
  EXPECT_EQ(second.state()->cluster_uuid, first.state()->cluster_uuid);
  EXPECT_EQ(second.state()->local().name, "opensearch-n2");
  Create(second, "a", 6);
  Await([&] { return first.state()->FindIndex("a") != nullptr; });
  EXPECT_THAT(first.state()->FindIndex("a")->shard_nodes,
              UnorderedElementsAre("n1", "n1", "n1", "n2", "n2", "n2"));
}

TEST_F(SeveralNodes, MakeAChangeOfAnOldStateAgainOfTheNewOne) {
  ClusterService& first = Joined("n1");
  ClusterService& second = Joined("n2");
  Deafen();
  const IndexPtr a = Create(first, "a");
  ASSERT_EQ(second.state()->FindIndex("a"), nullptr);
  const IndexPtr b = Create(second, "b");
  EXPECT_NE(a->shard_keys, b->shard_keys);
  EXPECT_NE(second.state()->FindIndex("a"), nullptr);
  EXPECT_EQ(second.CreateIndex(task_, {.name = "a"}).status().type(),
            "resource_already_exists_exception");
  EXPECT_TRUE(first.CatchUp(task_).ok());
  EXPECT_NE(first.state()->FindIndex("b"), nullptr);
  EXPECT_EQ(first.state()->version, second.state()->version);
}

TEST_F(SeveralNodes, ReadEverythingWhereTheStoreHasForgottenTheWay) {
  ClusterService& first = Joined("n1");
  ClusterService& second = Joined("n2");
  Deafen();
  Create(first, "a");
  Create(first, "b");
  ASSERT_TRUE(first.DeleteIndices(task_, {"a"}).ok());
  store_.ForgetUpdates();
  ASSERT_TRUE(second.CatchUp(task_).ok());
  EXPECT_EQ(second.state()->FindIndex("a"), nullptr);
  EXPECT_NE(second.state()->FindIndex("b"), nullptr);
  EXPECT_EQ(second.state()->local_id, "n2");
}

TEST_F(SeveralNodes, TellWhenAWriteHasBeenApplied) {
  ClusterService& first = Joined("n1");
  ClusterService& second = Joined("n2");
  Deafen();
  Create(first, "a");
  const std::uint64_t sequence = first.state()->sequence;
  int told = 0, forgotten = 0;
  second.WhenApplied(sequence, [&] { ++told; });
  second.Forget(second.WhenApplied(sequence, [&] { ++forgotten; }));
  EXPECT_EQ(told, 0);
  ASSERT_TRUE(second.CatchUp(task_).ok());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(forgotten, 0);
  second.WhenApplied(sequence, [&] { ++told; });
  EXPECT_EQ(told, 2) << "at once";
}

TEST_F(SeveralNodes, GoOnWithoutANodeThatLeaves) {
  ClusterService& first = Joined("n1");
  ClusterService& second = Joined("n2");
  ASSERT_TRUE(first.Leave(task_).ok());
  ASSERT_TRUE(second.CatchUp(task_).ok());
  EXPECT_EQ(second.state()->nodes.size(), 1u);
  EXPECT_EQ(second.state()->manager_id, "n2") << "handed on";
}

TEST_F(SeveralNodes, HaveAnOldManagerThatCannotTakeAnybodyOut) {
  ClusterService& first = Joined("n1");
  ClusterService& second = Joined("n2");
  Deafen();
  ASSERT_TRUE(first.CatchUp(task_).ok());
  ASSERT_TRUE(second.BecomeManager(task_, "n1").ok());
  EXPECT_EQ(first.state()->manager_id, "n1") << "it has not heard of it";
  const base::Status refused = first.RemoveNodes(task_, {{"n2", 1}});
  EXPECT_EQ(refused.http_status(), 503);
  EXPECT_EQ(refused.type(), "not_cluster_manager_exception");
  ASSERT_TRUE(second.CatchUp(task_).ok());
  EXPECT_EQ(second.state()->nodes.size(), 2u);
  EXPECT_TRUE(first.BecomeManager(task_, "n1").ok());
  EXPECT_EQ(first.state()->manager_id, "n2") << "only instead of the one that was meant";
}

TEST_F(SeveralNodes, TakeOutTheProcessThatWasMeantAndNoNewerOne) {
  ClusterService& first = Joined("n1");
  Joined("n2", 7);
  ASSERT_TRUE(first.CatchUp(task_).ok());
  ASSERT_TRUE(first.RemoveNodes(task_, {{"n2", 6}}).ok());
  EXPECT_EQ(first.state()->nodes.size(), 2u);
  ASSERT_TRUE(first.RemoveNodes(task_, {{"n2", 7}}).ok());
  EXPECT_EQ(first.state()->nodes.size(), 1u);
}

TEST_F(SeveralNodes, TakeInTheIndicesThatANodeBrings) {
  MemoryMetadataStore own;
  ClusterService alone(own, clock_);
  ASSERT_TRUE(alone.Start("quell", MemberInfo("n2")).ok());
  const IndexPtr brought = Create(alone, "brought", 2);
  ClusterService& first = Joined("n1");
  ClusterService& second = services_.emplace_back(store_, clock_);
  const auto brings = [&](const ClusterState&) {
    return base::Result<std::vector<IndexPtr>>(std::vector<IndexPtr>{brought});
  };
  ASSERT_TRUE(second.Join(task_, "quell", MemberInfo("n2"), brings).ok());
  ASSERT_TRUE(first.CatchUp(task_).ok());
  const IndexPtr there = first.state()->FindIndex("brought");
  ASSERT_NE(there, nullptr);
  EXPECT_EQ(there->Encode(), brought->Encode());
}

TEST_F(SeveralNodes, RefuseANodeWhoseIndexHasATakenName) {
  MemoryMetadataStore own;
  ClusterService alone(own, clock_);
  ASSERT_TRUE(alone.Start("quell", MemberInfo("n2")).ok());
  const IndexPtr brought = Create(alone, "a");
  ClusterService& first = Joined("n1");
  Create(first, "a");
  ClusterService& second = services_.emplace_back(store_, clock_);
  const base::Status refused =
      second.Join(task_, "quell", MemberInfo("n2"), [&](const ClusterState&) {
        return base::Result<std::vector<IndexPtr>>(std::vector<IndexPtr>{brought});
      });
  EXPECT_EQ(refused.http_status(), 400);
  EXPECT_THAT(refused.reason(), testing::HasSubstr("index [a/" + brought->uuid + "]"));
  ASSERT_TRUE(first.CatchUp(task_).ok());
  EXPECT_EQ(first.state()->nodes.size(), 1u);
}

TEST_F(SeveralNodes, DoNotTurnIntoAnotherCluster) {
  ClusterService& first = Joined("n1");
  Deafen();
  const std::string uuid = first.state()->cluster_uuid;
  ClusterState other = *first.state();
  other.cluster_uuid = "another";
  ASSERT_TRUE(store_.Write(first.state()->sequence, {ClusterRecord(other)}).ok());
  const base::Status refused = first.CatchUp(task_);
  EXPECT_EQ(refused.http_status(), 503);
  EXPECT_THAT(refused.reason(), testing::HasSubstr("[another]"));
  store_.ForgetUpdates();
  EXPECT_EQ(first.CatchUp(task_).http_status(), 503);
  EXPECT_EQ(first.state()->cluster_uuid, uuid);
  EXPECT_EQ(first.CreateIndex(task_, {.name = "a"}).status().http_status(), 503);
}

TEST_F(SeveralNodes, WriteNothingToAStoreThatTheyRefuse) {
  ClusterService& service = services_.emplace_back(store_, clock_);
  const base::Status refused =
      service.Join(task_, "quell", MemberInfo("n1"), [](const ClusterState& found) {
        EXPECT_EQ(found.cluster_uuid, "");
        return base::Result<std::vector<IndexPtr>>(base::IllegalArgument("not ours"));
      });
  EXPECT_EQ(refused.reason(), "not ours");
  EXPECT_EQ(store_.contents().sequence, 0u);
}

TEST_F(SeveralNodes, KeepTheirStateWhereARecordCannotBeRead) {
  ClusterService& first = Joined("n1");
  Deafen();
  ASSERT_TRUE(store_.Write(first.state()->sequence, {{"index/broken", "no JSON"}}).ok());
  Create(first, "a");
  EXPECT_NE(first.state()->FindIndex("a"), nullptr);
  EXPECT_THAT(first.state()->nodes, testing::SizeIs(1));
}

}  // namespace
}  // namespace cluster
