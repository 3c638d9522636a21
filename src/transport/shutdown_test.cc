// A Transport that goes away while the node's loop is still at work for it. Most of what could go
// wrong here is only seen by the sanitizers.

#include <gmock/gmock.h>

#include <future>
#include <latch>

#include "transport/transport_fixture.h"

namespace transport {
namespace {

// Stops the thread that asks it what time it is, once, until it is let go.
class Gate final : public base::Clock {
 public:
  std::int64_t MonotonicNanos() const override {
    Pass();
    return System().MonotonicNanos();
  }
  std::int64_t BootNanos() const override {
    Pass();
    return System().BootNanos();
  }
  std::int64_t WallMillis() const override { return System().WallMillis(); }

  void Close(std::thread::id to) {
    to_ = to;
    closed_ = true;
  }
  void AwaitSomebody() { here_.wait(); }
  void Open() { open_.count_down(); }

 private:
  void Pass() const {
    if (!closed_ || std::this_thread::get_id() != to_ || passed_.exchange(true)) return;
    here_.count_down();
    open_.wait();
  }

  std::atomic<std::thread::id> to_;
  std::atomic<bool> closed_ = false;
  mutable std::atomic<bool> passed_ = false;
  mutable std::latch here_{1}, open_{1};
};

std::thread::id ThreadOf(tasks::Loop& loop) {
  std::promise<std::thread::id> id;
  loop.Post([&] { id.set_value(std::this_thread::get_id()); });
  return id.get_future().get();
}

Options Eager() {
  Options options = LiveNode::Loopback();
  options.beat_millis = 1;
  return options;
}

TEST(ShutdownTest, ABeatThatIsBeingSentMayOutliveTheTransport) {
  Gate clock;
  BareNode node("node-a", 1, clock, tasks::Loop::Mode::kThread, &base::Clock::System());
  auto transport = *Transport::Listen(node.local(), Eager());
  clock.Close(ThreadOf(node.loop));
  clock.AwaitSomebody();
  transport.reset();
  clock.Open();
  std::promise<void> later;
  node.loop.Post([&] { later.set_value(); });
  later.get_future().get();
}

TEST(ShutdownTest, AConnectionThatIsBeingMadeMayOutliveTheTransport) {
  Gate clock;
  BareNode node("node-a", 1, clock, tasks::Loop::Mode::kThread, &base::Clock::System());
  auto transport = *Transport::Listen(node.local(), LiveNode::Loopback());
  RemotePeer& peer = transport->Connect("node-b", "127.0.0.1:1");
  Await([&] { return !peer.state().unreachable.ok(); });
  clock.Close(ThreadOf(node.loop));  // stops it at its next attempt
  clock.AwaitSomebody();
  transport.reset();
  clock.Open();
  std::promise<void> later;
  node.loop.Post([&] { later.set_value(); });
  later.get_future().get();
}

// Each move makes the loop connect anew; the shutdown comes at any moment of that.
TEST(ShutdownTest, AShutdownMayMeetAnyMomentOfAConnection) {
  LiveNode b("node-b");
  const test::TcpProxy proxy(b.transport().port());
  for (int i = 0; i < 20; ++i) {
    BareNode node("node-" + std::to_string(i), 1, base::Clock::System(),
                  tasks::Loop::Mode::kThread);
    auto transport = *Transport::Listen(node.local(), Eager());
    for (int k = 0; k <= i % 3; ++k) {
      transport->Connect("node-b", b.address());
      transport->Connect("node-b", proxy.address());
      for (int spin = 0; spin < i; ++spin) std::this_thread::yield();
    }
    transport.reset();  // and then the node, with all that gRPC's threads could still touch
  }
}

TEST(ShutdownTest, APeerThatIsAskedForTooLateIsNeverConnected) {
  LiveNode a("node-a"), b("node-b");
  const test::TcpProxy proxy(b.transport().port());
  a.transport().Stop();
  RemotePeer& peer = a.PeerAt("node-b", proxy.address());
  Heard heard;
  const auto call = peer.Start(RequestFor("test:none"), heard.Events());
  EXPECT_EQ(heard.End().error.type(), "node_closed_exception");
  EXPECT_EQ(&peer, &a.PeerAt("node-b", b.address()));
  EXPECT_FALSE(peer.state().connected);
  EXPECT_EQ(proxy.connections(), 0);
}

}  // namespace
}  // namespace transport
