// Shards that leave a node which may not hold them, between two nodes of this process.

#include "actions/moves/mover.h"

#include <future>
#include <thread>

#include "actions/get/get.h"
#include "actions/indices/indices.h"
#include "actions/moves/recovery.h"
#include "actions/moves/source.h"
#include "support/bulk_fixture.h"

namespace actions::bulk {
namespace {

using moves::Mover;

const cluster::SettingsUpdate kExcluded = {
    {"cluster.routing.allocation.exclude._name", "opensearch-node2"}};
const cluster::SettingsUpdate kAllowed = {
    {"cluster.routing.allocation.exclude._name", std::nullopt}};

// The way to a node, on which a test may do something before an action is started there, and an
// answer may get lost.
class WatchedPeer final : public tasks::Peer {
 public:
  explicit WatchedPeer(tasks::Peer& way) : way_(way) {}
  const std::string& node_id() const override { return way_.node_id(); }
  std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                     tasks::CallEvents events) override {
    if (before) before(request.action);
    if (loses && loses(request.action)) {
      events.on_end = [on_end = std::move(events.on_end)](const tasks::End&) {
        on_end(tasks::End(base::Status(503, "node_disconnected_exception", "lost")));
      };
    }
    return way_.Start(std::move(request), std::move(events));
  }

  std::function<void(std::string_view action)> before;  // constant once it is in use
  std::function<bool(std::string_view action)> loses;   // likewise

 private:
  tasks::Peer& way_;
};

// node-b, the manager, made first; and what node-a has that outlives it.
struct OtherNode {
  explicit OtherNode(Mover::Options with)
      : options(with), other_mover_(std::make_unique<Mover>(other_.node, with)) {
    Register(other_.node);
    get::Register(other_.node);
    indices::Register(other_.node);
    other_.also_told = [this](const cluster::StatePtr& now) { other_mover_->OnState(now); };
    other_.Start();
  }

  const Mover::Options options;
  MemoryMetadataStore shared_;
  test::TestNode other_{{.node_id = "node-b", .name = "opensearch-node2", .shared = &shared_}};
  std::unique_ptr<Mover> other_mover_, mover_;
  WatchedPeer way_{other_.self};
};

// node-a, which is asked, and node-b, from which shards move.
class MoverTest : protected OtherNode, public BulkTest {
 protected:
  explicit MoverTest(Mover::Options with = {.again_nanos = 10'000'000})
      : OtherNode(with), BulkTest({.shared = &shared_}, [this](test::TestNode& node) {
          mover_ = std::make_unique<Mover>(node.node, options);
          get::Register(node.node);
          indices::Register(node.node);
          node.also_told = [this](const cluster::StatePtr& now) { mover_->OnState(now); };
          node.others = {{"node-b", &way_}};
          other_.others = {{"node-a", &node.self}};
        }) {}
  ~MoverTest() override {
    for (test::TestNode* node : {&node_, &other_}) node->registry.StopAll("the test ends");
    for (test::TestNode* node : {&node_, &other_}) node->WaitUntilNothingRuns();
    mover_->Stop();
    other_mover_->Stop();
    node_.Stop();
    other_.Stop();
  }

  void Set(const cluster::SettingsUpdate& settings) {
    auto task = node_.registry.Register({.action = "cluster:admin/settings/update"});
    const base::Status set = node_.cluster.UpdateSettings(**task, settings, {});
    EXPECT_TRUE(set.ok()) << set.reason();
    (*std::move(task)).Finish(End(set));
  }
  cluster::IndexPtr Index(const std::string& name) {
    return node_.cluster.state()->FindIndex(name);
  }
  bool AllOn(const std::string& name, const std::string& node) {
    const auto index = Index(name);
    return index->moves.empty() && std::ranges::count(index->shard_nodes, node) ==
                                       static_cast<std::ptrdiff_t>(index->shard_nodes.size());
  }
  template <typename Condition>
  void Until(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }
  static void ExpectAllDone(const Document& answer) {
    EXPECT_EQ(Text(answer.root().Find("errors")), "false") << answer.root().ToString();
  }
  static std::set<std::string> Ids(int count) {
    std::set<std::string> ids;
    for (int i = 0; i < count; ++i) ids.insert(std::to_string(i));
    return ids;
  }
  static std::string Deleting(const std::string& index, int id) {
    return R"({"delete":{"_index":")" + index + R"(","_id":")" + std::to_string(id) + "\"}}\n";
  }
};

TEST_F(MoverTest, AllShardsLeaveANodeThatIsExcludedAndKeepWhatTheyHold) {
  node_.CreateIndex("x", 6);
  ASSERT_GT(std::ranges::count(Index("x")->shard_nodes, "node-b"), 2);
  ExpectAllDone(Do(Indexing("x", 0, 2000, 300)));
  ExpectAllDone(Do(Indexing("x", 0, 500)));  // again
  std::string deletes;
  for (int i = 1000; i < 2000; ++i) deletes += Deleting("x", i);
  ExpectAllDone(Do(deletes));

  Set(kExcluded);
  Until([&] { return AllOn("x", "node-a"); });
  EXPECT_EQ(Stored("x"), Ids(1000));
  EXPECT_EQ(node_.Documents("x"), 1000);
  Until([&] { return other_.ShardsOf("x").empty(); });
  for (std::size_t shard = 0; shard < 6; ++shard) {
    const bool moved = shard % 2 == (Index("x")->primary_terms[0] == 2 ? 0 : 1);
    EXPECT_EQ(Index("x")->primary_terms[shard], moved ? 2 : 1);
  }
  // Versions go on from what they were, also behind a delete.
  const Document again = Do(Indexing("x", 0, 1) + Indexing("x", 600, 1) + Indexing("x", 1500, 1));
  ExpectAllDone(again);
  EXPECT_EQ(Text(Item(again, 0).Find("_version")), "3");
  EXPECT_EQ(Text(Item(again, 1).Find("_version")), "2");
  EXPECT_EQ(Text(Item(again, 2).Find("_version")), "3");
}

TEST_F(MoverTest, NoWriteFailsOrIsDoneTwiceWhileItsShardMoves) {
  node_.CreateIndex("x", 4);
  int count = 0;
  const auto write = [&] {
    ExpectAllDone(Do(Indexing("x", count, 300, 100)));
    count += 300;
    std::string deletes;  // of which nothing comes back
    for (int i = count - 300; i < count - 200; ++i) deletes += Deleting("x", i);
    ExpectAllDone(Do(deletes));
  };
  for (int i = 0; i < 10; ++i) write();
  Set(kExcluded);
  while (!AllOn("x", "node-a")) write();
  for (int i = 0; i < 2; ++i) write();
  std::set<std::string> expected;
  for (int i = 0; i < count; ++i) {
    if (i % 300 >= 100) expected.insert(std::to_string(i));
  }
  EXPECT_EQ(Stored("x"), expected);
  EXPECT_EQ(node_.Documents("x"), static_cast<std::int64_t>(expected.size()));
  // Each was written once: another write is its second, or the third of one that was deleted.
  const Document again = Do(Indexing("x", 0, count));
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(Text(Item(again, static_cast<std::size_t>(i)).Find("_version")),
              i % 300 >= 100 ? "2" : "3");
  }
}

TEST_F(MoverTest, AReadThatMeetsAShardThatHasMovedFollowsIt) {
  node_.CreateIndex("x", 2);
  ExpectAllDone(Do(Indexing("x", 0, 20)));
  Gate gate;
  way_.before = [&](std::string_view action) {
    if (action != names::kGetShard) return;
    auto task = node_.registry.Register({.action = "test"});
    gate.Pass(**task).Ignore();
    (*std::move(task)).Finish(End());
  };
  const auto index = Index("x");
  int elsewhere = 0;  // a document of node-b's
  while (
      index->shard_nodes[static_cast<std::size_t>(index->ShardOf(std::to_string(elsewhere), ""))] !=
      "node-b")
    ++elsewhere;
  std::promise<base::Result<get::Got>> promise;
  std::jthread reads([&] {
    get::Get(node_.node, {}, {.index = "x", .id = std::to_string(elsewhere)}, {},
             [&](base::Result<get::Got> got) { promise.set_value(std::move(got)); });
  });
  gate.WaitUntilSomebodyCame();
  Set(kExcluded);
  Until([&] { return AllOn("x", "node-a") && other_.ShardsOf("x").empty(); });
  gate.Open();
  const auto got = promise.get_future().get();
  ASSERT_TRUE(got.ok()) << got.status().reason();
  EXPECT_TRUE(got->document.found);
}

// The answer to a handoff is lost once, then the block is lifted by giving the move up.
class ShortBlockTest : public MoverTest {
 protected:
  ShortBlockTest() : MoverTest({.blocked_nanos = 50'000'000, .again_nanos = 10'000'000}) {}
};

TEST_F(ShortBlockTest, AMoveThatIsNotTakenOverInTimeIsGivenUpAndBegunAnew) {
  node_.CreateIndex("x", 2);
  ExpectAllDone(Do(Indexing("x", 0, 1000)));
  std::atomic<int> handoffs = 0;
  std::set<std::uint64_t> first;
  way_.loses = [&](std::string_view action) {
    if (action != moves::kHandoff || ++handoffs != 1) return false;
    for (const auto& [shard, move] : Index("x")->moves) first.insert(move.key);
    return true;
  };
  Set(kExcluded);
  while (!AllOn("x", "node-a")) ExpectAllDone(Do(Indexing("x", 0, 100)));
  EXPECT_GE(handoffs, 2);
  const auto now = Index("x")->shard_keys;
  EXPECT_NE(std::set(now.begin(), now.end()), first) << "the first key is spent";
  EXPECT_EQ(Stored("x"), Ids(1000));
}

TEST_F(MoverTest, AMoveEndsWhenItsShardMayStay) {
  node_.CreateIndex("x", 2);
  ExpectAllDone(Do(Indexing("x", 0, 1000)));
  Gate gate;
  std::atomic<bool> hold = true;
  way_.before = [&](std::string_view action) {
    if (action == moves::kOperations && hold) {
      auto task = node_.registry.Register({.action = "test"});
      gate.Pass(**task).Ignore();
      (*std::move(task)).Finish(End());
    }
  };
  const auto before = Index("x")->shard_nodes;
  Set(kExcluded);
  gate.WaitUntilSomebodyCame();
  EXPECT_EQ(Index("x")->moves.size(), 1u);
  EXPECT_EQ(node_.Tasks(std::string(moves::kRecovery)).size(), 1u);
  Set(kAllowed);
  Until([&] { return Index("x")->moves.empty(); });
  hold = false;
  gate.Open();
  Until([&] { return node_.Tasks(std::string(moves::kRecovery)).empty(); });
  EXPECT_EQ(Index("x")->shard_nodes, before);
  ExpectAllDone(Do(Indexing("x", 0, 1000)));
  EXPECT_EQ(node_.Documents("x") + other_.Documents("x"), 1000);
}

TEST_F(MoverTest, ACancelledRecoveryIsBegunAnew) {
  node_.CreateIndex("x", 2);
  ExpectAllDone(Do(Indexing("x", 0, 1000)));
  std::atomic<int> asked = 0;
  way_.before = [&](std::string_view action) {
    if (action != moves::kOperations || ++asked != 1) return;
    const auto recovery = node_.WaitForTask(std::string(moves::kRecovery));
    EXPECT_EQ(recovery->spec().task_class, tasks::TaskClass::kBackground);
    recovery->RequestStop(kByUser);
  };
  Set(kExcluded);
  Until([&] { return AllOn("x", "node-a"); });
  EXPECT_EQ(Stored("x"), Ids(1000));
}

}  // namespace
}  // namespace actions::bulk
