#include "cluster/nats/connection.h"

#include <atomic>
#include <thread>
#include <vector>

#include "cluster/nats/internal/server_info.h"
#include "cluster/nats/nats_fixture.h"
#include "support/tcp_proxy.h"

namespace cluster::nats {
namespace {

base::Status Refused(const std::string& urls, const std::string& cluster_name = "c") {
  return Connection::Connect({.urls = urls, .cluster_name = cluster_name, .timeout = Millis(500)})
      .status();
}

void ExpectSays(const base::Status& status, const std::string& what) {
  EXPECT_NE(status.reason().find(what), std::string::npos) << status.reason();
}

class ConnectionTest : public NatsTest {};

TEST_F(ConnectionTest, KnowsTheServersVersion) {
  const auto connection = Connect();
  EXPECT_TRUE(connection->connected());
  EXPECT_GE(internal::ParseVersion(connection->server_version()), (std::array<int, 3>{2, 9, 0}));
}

TEST_F(ConnectionTest, TakesTheFirstAddressThatAnswers) {
  EXPECT_TRUE(Connection::Connect(To("nats://127.0.0.1:1," + server_.url())).ok());
}

TEST_F(ConnectionTest, SaysWhatToDoIfNothingAnswers) {
  const base::Status status = Refused("nats://me:secret@127.0.0.1:1");
  EXPECT_EQ(status.http_status(), 503);
  ExpectSays(status,
             "nats-server at nats://127.0.0.1:1 does not answer: Connection refused; "
             "start one, or unset [cluster.nats.url]");
}

TEST_F(ConnectionTest, DoesNotWaitForAFrozenServer) {
  server_.Freeze();
  EXPECT_LT(Took([&] { ExpectSays(Refused(server_.url()), "it takes connections only"); }),
            Millis(500) + kLate);
}

TEST_F(ConnectionTest, NoticesWhatIsNoNats) {
  test::TcpProxy nothing(1);
  ExpectSays(Refused("nats://" + nothing.address()), "does not answer");
}

TEST_F(ConnectionTest, RefusesAddressesAndNamesThatAreNone) {
  ExpectSays(Refused("http://127.0.0.1"), "[cluster.nats.url]");
  ExpectSays(Refused(""), "[cluster.nats.url]");
  ExpectSays(Refused(server_.url(), ""), "[cluster.name]");
  ExpectSays(Refused(server_.url(), std::string(200, 'x')), "[cluster.name]");
}

TEST_F(ConnectionTest, NodesThatStartTogetherMakeOneStream) {
  for (int round = 0; round < 20; ++round) {
    ConnectionOptions options = To(server_.url());
    options.cluster_name = "cluster " + std::to_string(round);
    std::vector<std::shared_ptr<Connection>> connections;
    for (int i = 0; i < 6; ++i) connections.push_back(Must(Connection::Connect(options)));
    std::atomic<int> ready = 0;
    std::vector<base::Status> opened(connections.size());
    {
      std::vector<std::jthread> nodes;
      for (std::size_t i = 0; i < connections.size(); ++i) {
        nodes.emplace_back([&, i] {
          ++ready;
          while (ready < 6) std::this_thread::yield();
          opened[i] = NatsMetadataStore::Open(connections[i]).status();
        });
      }
    }
    for (const base::Status& status : opened) EXPECT_TRUE(status.ok()) << status.reason();
  }
}

TEST_F(ConnectionTest, ComesBackQuickly) {
  const auto connection = Connect();
  server_.Stop();
  ASSERT_TRUE(Eventually([&] { return !connection->connected(); }));
  server_.Start();
  EXPECT_LT(Took([&] { EXPECT_TRUE(Eventually([&] { return connection->connected(); })); }),
            Millis(1500));
}

class WithoutJetStreamTest : public NatsTest {
 protected:
  WithoutJetStreamTest() : NatsTest({.jetstream = false}) {}
};

TEST_F(WithoutJetStreamTest, SaysHowToEnableIt) {
  ExpectSays(Refused(server_.url()), "jetstream { store_dir: ");
}

class WithUsersTest : public NatsTest {
 protected:
  WithUsersTest() : NatsTest({.more = "authorization { user: me, password: secret }"}) {}
};

TEST_F(WithUsersTest, LetsInWhoeverIsNamedInTheAddress) {
  const std::string at = "@127.0.0.1:" + std::to_string(server_.port());
  EXPECT_TRUE(Connection::Connect(To("nats://me:secret" + at)).ok());
  const base::Status refused = Refused("nats://me:wrong" + at);
  ExpectSays(refused, "cannot be used: ");
  ExpectSays(refused, "uthorization");
  EXPECT_EQ(refused.reason().find("wrong"), std::string::npos);
}

TEST(NatsVersion, IsReadAsNumbers) {
  EXPECT_EQ(internal::ParseVersion("2.9.10"), (std::array<int, 3>{2, 9, 10}));
  EXPECT_EQ(internal::ParseVersion("2.11.0-beta.1"), (std::array<int, 3>{2, 11, 0}));
  EXPECT_LT(internal::ParseVersion("2.9.10"), internal::ParseVersion("2.10.0"));
  EXPECT_EQ(internal::ParseVersion("x"), (std::array<int, 3>{}));
}

}  // namespace
}  // namespace cluster::nats
