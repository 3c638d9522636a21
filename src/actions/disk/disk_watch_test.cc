#include "actions/disk/disk_watch.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/cluster_settings/update.h"
#include "actions/node_stats/ask.h"
#include "cluster/records.h"
#include "cluster/settings/disk_watermarks.h"
#include "support/logged_lines.h"
#include "support/test_node.h"

namespace actions::disk {
namespace {

using Changes = cluster::ClusterService::Changes;
constexpr char kBlock[] = "index.blocks.read_only_allow_delete";

class AWatch : public testing::Test {
 protected:
  explicit AWatch(const NodeSettings& settings = {}, MemoryMetadataStore* shared = nullptr)
      : node_({.settings = settings, .shared = shared}) {
    node_.Start();
    node_.CreateIndex("a");
    node_.CreateIndex("b", 3);
  }
  ~AWatch() override {
    watch_.Stop();
    node_.WaitUntilNothingRuns();
  }

  void LookWith(std::uint64_t available) {
    space_.available = available;
    watch_.Look();
  }
  bool IsBlocked(const std::string& index) {
    return node_.cluster.state()->FindIndex(index)->settings.contains(kBlock);
  }
  base::Status TrySet(const std::string& key, const std::string& value) {
    std::promise<base::Status> done;
    cluster_settings::Update(node_.node,
                             *node_.registry.Register({.action = cluster_settings::kUpdate}),
                             R"({"transient":{")" + key + R"(":")" + value + R"("}})",
                             [&](const base::Result<cluster_settings::Updated>& updated) {
                               done.set_value(updated.status());
                             });
    return done.get_future().get();
  }
  void Set(const std::string& key, const std::string& value) {
    const base::Status set = TrySet(key, value);
    EXPECT_TRUE(set.ok()) << set.reason();
  }

  test::TestNode node_;
  const TempDir dir_;
  journal::DiskSpace space_{.total = 1000, .available = 500};
  journal::DiskRoom room_{{.directory = dir_.path(), .look = [this] { return space_; }}};
  DiskWatch watch_{node_.node, room_, {.look_nanos = 0}};
};

TEST_F(AWatch, BlocksAllIndicesAboveTheFloodStageWithOneWrite) {
  const auto before = node_.cluster.state()->version;
  LookWith(49);
  EXPECT_TRUE(room_.full());
  EXPECT_TRUE(IsBlocked("a"));
  EXPECT_TRUE(IsBlocked("b"));
  LookWith(48);
  EXPECT_EQ(node_.cluster.state()->version, before + 1);
}

TEST_F(AWatch, ReleasesThemBelowTheHighWatermark) {
  LookWith(49);
  LookWith(99);
  EXPECT_FALSE(room_.full());
  EXPECT_TRUE(IsBlocked("a")) << "above the high watermark";
  LookWith(100);
  EXPECT_FALSE(IsBlocked("a"));
  EXPECT_FALSE(IsBlocked("b"));
}

TEST_F(AWatch, ObeysTheSettingsOfTheCluster) {
  Set("cluster.routing.allocation.disk.watermark.flood_stage", "99%");
  LookWith(49);
  EXPECT_FALSE(IsBlocked("a"));
  LookWith(9);
  EXPECT_TRUE(IsBlocked("a"));
  Set("cluster.routing.allocation.disk.threshold_enabled", "false");
  LookWith(9);
  EXPECT_FALSE(IsBlocked("a"));
  EXPECT_FALSE(room_.full());
}

TEST_F(AWatch, BlocksAnIndexThatIsMadeOnAFullDisk) {
  LookWith(49);
  node_.CreateIndex("c");
  EXPECT_FALSE(IsBlocked("c"));
  LookWith(49);
  EXPECT_TRUE(IsBlocked("c"));
}

TEST_F(AWatch, GivesTheRoomOfDeletedIndicesBackAboveTheLowWatermark) {
  const std::uint64_t shard = node_.cluster.state()->FindIndex("a")->shard_keys[0];
  std::string begin, end;
  journal::AppendBigEndian(shard, begin);
  journal::AppendBigEndian(shard + 1, end);
  journal::NodeStore::Batch batch;
  batch.Put(journal::Family::kDocs, begin + "1", "document");
  ASSERT_TRUE(node_.store->WriteNow(batch, journal::Durability::kSynced).ok());
  const auto is_left = [&] {
    return node_.store->Last(journal::Family::kDocs, begin, end)->has_value();
  };
  auto task = node_.registry.Register({.action = "internal:test"});
  ASSERT_TRUE(node_.cluster.DeleteIndices(**task, {"a"}).ok());
  (*std::move(task)).Finish(tasks::End());
  LookWith(150);
  node_.WaitUntilNothingRuns();
  EXPECT_TRUE(is_left());
  LookWith(149);
  node_.WaitUntilNothingRuns();
  EXPECT_FALSE(is_left());
}

TEST_F(AWatch, ReleasesAnIndexThatHasAShardWithoutANode) {
  auto task = node_.registry.Register({.action = "internal:test"});
  const base::Status set =
      node_.cluster.Apply(**task, [](cluster::ClusterState& state) -> base::Result<Changes> {
        auto index = std::make_shared<cluster::IndexMetadata>(*state.FindIndex("b"));
        index->shard_nodes[1] = "";
        state.indices["b"] = index;
        return Changes{cluster::IndexRecord(*index)};
      });
  (*std::move(task)).Finish(tasks::End(set));
  ASSERT_TRUE(set.ok()) << set.reason();
  LookWith(49);
  EXPECT_TRUE(IsBlocked("b"));
  LookWith(100);
  EXPECT_FALSE(IsBlocked("b"));
}

class AWatchWithAClock : public AWatch {
 protected:
  using AWatch::AWatch;

  void LookForASecondWith(std::uint64_t available) {
    space_.available = available;
    timed_watch_.Look();
    clock_.AdvanceMillis(1000);
  }

  base::ManualClock clock_;
  Node timed_{.settings = node_.node.settings,
              .clock = clock_,
              .registry = node_.registry,
              .action_table = node_.action_table,
              .loop = node_.loop,
              .disk = node_.disk,
              .history = node_.history,
              .metrics = node_.metrics,
              .pools = node_.node.pools,
              .peers = node_,
              .cluster = node_.cluster,
              .store = *node_.store,
              .shards = node_.shards,
              .stream = node_.stream};
  DiskWatch timed_watch_{timed_, room_, {.look_nanos = 0}};
};

TEST_F(AWatchWithAClock, LogsADiskThatIsFullAndFreeInTurnsOnceAMinute) {
  const test::LoggedLines log;
  for (int second = 0; second < 60; ++second) LookForASecondWith(second % 2 == 0 ? 49 : 500);
  for (int second = 0; second < 60; ++second) LookForASecondWith(500);
  EXPECT_FALSE(IsBlocked("a"));
  const std::string crossed = "disk usage has crossed a watermark";
  EXPECT_EQ(log.messages(), (std::vector<std::string>{
                                crossed, "indices with shards on this node were made read-only",
                                crossed, "indices with shards on this node are writable again"}));
}

// node-b, whose store is full long before its disk is.
struct SmallNode {
  SmallNode() {
    node_stats::Register(other_.node, [] { return node_stats::Connections(); });
    other_.Start();
  }

  MemoryMetadataStore shared_;
  const TempDir other_dir_;
  std::atomic<std::uint64_t> other_available_{500};  // the store looks, too
  journal::DiskRoom other_room_{
      {.directory = other_dir_.path(), .reserve_bytes = 600, .look = [this] {
         return journal::DiskSpace{.total = 1000, .available = other_available_};
       }}};
  test::TestNode other_{
      {.node_id = "node-b", .name = "opensearch-node2", .shared = &shared_, .room = &other_room_}};
};

class AWatchBesideASmallNode : protected SmallNode, public AWatchWithAClock {
 protected:
  AWatchBesideASmallNode() : AWatchWithAClock({.shared = kNearlyNothing}, &shared_) {
    node_.others = {{"node-b", &other_.self}};
  }
  ~AWatchBesideASmallNode() override { other_.WaitUntilNothingRuns(); }

  // Other nodes are judged by the disk of this machine, which has more than that.
  inline static const cluster::OwnSettings kNearlyNothing = {
      {std::string(cluster::keys::kDiskLow), "3b"},
      {std::string(cluster::keys::kDiskHigh), "2b"},
      {std::string(cluster::keys::kDiskFlood), "1b"}};
};

TEST_F(AWatchBesideASmallNode, KeepsTheBlockOfAnIndexForAsLongAsTheOtherIsFull) {
  other_room_.Look();
  ASSERT_TRUE(other_room_.full());
  LookWith(0);
  EXPECT_TRUE(IsBlocked("a"));
  EXPECT_TRUE(IsBlocked("b"));
  LookWith(500);
  while (IsBlocked("a")) std::this_thread::yield();
  EXPECT_TRUE(IsBlocked("b")) << "which has shards on the other, too";

  other_available_ = 900;
  other_room_.Look();
  LookWith(0);
  LookWith(500);
  while (IsBlocked("b")) std::this_thread::yield();
}

TEST_F(AWatchBesideASmallNode, ReportsWhichWatermarksItsDiskIsAbove) {
  const auto reported = [this] {
    return node_.cluster.state()->nodes.find("node-a")->second.disk_stage;
  };
  LookForASecondWith(2);
  EXPECT_EQ(reported(), 1);
  LookForASecondWith(1);
  EXPECT_EQ(reported(), 2);
  for (int second = 1; second < 30; ++second) LookForASecondWith(second % 2 == 0 ? 1 : 500);
  EXPECT_EQ(reported(), 2) << "it may be full again in a second";
  LookForASecondWith(500);
  EXPECT_EQ(reported(), 0);
  LookForASecondWith(1);
  EXPECT_EQ(reported(), 2) << "at once";
}

class AWatchWithBytesOfItsOwn : public AWatch {
 protected:
  AWatchWithBytesOfItsOwn()
      : AWatch({.shared = {{std::string(cluster::keys::kDiskLow), "300b"},
                           {std::string(cluster::keys::kDiskHigh), "250b"},
                           {std::string(cluster::keys::kDiskFlood), "200b"}}}) {}
};

TEST_F(AWatchWithBytesOfItsOwn, ObeysThemWhereTheClusterHasNone) {
  LookWith(199);
  EXPECT_TRUE(IsBlocked("a"));
  LookWith(250);
  EXPECT_FALSE(IsBlocked("a"));
}

TEST_F(AWatchWithBytesOfItsOwn, RefusesSettingsOfTheClusterThatDoNotFitThem) {
  EXPECT_EQ(TrySet("cluster.routing.allocation.disk.watermark.high", "89%").reason(),
            "unable to consistently parse [cluster.routing.allocation.disk.watermark.low=300b], "
            "[cluster.routing.allocation.disk.watermark.high=89%], and "
            "[cluster.routing.allocation.disk.watermark.flood_stage=200b] as percentage or bytes");
  Set("cluster.info.update.interval", "20s");
}

// As after an update by a node whose own settings are others.
TEST_F(AWatchWithBytesOfItsOwn, ObeysTheClustersAloneIfTheyDoNotFitAndTellsOnce) {
  auto task = node_.registry.Register({.action = cluster_settings::kUpdate});
  const base::Status set = node_.cluster.UpdateSettings(
      **task, {{std::string(cluster::keys::kDiskFlood), "99%"}}, {}, {});
  (*std::move(task)).Finish(tasks::End(set));
  ASSERT_TRUE(set.ok()) << set.reason();
  const test::LoggedLines log;
  LookWith(199);
  EXPECT_FALSE(IsBlocked("a"));
  EXPECT_FALSE(room_.full());
  LookWith(9);
  EXPECT_TRUE(IsBlocked("a"));
  const auto lines = log.messages();
  EXPECT_EQ(std::ranges::count(lines, "watermarks that do not fit together were ignored"), 1);
  Set("cluster.max_shards_per_node", "999");
}

}  // namespace
}  // namespace actions::disk
