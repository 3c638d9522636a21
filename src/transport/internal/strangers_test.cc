// What strangers can do at the port between nodes: nothing, and the log is not theirs.

#include <gmock/gmock.h>

#include <future>
#include <random>

#include "support/http_client.h"
#include "transport/internal/callee_fixture.h"
#include "transport/internal/wire.h"

namespace transport::internal {
namespace {

using proto::SessionDown;
using proto::SessionUp;

// A client of its own making that speaks the protocol.
class Stranger {
 public:
  explicit Stranger(const std::string& address)
      : stub_(proto::Transport::NewStub(MakeChannel(address, *MakeCredentials({}), {}))) {}

  static proto::Hello Hello(const std::string& from, std::uint64_t incarnation) {
    proto::Hello hello;
    hello.set_version(kWireVersion);
    hello.set_cluster("quell");
    hello.set_from(from);
    hello.set_to("node-b");
    hello.set_incarnation(incarnation);
    return hello;
  }

  // What is answered to `up`, first of all; `pass` turns the clock meanwhile.
  template <typename Pass>
  SessionDown Answer(const SessionUp& up, Pass pass) {
    grpc::ClientContext context;
    const auto stream = stub_->Session(&context);
    stream->Write(up);
    SessionDown down;
    auto answered = std::async(std::launch::async, [&] {
      if (!stream->Read(&down)) down.Clear();
    });
    do {
      pass();
    } while (answered.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready);
    context.TryCancel();
    stream->Finish();
    return down;
  }
  template <typename Pass>
  SessionDown Greet(const proto::Hello& hello, Pass pass) {
    SessionUp up;
    *up.mutable_hello() = hello;
    return Answer(up, pass);
  }

  proto::WorkDown StartWork(const proto::WorkUp& up) {
    grpc::ClientContext context;
    const auto stream = stub_->Work(&context);
    stream->Write(up);
    proto::WorkDown down;
    if (!stream->Read(&down)) down.Clear();
    context.TryCancel();
    stream->Finish();
    return down;
  }

 private:
  const std::unique_ptr<proto::Transport::Stub> stub_;
};

class StrangersTest : public testing::Test {
 protected:
  StrangersTest() {
    b_.node.actions.Add("write", nullptr, [](tasks::RunningTask, auto) { ADD_FAILURE(); });
  }
  ~StrangersTest() override { ExpectNothingHappened(); }

  void ExpectNothingHappened() const {
    EXPECT_EQ(b_.callee->sessions(), 0U);
    EXPECT_EQ(b_.node.registry.size(), 0U);
  }
  void PassALook() {
    clock_.AdvanceMillis(50);
    b_.node.loop.RunDue();
  }
  // All looks at once.
  std::function<void()> Passing() {
    return [this] {
      for (int i = 0; i < 25; ++i) PassALook();
    };
  }
  proto::Hello Hello(const std::string& from = "node-a",
                     std::uint64_t incarnation = kSecret) const {
    return Stranger::Hello(from, incarnation);
  }
  std::string WhyNot(const proto::Hello& hello) {
    const SessionDown down = Stranger(b_.address()).Greet(hello, Passing());
    return down.has_refused() ? down.refused().reason() : "it was not refused";
  }

  static constexpr std::uint64_t kSecret = 4711;  // the incarnation of node-a
  base::ManualClock clock_;
  std::atomic<bool> joined_ = true;
  std::atomic<int> looks_ = 0;
  CalleeSide b_{
      "node-b", 7, clock_, {}, 0, [this](const std::string& id, std::uint64_t incarnation) {
        ++looks_;
        return joined_ && id == "node-a" && incarnation == kSecret;
      }};
};

TEST_F(StrangersTest, NodesOfNoOrAnotherClusterGetNoSession) {
  const std::string unknown = "the node is not known to be one of this cluster";
  EXPECT_EQ(WhyNot(Hello("node-x")), unknown);
  EXPECT_EQ(WhyNot(Hello("node-a", kSecret + 1)), unknown) << "its name alone is no secret";
  EXPECT_EQ(WhyNot(Hello("node-a", 0)), unknown);
  EXPECT_EQ(WhyNot(Hello("node-b")), unknown) << "this node's own name";
  EXPECT_EQ(WhyNot(Hello("")), "a node id must have between 1 and 1024 bytes");
  EXPECT_EQ(WhyNot(Hello(std::string(5000, 'x'))), "a node id must have between 1 and 1024 bytes");
  EXPECT_EQ(WhyNot(Hello("\xff\xfe")), unknown);
  proto::Hello other = Hello();
  other.set_cluster("other");
  EXPECT_EQ(WhyNot(other), "the node is of another cluster, this one is [quell]");
  other = Hello();
  other.set_version(kWireVersion + 1);
  EXPECT_THAT(WhyNot(other), testing::HasSubstr("different versions"));
  other = Hello();
  other.set_to("node-c");
  EXPECT_EQ(WhyNot(other), "the node here is [node-b]");
}

// A fake that names a member keeps that member out no moment longer.
TEST_F(StrangersTest, ThatWereRefusedLeaveNoTrace) {
  EXPECT_NE(WhyNot(Hello("node-a", kSecret + 1)), "it was not refused");
  const SessionDown down = Stranger(b_.address()).Greet(Hello(), [] {});
  ASSERT_TRUE(down.has_welcome());
  EXPECT_EQ(down.welcome().node(), "node-b");
  b_.callee->Stop();
}

TEST_F(StrangersTest, ANodeThatHasJustJoinedIsWelcomeAsSoonAsItIsHeardOf) {
  joined_ = false;
  const SessionDown down = Stranger(b_.address()).Greet(Hello(), [this] {
    joined_ = looks_ >= 3;
    PassALook();
  });
  EXPECT_TRUE(down.has_welcome());
  EXPECT_GE(looks_, 4);
  b_.callee->Stop();
}

TEST_F(StrangersTest, OneLineAMinuteSaysSo) {
  proto::Hello hello = Hello();
  hello.set_cluster("other");
  for (int i = 0; i < 5; ++i) EXPECT_NE(WhyNot(hello), "it was not refused");
  EXPECT_EQ(b_.home->refused_sessions.Pass(), std::nullopt);
  clock_.AdvanceMillis(60'000);
  EXPECT_EQ(b_.home->refused_sessions.Pass(), 5U) << "four of them, and the one above";

  for (int i = 0; i < 3; ++i) Stranger(b_.address()).StartWork({});
  clock_.AdvanceMillis(60'000);
  EXPECT_EQ(b_.home->broken_rules.Pass(), 2U);
}

TEST_F(StrangersTest, StartNoWorkWithoutASession) {
  proto::WorkUp up;
  proto::Start& start = *up.mutable_start();
  start.set_action("write");
  start.set_incarnation(7);
  for (const std::uint64_t key : {0UL, 1UL, ~0UL}) {
    start.set_session(key);
    const proto::WorkDown down = Stranger(b_.address()).StartWork(up);
    ASSERT_TRUE(down.has_end());
    EXPECT_TRUE(down.end().never_began());
    ExpectNothingHappened();
  }
  proto::WorkUp cancel;
  cancel.mutable_cancel();
  EXPECT_FALSE(Stranger(b_.address()).StartWork(cancel).has_end());
}

TEST_F(StrangersTest, ThatDoNotSayHelloAreHungUpOn) {
  for (const auto fill : std::initializer_list<void (*)(SessionUp&)>{
           [](SessionUp&) {}, [](SessionUp& up) { up.mutable_bye(); },
           [](SessionUp& up) { up.mutable_echo()->set_beat(1); },
           [](SessionUp& up) { up.mutable_cancel()->add_call(1); }}) {
    SessionUp up;
    fill(up);
    const SessionDown down = Stranger(b_.address()).Answer(up, Passing());
    EXPECT_EQ(down.kind_case(), SessionDown::KIND_NOT_SET);
  }
}

TEST_F(StrangersTest, WhoSpeaksAnotherProtocolIsHungUpOn) {
  std::mt19937_64 random(1);
  std::vector<std::string> garbage = {
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST /transport.proto.Transport/Session HTTP/1.1\r\nHost: localhost:9300\r\n"
      "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame at all, but some other bytes, long enough",
      std::string(100, '\0'), "ES\0\0\0\0"};
  for (int i = 0; i < 20; ++i) {
    std::string bytes(1000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    garbage.push_back(std::move(bytes));
  }
  for (const std::string& bytes : garbage) {
    test::HttpClient client(b_.listening.port);
    client.Send(bytes);
    client.HalfClose();
    EXPECT_TRUE(client.ReadToEnd()) << bytes.substr(0, 20);
    ExpectNothingHappened();
  }
  EXPECT_TRUE(Stranger(b_.address()).Greet(Hello(), [] {}).has_welcome()) << "a node still can";
  b_.callee->Stop();
}

}  // namespace
}  // namespace transport::internal
