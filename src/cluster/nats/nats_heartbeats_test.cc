#include "cluster/nats/nats_heartbeats.h"

#include "cluster/nats/nats_fixture.h"

namespace cluster::nats {
namespace {

class NatsHeartbeatsTest : public NatsTest {
 protected:
  std::shared_ptr<Connection> connection_ = Connect();
  std::unique_ptr<NatsHeartbeats> one_ = Must(NatsHeartbeats::Open(connection_)),
                                  two_ = Must(NatsHeartbeats::Open(Connect()));
};

TEST_F(NatsHeartbeatsTest, ShowTheNewestBeatOfEachNodeWithAGrowingRevision) {
  EXPECT_TRUE(Must(one_->Read()).empty());
  ASSERT_TRUE(one_->Put("node_one-1", "a").ok());
  ASSERT_TRUE(two_->Put("node two.*>", "b").ok());
  const auto before = Must(two_->Read());
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before.at("node_one-1").value, "a");
  EXPECT_EQ(before.at("node two.*>").value, "b");
  ASSERT_TRUE(one_->Put("node_one-1", "c").ok());
  const auto after = Must(two_->Read());
  EXPECT_EQ(after.at("node_one-1").value, "c");
  EXPECT_GT(after.at("node_one-1").revision, before.at("node_one-1").revision);
  EXPECT_EQ(after.at("node two.*>").revision, before.at("node two.*>").revision);
}

TEST_F(NatsHeartbeatsTest, ForgetARemovedNodeOnly) {
  ASSERT_TRUE(one_->Put("a", "1").ok());
  ASSERT_TRUE(one_->Put("b", "1").ok());
  ASSERT_TRUE(two_->Remove("a").ok());
  const auto beats = Must(one_->Read());
  EXPECT_EQ(beats.size(), 1u);
  EXPECT_TRUE(beats.contains("b"));
  EXPECT_TRUE(two_->Remove("a").ok());  // twice is fine
}

TEST_F(NatsHeartbeatsTest, GoOnGrowingOverARestartOfTheServer) {
  ASSERT_TRUE(one_->Put("a", "1").ok());
  ASSERT_TRUE(one_->Put("a", "1").ok());
  const auto before = Must(one_->Read()).at("a").revision;
  server_.Restart();
  ASSERT_TRUE(Eventually([&] { return one_->Read().ok(); }));
  EXPECT_EQ(Must(one_->Read()).at("a").revision, before);
  ASSERT_TRUE(one_->Put("a", "1").ok());
  EXPECT_GT(Must(one_->Read()).at("a").revision, before);
}

TEST_F(NatsHeartbeatsTest, ReadHundredsOfNodes) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(one_->Put("node" + std::to_string(i), "x").ok());
  EXPECT_EQ(Must(two_->Read()).size(), 300u);
}

TEST_F(NatsHeartbeatsTest, FailAtOnceWithoutAServer) {
  server_.Kill();
  ASSERT_TRUE(Eventually([&] { return !connection_->connected(); }));
  EXPECT_LT(Took([&] {
              EXPECT_EQ(one_->Put("a", "1").http_status(), 503);
              EXPECT_EQ(one_->Read().status().http_status(), 503);
              EXPECT_EQ(one_->Remove("a").http_status(), 503);
            }),
            timeout_);
}

}  // namespace
}  // namespace cluster::nats
