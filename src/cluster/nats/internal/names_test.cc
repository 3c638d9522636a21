#include "cluster/nats/internal/names.h"

#include <gtest/gtest.h>

namespace cluster::nats::internal {
namespace {

TEST(NatsNames, AreTokensThatNoTwoClustersShare) {
  EXPECT_EQ(StreamName("opensearch-cluster", "metadata"), "quell-opensearch-cluster-metadata");
  EXPECT_EQ(SubjectName("a.b *>", "nudge"), "quell.a_2Eb_20_2A_3E.nudge");
  EXPECT_NE(ToToken("a_2Eb"), ToToken("a.b"));
  EXPECT_NE(ToToken("A"), ToToken("a"));
}

TEST(NatsNames, AreReadBack) {
  for (const char* const text : {"", "node-1", "a_b.c d*>", "\xc3\xa4"}) {
    const auto back = FromToken(ToToken(text));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, text);
  }
  for (const char* const token : {"_", "_4", "_ZZ", "a.b", "_+4"}) {
    EXPECT_FALSE(FromToken(token).ok()) << token;
  }
}

TEST(NatsNames, ReadAddresses) {
  const auto addresses = ParseAddresses("nats://u:p@ss@a:1,tls://[::1]:65535,b, nats://c/");
  ASSERT_TRUE(addresses.ok());
  ASSERT_EQ(addresses->size(), 4u);
  EXPECT_EQ((*addresses)[0].host, "a");
  EXPECT_EQ((*addresses)[0].port, 1);
  EXPECT_EQ((*addresses)[1].host, "::1");
  EXPECT_EQ((*addresses)[1].port, 65535);
  EXPECT_EQ((*addresses)[2].host, "b");
  EXPECT_EQ((*addresses)[2].port, 4222);
  EXPECT_EQ((*addresses)[3].host, "c");
}

TEST(NatsNames, RefuseWhatIsNoAddress) {
  for (const char* const urls :
       {"", ",", "http://a:1", "nats://", "a:", "a:0x1", "a:65536", "[::1", "[::1]4", "a,,b:x"}) {
    EXPECT_FALSE(ParseAddresses(urls).ok()) << urls;
  }
}

TEST(NatsNames, KeepPasswordsToThemselves) {
  EXPECT_EQ(Presentable("nats://user:secret@a:1,b:2,t0ken@c"), "nats://a:1,b:2,c");
  const auto refused = ParseAddresses("nats://user:secret@a:x");
  EXPECT_EQ(refused.status().reason().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace cluster::nats::internal
