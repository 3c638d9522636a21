// What the stores on NATS do while their server is frozen, gone, or its answers are lost.

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "cluster/nats/nats_fixture.h"
#include "support/tcp_proxy.h"

namespace cluster::nats {
namespace {

using Records = std::map<std::string, std::string>;
constexpr int kLibrary = 1;  // the second connection: the first one asks for the version
using test::TcpProxy;

class LostServerTest : public NatsTest {
 protected:
  LostServerTest() { timeout_ = Millis(700); }

  std::unique_ptr<NatsMetadataStore> Through(TcpProxy& proxy) {
    return OpenAt("nats://" + proxy.address(), kPatient);
  }
  std::unique_ptr<NatsMetadataStore> Witness() { return OpenAt(server_.url(), kPatient); }
};

void ExpectUnreachable(const base::Status& status) {
  EXPECT_EQ(status.http_status(), 503);
  EXPECT_EQ(status.type(), "cluster_manager_not_discovered_exception");
  EXPECT_NE(status.reason().find("the metadata store nats://127.0.0.1:"), std::string::npos)
      << status.reason();
  EXPECT_NE(status.reason().find("reads and running work go on"), std::string::npos);
}

TEST_F(LostServerTest, EveryCallFailsAtOnceWithoutAServer) {
  const auto connection = Connect();
  const auto store = Must(NatsMetadataStore::Open(connection));
  server_.Kill();
  ASSERT_TRUE(Eventually([&] { return !connection->connected(); }));
  EXPECT_LT(Took([&] {
              for (int i = 0; i < 100; ++i) {
                ExpectUnreachable(store->Write(0, {Put("a", "1")}).status());
                ExpectUnreachable(store->Since(0).status());
                ExpectUnreachable(store->Load().status());
              }
            }),
            timeout_);
  EXPECT_NE(store->Write(0, {Put("a", "1")}).status().code(), base::Code::kOutcomeUnknown);
  server_.Start();
  ASSERT_TRUE(Eventually([&] { return connection->connected(); }));
  EXPECT_EQ(LoadSoon(*store).sequence, 0u);  // nothing was kept to be sent later
  EXPECT_EQ(Must(store->Write(0, {Put("a", "1")})), 1u);
}

TEST_F(LostServerTest, AFrozenServerHoldsNobodyLongerThanTheTimeout) {
  const auto connection = Connect();
  const auto store = Must(NatsMetadataStore::Open(connection));
  server_.Freeze();
  EXPECT_LT(Took([&] {
              const auto unknown = store->Write(0, {Put("a", "1")});
              EXPECT_EQ(unknown.status().code(), base::Code::kOutcomeUnknown);
              EXPECT_EQ(unknown.status().http_status(), 503);
            }),
            timeout_ + kLate);
  EXPECT_LT(Took([&] { EXPECT_FALSE(store->Load().ok()); }), timeout_ + kLate);
  EXPECT_LT(Took([&] { EXPECT_FALSE(store->Since(0).ok()); }), timeout_ + kLate);
  // It is noticed by its silence; while the library tries anew, calls fail as quickly.
  ASSERT_TRUE(Eventually([&] { return !connection->connected(); }));
  EXPECT_LT(Took([&] {
              for (int i = 0; i < 20; ++i) ExpectUnreachable(store->Load().status());
            }),
            kLate);
  server_.Thaw();
  EXPECT_TRUE(Eventually([&] { return store->Load().ok(); }));
}

TEST_F(LostServerTest, WhatSinceHasToldOfAnUnknownWriteIsFinal) {
  for (int round = 0; round < 3; ++round) {
    const auto store = Open(), reader = Witness();
    const std::uint64_t last = LoadSoon(*store).sequence;
    server_.Freeze();
    const auto unknown = store->Write(last, {Put("round", std::to_string(round))});
    ASSERT_EQ(unknown.status().code(), base::Code::kOutcomeUnknown);
    server_.Thaw();
    std::optional<std::vector<MetadataStore::Update>> since;
    ASSERT_TRUE(Eventually([&] {
      auto result = store->Since(last);
      if (result.ok()) since = *std::move(result);
      return since.has_value();
    }));
    ASSERT_EQ(since->size(), 1u);  // the write, or what stands in its place
    const auto contents = LoadSoon(*reader);
    EXPECT_EQ(contents.sequence, last + 1);
    const bool made = !since->front().changes.empty();
    const auto found = contents.records.find("round");
    EXPECT_EQ(found != contents.records.end() && found->second == std::to_string(round), made);
  }
}

TEST_F(LostServerTest, AWriteStillUnderWayNeverComesOnceSinceHasTold) {
  TcpProxy proxy(server_.port());
  const auto store = OpenAt("nats://" + proxy.address(), timeout_), witness = Witness();
  proxy.Hold(TcpProxy::Way::kThere, kLibrary);
  ASSERT_EQ(store->Write(0, {Put("a", "1")}).status().code(), base::Code::kOutcomeUnknown);
  std::vector<MetadataStore::Update> since;
  ASSERT_TRUE(Eventually([&] {  // over the next connection
    auto result = store->Since(0);
    if (result.ok()) since = **std::move(result);
    return result.ok();
  }));
  ASSERT_EQ(since.size(), 1u);  // its place is taken
  EXPECT_TRUE(since[0].changes.empty());
  proxy.Release(TcpProxy::Way::kThere, kLibrary);
  EXPECT_TRUE(MetadataStore::IsWriteConflict(witness->Write(0, {}).status()));
  EXPECT_EQ(LoadSoon(*witness).records, Records());
}

TEST_F(LostServerTest, AWriteWhoseAnswerIsLostHasSucceeded) {
  TcpProxy proxy(server_.port());
  const auto store = Through(proxy), witness = Witness();
  proxy.Hold(TcpProxy::Way::kBack, kLibrary);
  std::thread writing(
      [&] { EXPECT_EQ(Must(store->Write(0, {Put("a", "1"), Put("b", "2")})), 1u); });
  EXPECT_TRUE(Eventually([&] { return LoadSoon(*witness).sequence == 1; }));
  proxy.CutOne(kLibrary);
  writing.join();
  EXPECT_EQ(LoadSoon(*witness).sequence, 1u);  // once
  EXPECT_EQ(LoadSoon(*witness).records, (Records{{"a", "1"}, {"b", "2"}}));
}

TEST_F(LostServerTest, AWriteThatWasLostOnItsWayNeverComes) {
  TcpProxy proxy(server_.port());
  const auto store = Through(proxy), witness = Witness();
  proxy.Hold(TcpProxy::Way::kThere, kLibrary);
  std::thread writing([&] {
    EXPECT_TRUE(MetadataStore::IsWriteConflict(store->Write(0, {Put("a", "1")}).status()));
  });
  // The library notices the silence by itself, and connects anew.
  writing.join();
  EXPECT_EQ(LoadSoon(*witness).records, Records());
  EXPECT_EQ(LoadSoon(*witness).sequence, 1u);  // its place is taken
  EXPECT_TRUE(MetadataStore::IsWriteConflict(witness->Write(0, {Put("a", "1")}).status()));
  EXPECT_EQ(Must(store->Write(1, {Put("a", "2")})), 2u);
}

TEST_F(LostServerTest, AnotherNodesWriteIsNotTakenForOnesOwn) {
  TcpProxy proxy(server_.port());
  const auto store = Through(proxy), other = Witness();
  proxy.Hold(TcpProxy::Way::kThere, kLibrary);
  std::thread writing([&] {
    EXPECT_TRUE(MetadataStore::IsWriteConflict(store->Write(0, {Put("a", "1")}).status()));
  });
  ASSERT_EQ(Must(other->Write(0, {Put("a", "1")})), 1u);  // the same, but not the same
  writing.join();
  EXPECT_EQ(LoadSoon(*other).sequence, 1u);
}

TEST_F(LostServerTest, AKilledServerThatComesBackInTimeResolvesTheWrite) {
  const auto store = Witness();
  std::uint64_t last = 0;
  for (int round = 0; round < 5; ++round) {
    server_.Freeze();
    std::optional<base::Result<std::uint64_t>> result;
    std::thread writing([&] { result = store->Write(last, {Put("a", std::to_string(round))}); });
    server_.Restart();
    writing.join();
    const auto contents = LoadSoon(*store);
    if (result->ok()) {
      EXPECT_EQ(**result, last + 1);
      EXPECT_EQ(contents.records.at("a"), std::to_string(round));
    } else {
      EXPECT_NE(result->status().code(), base::Code::kOutcomeUnknown);
      EXPECT_TRUE(!contents.records.contains("a") ||
                  contents.records.at("a") != std::to_string(round));
    }
    last = contents.sequence;
  }
}

TEST_F(LostServerTest, EndsCleanlyWhileTheServerIsFrozenOrGone) {
  auto frozen = Open(), gone = Open();
  frozen->Watch([] {});
  gone->Watch([] {});
  server_.Freeze();
  static_cast<void>(frozen->Load());
  frozen.reset();
  server_.Kill();
  gone.reset();
  server_.Start();
  EXPECT_TRUE(Witness()->Load().ok());
}

}  // namespace
}  // namespace cluster::nats
