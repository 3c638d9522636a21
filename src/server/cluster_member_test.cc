#include "server/cluster_member.h"

#include <gtest/gtest.h>

namespace server {
namespace {

std::string WhyNot(const std::string& setting) {
  const auto settings = Settings::Read("", {"cluster.nats.url=nats://127.0.0.1:4222", setting});
  if (!settings.ok()) return settings.status().reason();
  return ClusterMember::Plan(*settings).status().reason();
}

TEST(ClusterMember, RefusesTimesWithWhichNodesWouldTakeOneAnotherForDead) {
  EXPECT_EQ(WhyNot("cluster.members.dead_after=3s"), "");
  for (const std::string time : {"-1", "0s", "2999ms"}) {
    EXPECT_EQ(
        WhyNot("cluster.members.dead_after=" + time),
        "[cluster.members.dead_after] must be at least 3s, three beats, but was [" + time + "]");
  }
  EXPECT_EQ(WhyNot("tasks.peer_lease=10m"), "");
  for (const std::string time : {"1s", "11m"}) {
    EXPECT_EQ(WhyNot("tasks.peer_lease=" + time),
              "[tasks.peer_lease] must be at least 2s, four beats, and at most 10m, but was [" +
                  time + "]");
  }
  EXPECT_EQ(WhyNot("cluster.nats.timeout=0s"),
            "[cluster.nats.timeout] must be at least 100ms, but was [0s]");
}

TEST(ClusterMember, NamesTheSettingOfAFileThatIsNotThere) {
  EXPECT_EQ(WhyNot("cluster.nats.key=k.pem"),
            "[cluster.nats.certificate] must be given, too, beside [cluster.nats.key]");
  EXPECT_EQ(WhyNot("plugins.security.ssl.transport.pemcert_filepath=/dev/null"),
            "[plugins.security.ssl.transport.pemkey_filepath] must be given, too, beside "
            "[plugins.security.ssl.transport.pemcert_filepath]");
  EXPECT_TRUE(WhyNot("cluster.nats.ca=/none.pem").starts_with("[cluster.nats.ca]: cannot open"))
      << WhyNot("cluster.nats.ca=/none.pem");
}

}  // namespace
}  // namespace server
