#include "actions/disk/disk_watch.h"

#include <gtest/gtest.h>

#include "support/test_node.h"

namespace actions::disk {
namespace {

constexpr char kBlock[] = "index.blocks.read_only_allow_delete";

class AWatch : public testing::Test {
 protected:
  AWatch() {
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
  void Set(const std::string& key, const std::string& value) {
    auto task = node_.registry.Register({.action = "cluster:admin/settings/update"});
    const base::Status set = node_.cluster.UpdateSettings(**task, {}, {{key, value}});
    (*std::move(task)).Finish(tasks::End(set));
    EXPECT_TRUE(set.ok()) << set.reason();
  }

  test::TestNode node_;
  const TempDir dir_;
  journal::DiskSpace space_{.total = 1000, .available = 500};
  journal::DiskRoom room_{{.directory = dir_.path(), .look = [this] { return space_; }}};
  DiskWatch watch_{node_.node, room_, {.setting = {}, .look_nanos = 0}};
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

}  // namespace
}  // namespace actions::disk
