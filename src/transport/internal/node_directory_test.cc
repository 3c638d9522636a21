#include "transport/internal/node_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::internal {
namespace {

constexpr std::int64_t kLease = 1000;

class NodeDirectoryTest : public testing::Test {
 protected:
  NodeDirectory directory_{"own", 1, kLease};
};

TEST_F(NodeDirectoryTest, OneProcessMayHaveSeveralConnections) {
  EXPECT_TRUE(directory_.Open("b", 7, 0).ok());
  EXPECT_TRUE(directory_.Open("b", 7, 1).ok());
}

TEST_F(NodeDirectoryTest, TheNextIncarnationOfADeadProcessIsLetInAtOnce) {
  ASSERT_TRUE(directory_.Open("b", 7, 0).ok());
  ASSERT_TRUE(directory_.Open("b", 7, 0).ok());
  directory_.Closed("b", 7);
  EXPECT_FALSE(directory_.Open("b", 8, 1).ok()) << "one connection is still there";
  directory_.Closed("b", 7);
  EXPECT_TRUE(directory_.Open("b", 8, 1).ok());
}

TEST_F(NodeDirectoryTest, ASecondLiveNodeWithTheSameIdIsRefusedForGood) {
  ASSERT_TRUE(directory_.Open("b", 7, 0).ok());
  const auto wait = directory_.Open("b", 8, 1);
  EXPECT_EQ(wait.http_status(), 503);
  EXPECT_EQ(directory_.Open("b", 8, 2).http_status(), 503) << "nobody has heard of the first";
  directory_.Heard("b", 7, 3);
  const auto refused = directory_.Open("b", 8, 4);
  EXPECT_EQ(refused.type(), kSecondNode);
  EXPECT_NE(refused.reason().find("[b]"), std::string::npos);
}

TEST_F(NodeDirectoryTest, ASilentProcessMakesRoomWhenItsLeaseIsOver) {
  ASSERT_TRUE(directory_.Open("b", 7, 0).ok());
  EXPECT_FALSE(directory_.Open("b", 8, kLease - 1).ok());
  EXPECT_TRUE(directory_.Open("b", 8, kLease).ok());
  directory_.Heard("b", 7, kLease + 1);  // it wakes up
  EXPECT_EQ(directory_.Open("b", 7, kLease + 2).http_status(), 503);
  directory_.Closed("b", 7);  // of the old one: changes nothing
  EXPECT_FALSE(directory_.Open("b", 7, kLease + 3).ok());
}

TEST_F(NodeDirectoryTest, TheOwnIdBelongsToTheOwnProcess) {
  EXPECT_EQ(directory_.Open("own", 2, 0).type(), kSecondNode);
  EXPECT_TRUE(directory_.Open("own", 1, 0).ok());
}

}  // namespace
}  // namespace transport::internal
