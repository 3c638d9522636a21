#include "tasks/id_blocks.h"

#include <gtest/gtest.h>

#include "base/io.h"
#include "support/temp_dir.h"

namespace tasks {
namespace {

class Blocks : public testing::Test {
 protected:
  std::int64_t ReserveAfterRestart() { return *(*OpenIdBlocks(path_))->Reserve(); }

  TempDir directory_;
  const std::string path_ = directory_.path() + "/task_numbers";
};

TEST_F(Blocks, BeginAtOneAndFollowEachOther) {
  const auto blocks = *OpenIdBlocks(path_);
  EXPECT_EQ(*blocks->Reserve(), 1);
  EXPECT_EQ(*blocks->Reserve(), 1 + IdBlocks::kBlock);
}

TEST_F(Blocks, AreNeverGivenOutTwice) {
  EXPECT_EQ(ReserveAfterRestart(), 1);
  EXPECT_EQ(ReserveAfterRestart(), 1 + IdBlocks::kBlock);
  EXPECT_EQ(ReserveAfterRestart(), 1 + 2 * IdBlocks::kBlock);
}

TEST_F(Blocks, AreInTheFileBeforeTheirFirstNumberIsUsed) {
  const auto blocks = *OpenIdBlocks(path_);
  EXPECT_EQ(*blocks->Reserve(), 1);
  EXPECT_EQ(*base::ReadFile(path_), std::to_string(1 + IdBlocks::kBlock) + "\n");
}

TEST_F(Blocks, AreNotGuessedFromAFileThatMakesNoSense) {
  for (const char* text : {"", "x", "0", "-5"}) {
    ASSERT_TRUE(base::WriteFileAtomically(path_, text).ok());
    EXPECT_FALSE(OpenIdBlocks(path_).ok()) << text;
  }
}

TEST_F(Blocks, StayBelowWhatAJsonClientCanRead) {
  const std::int64_t end = std::int64_t{1} << 53;
  ASSERT_TRUE(
      base::WriteFileAtomically(path_, std::to_string(end - 2 * IdBlocks::kBlock + 1)).ok());
  EXPECT_LE(ReserveAfterRestart() + IdBlocks::kBlock, end);
  EXPECT_FALSE((*OpenIdBlocks(path_))->Reserve().ok());
}

TEST_F(Blocks, AreNotGivenOutIfTheyCannotBeWrittenDown) {
  const auto blocks = *OpenIdBlocks(directory_.path() + "/gone/task_numbers");
  EXPECT_FALSE(blocks->Reserve().ok());
}

}  // namespace
}  // namespace tasks
