#include "actions/indices/on_shard.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/indices/indices.h"
#include "support/test_node.h"

namespace actions::indices {
namespace {

class OnShard : public testing::Test {
 protected:
  OnShard() {
    Register(node_.node);
    node_.Start();
    node_.CreateIndex("ev");
  }

  ShardsAnswer Do(const std::function<void(ShardsDone)>& start) {
    std::promise<base::Result<ShardsAnswer>> done;
    start([&](base::Result<ShardsAnswer> answer) { done.set_value(std::move(answer)); });
    return *done.get_future().get();
  }
  // The one that ended last.
  tasks::TaskInfo Ended(std::string_view action) {
    const auto found = node_.node.history.Query(
        [&](const tasks::TaskInfo& info) { return info.action == action; }, 0, 1);
    return found.empty() ? tasks::TaskInfo() : found.front();
  }
  void ExpectTree(const OverShardsKind& kind, std::string_view description) {
    const tasks::TaskInfo all = Ended(kind.action), shard = Ended(kind.shard),
                          primary = Ended(kind.primary);
    EXPECT_FALSE(all.parent.set());
    EXPECT_EQ(shard.parent, all.id);
    EXPECT_EQ(primary.parent, shard.id);
    EXPECT_EQ(all.type, tasks::TaskType::kTransport);
    EXPECT_EQ(shard.type, tasks::TaskType::kTransport);
    EXPECT_EQ(primary.type, tasks::TaskType::kDirect);
    EXPECT_EQ(all.description, "");
    EXPECT_EQ(shard.description, description);
    EXPECT_EQ(primary.description, description);
    EXPECT_EQ(shard.status, "{\"phase\":\"finished\"}");
  }

  test::TestNode node_;
};

TEST_F(OnShard, ARefreshHasTheStepsOfAWrite) {
  const ShardsAnswer answer =
      Do([&](ShardsDone done) { Refresh(node_.node, nullptr, {"ev"}, std::move(done)); });
  EXPECT_EQ(answer.successful, 1);
  EXPECT_TRUE(answer.failures.empty());
  ExpectTree(kRefresh, "BasicReplicationRequest{[ev][0]}");
}

TEST_F(OnShard, AFlushHasTheStepsOfAWrite) {
  const ShardsAnswer answer =
      Do([&](ShardsDone done) { Flush(node_.node, nullptr, {"ev"}, std::move(done)); });
  EXPECT_EQ(answer.successful, 1);
  ExpectTree(kFlush, "flush {[ev][0]}");
}

TEST_F(OnShard, ACountHasAChildAShard) {
  const ShardsAnswer answer = Do([&](ShardsDone done) {
    auto task = node_.registry.Register({.action = names::kSearch});
    Count(node_.node, *std::move(task), {"ev"}, std::move(done));
  });
  EXPECT_EQ(answer.count, 0);
  EXPECT_EQ(Ended(kCount.shard).parent, Ended(kCount.action).id);
  EXPECT_EQ(Ended(kCount.shard).description, "shardId[[ev][0]]");
  EXPECT_EQ(Ended(kCount.action).description,
            "indices[ev], search_type[QUERY_THEN_FETCH], source[]");
}

TEST_F(OnShard, AShardTravelsAsItIs) {
  const OneShard sent{"ev", "uuid", 3};
  const auto got = OneShard::Decode(sent.Encode());
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->index, "ev");
  EXPECT_EQ(got->index_uuid, "uuid");
  EXPECT_EQ(got->number, 3);
  EXPECT_FALSE(OneShard::Decode(sent.Encode().substr(1)).ok());
}

// The queue of a pool holds less than a request has shards.
class ManyShards : public testing::Test {
 protected:
  static constexpr int kShards = 300;

  static test::TestNode::Options SmallQueue() {
    test::TestNode::Options options;
    options.queue = 70;
    return options;
  }
  ManyShards() : node_(SmallQueue()) {
    Register(node_.node);
    node_.Start();
    node_.CreateIndex("many", kShards);
  }

  test::TestNode node_;
};

TEST_F(ManyShards, WaitForTheirTurnInsteadOfBeingRefused) {
  std::promise<base::Result<ShardsAnswer>> answer;
  Flush(node_.node, nullptr, {"many"},
        [&](base::Result<ShardsAnswer> got) { answer.set_value(std::move(got)); });
  const auto got = answer.get_future().get();
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->successful, kShards);
  EXPECT_TRUE(got->failures.empty());
}

TEST_F(ManyShards, EndWithoutHavingBegunWhenTheRequestIsCancelled) {
  std::promise<void> go_on;
  std::shared_future<void> hold = go_on.get_future().share();
  for (int i = 0; i < 2; ++i) {  // both threads of the pool
    auto task = node_.registry.Register({.action = "test"});
    node_.generic.Submit(*std::move(task), [hold](tasks::TaskContext&) {
      hold.wait();
      return tasks::End();
    });
  }
  std::promise<base::Result<ShardsAnswer>> answer;
  Flush(node_.node, nullptr, {"many"},
        [&](base::Result<ShardsAnswer> got) { answer.set_value(std::move(got)); });
  EXPECT_EQ(node_.Tasks(std::string(kFlush.shard)).size(), 64u);
  node_.WaitForTask(std::string(kFlush.action))->RequestStop({.reason = "enough"});
  EXPECT_EQ(answer.get_future().get().status().code(), base::Code::kCancelled);
  go_on.set_value();
}

}  // namespace
}  // namespace actions::indices
