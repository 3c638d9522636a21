// What a bulk of 100 MB takes of memory, from its first byte to the last one of its answer. The
// shards' node is a puppet, so that the store's own memory is not in it.

#include <gtest/gtest.h>
#include <malloc.h>

#include "actions/bulk/bulk.h"
#include "rest/routes/bulk.h"
#include "support/puppet_peer.h"
#include "support/scripted_exchange.h"
#include "support/test_node.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QUELL_OTHER_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define QUELL_OTHER_MALLOC 1
#endif
#endif

namespace rest::routes {
namespace {

std::size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// The most that was in use while it lived.
class Peak {
 public:
  std::size_t bytes() const { return peak_ - before_; }

 private:
  const std::size_t before_ = HeapInUse();
  std::atomic<std::size_t> peak_ = before_;
  std::jthread thread_{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      peak_ = std::max<std::size_t>(peak_, HeapInUse());
      std::this_thread::yield();
    }
  }};
};

class BulkMemory : public testing::TestWithParam<bool> {};

TEST_P(BulkMemory, StaysBelow48MegabytesForABodyOf100) {
#ifdef QUELL_OTHER_MALLOC
  GTEST_SKIP() << "not with this malloc";
#endif
  test::TestNode node;
  actions::bulk::Register(node.node);
  node.Start();
  Router router;
  AddBulkRoutes(router, node.node);
  node.CreateIndex("src", 3);
  test::PuppetPeer peer;
  node.peer_instead = &peer;

  const std::string document = "{\"t\":\"" + std::string(252, 'x') + "\"}\n";
  std::uint64_t sent = 0, actions = 0;
  Peak peak;
  auto exchange = std::make_shared<test::ScriptedExchange>("POST", "/src/_bulk");
  exchange->DropAnswer();
  router.Handle(exchange);
  while (sent < 100'000'000) {
    std::string piece;
    while (piece.size() < 60'000) {
      const std::string number = std::to_string(actions++);
      piece += GetParam() ? "{\"index\":{\"_id\":\"user-" + number + "\",\"routing\":\"r" + number +
                                "\"}}\n"
                          : "{\"index\":{}}\n";
      piece += document;
    }
    exchange->Send(piece);
    sent += piece.size();
  }
  exchange->EndBody();
  exchange->Answer();
  const std::size_t used = peak.bytes();
  RecordProperty("megabytes", static_cast<int>(used >> 20));
  EXPECT_LE(used, 48u << 20);
  EXPECT_EQ(peer.operations(), actions);
  EXPECT_GT(exchange->answer_bytes(), actions * 150);
  EXPECT_LE(exchange->longest_piece(), 64u << 10);
}

INSTANTIATE_TEST_SUITE_P(Ids, BulkMemory, testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "GivenAndRouted" : "Generated";
});

// The updates change nothing, so that the store's own memory is not in it either.
TEST(BulkMemoryOfUpdates, IsThatOfTheDocumentsToldOnce) {
#ifdef QUELL_OTHER_MALLOC
  GTEST_SKIP() << "not with this malloc";
#endif
  constexpr std::size_t kUpdates = 100;
  test::TestNode node;
  actions::bulk::Register(node.node);
  node.Start();
  Router router;
  AddBulkRoutes(router, node.node);
  node.CreateIndex("src", 1);
  const auto send = [&](const std::string& body) {
    auto exchange = std::make_shared<test::ScriptedExchange>("POST", "/src/_bulk");
    exchange->DropAnswer();
    router.Handle(exchange);
    exchange->Send(body);
    exchange->EndBody();
    exchange->Answer();
    return exchange->answer_bytes();
  };
  send("{\"index\":{\"_id\":\"0\"}}\n{\"n\":1,\"t\":\"" + std::string(1 << 20, 'x') + "\"}\n");
  std::string updates;
  for (std::size_t i = 0; i < kUpdates; ++i)
    updates += "{\"update\":{\"_id\":\"0\",\"_source\":true}}\n{\"doc\":{\"n\":1}}\n";
  const Peak peak;
  EXPECT_GT(send(updates), kUpdates << 20);
  RecordProperty("megabytes", static_cast<int>(peak.bytes() >> 20));
  EXPECT_LE(peak.bytes(), (kUpdates + kUpdates / 2) << 20);
}

}  // namespace
}  // namespace rest::routes
