#include "cluster/index/index_blocks.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

using Settings = std::map<std::string, std::string>;

base::Status Check(const Settings& settings, Access access) {
  IndexMetadata index;
  index.name = "logs";
  index.settings = settings;
  return CheckBlocks(index, access);
}

TEST(IndexBlocks, ForbidWhatTheyAreFor) {
  const auto write = Check({{"index.blocks.write", "true"}}, Access::kWrite);
  EXPECT_EQ(write.http_status(), 403);
  EXPECT_EQ(write.type(), "cluster_block_exception");
  EXPECT_EQ(write.reason(), "index [logs] blocked by: [FORBIDDEN/8/index write (api)];");
  EXPECT_TRUE(Check({{"index.blocks.write", "true"}}, Access::kRead).ok());
  EXPECT_TRUE(Check({{"index.blocks.write", "false"}}, Access::kWrite).ok());
  EXPECT_EQ(Check({{"index.blocks.read", "true"}}, Access::kRead).http_status(), 403);
  EXPECT_EQ(Check({{"index.blocks.metadata", "true"}}, Access::kDelete).http_status(), 403);
  EXPECT_TRUE(Check({}, Access::kDelete).ok());
}

TEST(IndexBlocks, OfAFullDiskAreWorthAnotherTryAndAllowDeletion) {
  const Settings full = {{"index.blocks.read_only_allow_delete", "true"}};
  EXPECT_EQ(Check(full, Access::kWrite).http_status(), 429);
  EXPECT_TRUE(Check(full, Access::kDelete).ok());
  EXPECT_TRUE(Check(full, Access::kErase).ok()) << "it makes room";
  EXPECT_EQ(Check({{"index.blocks.write", "true"}}, Access::kErase).http_status(), 403);
}

TEST(IndexBlocks, AreAllNamed) {
  const auto both =
      Check({{"index.blocks.read_only", "true"}, {"index.blocks.read_only_allow_delete", "true"}},
            Access::kChangeMetadata);
  EXPECT_EQ(both.http_status(), 403);
  EXPECT_EQ(both.reason(),
            "index [logs] blocked by: [FORBIDDEN/5/index read-only (api), "
            "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
            "read-only-allow-delete block];");
}

TEST(IndexBlocks, MayBeLiftedAlone) {
  EXPECT_TRUE(IsBlockAlone({{"index.blocks.read_only", std::nullopt}}));
  EXPECT_FALSE(IsBlockAlone({{"index.blocks.write", std::nullopt}}))
      << "no metadata are blocked by it";
  EXPECT_FALSE(IsBlockAlone({{"index.blocks.read_only", std::nullopt}, {"index.hidden", "true"}}));
  EXPECT_FALSE(IsBlockAlone({{"index.hidden", "true"}}));
}

}  // namespace
}  // namespace cluster
