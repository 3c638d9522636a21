#include "cluster/nats/nats_metadata_store.h"

#include <atomic>
#include <condition_variable>

#include "base/ids.h"
#include "cluster/nats/internal/jetstream.h"
#include "cluster/nats/internal/write_codec.h"
#include "cluster/nats/nats_fixture.h"

namespace cluster::nats {
namespace {

using Records = std::map<std::string, std::string>;

std::string Noise(std::size_t size) {
  std::string bytes(size, '\0');
  base::FillRandom(bytes.data(), size);
  return bytes;
}

class NatsMetadataStoreTest : public NatsTest {
 protected:
  std::unique_ptr<NatsMetadataStore> one_ = Open(), two_ = Open();
};

TEST_F(NatsMetadataStoreTest, LoadsAndFollowsWhatAnotherNodeWrote) {
  EXPECT_EQ(Must(one_->Load()).sequence, 0u);
  ASSERT_EQ(Must(one_->Write(0, {Put("a", "1"), Put("b", "2")})), 1u);
  ASSERT_EQ(Must(two_->Write(1, {Delete("a"), Put("c", std::string("\0\xff", 2))})), 2u);
  const auto contents = Must(one_->Load());
  EXPECT_EQ(contents.sequence, 2u);
  EXPECT_EQ(contents.records, (Records{{"b", "2"}, {"c", std::string("\0\xff", 2)}}));

  const auto since = Must(two_->Since(0));
  ASSERT_TRUE(since);
  ASSERT_EQ(since->size(), 2u);
  EXPECT_EQ((*since)[0].sequence, 1u);
  ASSERT_EQ((*since)[0].changes.size(), 2u);
  EXPECT_EQ((*since)[0].changes[1].key, "b");
  EXPECT_EQ((*since)[1].changes[0].value, std::nullopt);
  EXPECT_EQ(Must(one_->Since(1))->size(), 1u);
  EXPECT_TRUE(Must(one_->Since(2))->empty());
}

TEST_F(NatsMetadataStoreTest, RefusesWhoeverHasNotSeenTheNewestWrite) {
  ASSERT_EQ(Must(one_->Write(0, {Put("a", "1")})), 1u);
  EXPECT_TRUE(MetadataStore::IsWriteConflict(two_->Write(0, {Put("a", "2")}).status()));
  EXPECT_TRUE(MetadataStore::IsWriteConflict(two_->Write(2, {Put("a", "2")}).status()));
  ASSERT_EQ(Must(two_->Write(1, {Put("b", "2")})), 2u);  // another key: the whole stream counts
  EXPECT_TRUE(MetadataStore::IsWriteConflict(one_->Write(1, {Put("a", "3")}).status()));
  EXPECT_EQ(Must(one_->Load()).records, (Records{{"a", "1"}, {"b", "2"}}));
}

TEST_F(NatsMetadataStoreTest, OfTwoWhoWriteAtOnceOneWins) {
  std::atomic<int> written = 0, refused = 0;
  const auto write = [&](NatsMetadataStore& store, const std::string& value) {
    for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
      const auto result = store.Write(sequence, {Put("key", value)});
      if (result.ok()) {
        ++written;
      } else if (MetadataStore::IsWriteConflict(result.status())) {
        ++refused;
      }
      if (!Eventually([&] { return Must(store.Load()).sequence > sequence; })) return;
    }
  };
  std::thread other([&] { write(*two_, "two"); });
  write(*one_, "one");
  other.join();
  EXPECT_EQ(written, 100);
  EXPECT_EQ(refused, 100);
}

TEST_F(NatsMetadataStoreTest, WritesManyRecordsAllOrNothing) {
  ASSERT_EQ(Must(one_->Write(0, {Put("before", "1")})), 1u);
  std::vector<MetadataStore::Change> changes;
  for (int i = 0; i < 20; ++i) {
    changes.push_back(Put("index/" + std::to_string(i), Noise(i == 0 ? 120'000 : 100'000)));
  }
  const auto refused = one_->Write(1, changes);
  EXPECT_EQ(refused.status().http_status(), 413);
  EXPECT_NE(refused.status().reason().find("[index/0]"), std::string::npos)
      << refused.status().reason();
  EXPECT_NE(refused.status().reason().find("max_payload [1048576]"), std::string::npos);
  EXPECT_EQ(Must(two_->Load()).records, (Records{{"before", "1"}}));

  changes.resize(8);
  ASSERT_EQ(Must(one_->Write(1, changes)), 2u);  // one message
  EXPECT_EQ(Must(two_->Load()).records.size(), 9u);
  EXPECT_EQ(Must(two_->Load()).records["index/7"], changes[7].value);
}

TEST_F(NatsMetadataStoreTest, TakesRecordsAboveMaxPayloadIfTheyCompress) {
  const std::string large(5'000'000, 'x');
  ASSERT_EQ(Must(one_->Write(0, {Put("a", large)})), 1u);
  EXPECT_EQ(Must(two_->Load()).records["a"], large);
}

TEST_F(NatsMetadataStoreTest, ReadsMessagesAsLargeAsTheServerTakes) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_EQ(Must(one_->Write(i, {Put("a", Noise(1'047'900))})), i + 1);
  }
  EXPECT_EQ(Must(two_->Since(0))->size(), 20u);
  EXPECT_EQ(Must(two_->Load()).sequence, 20u);
}

TEST_F(NatsMetadataStoreTest, KeepsItsDataOverARestartOfTheServer) {
  ASSERT_EQ(Must(one_->Write(0, {Put("a", "1")})), 1u);
  server_.Restart();
  ASSERT_TRUE(Eventually([&] { return one_->Load().ok(); }));
  EXPECT_EQ(Must(one_->Load()).records, (Records{{"a", "1"}}));
  EXPECT_EQ(Must(one_->Write(1, {Put("a", "2")})), 2u);
}

TEST_F(NatsMetadataStoreTest, ClustersDoNotSeeEachOther) {
  ConnectionOptions options = To(server_.url());
  options.cluster_name = "my_cluster";
  const auto other = Must(NatsMetadataStore::Open(Must(Connection::Connect(options))));
  ASSERT_EQ(Must(one_->Write(0, {Put("a", "1")})), 1u);
  EXPECT_EQ(Must(other->Write(0, {Put("b", "1")})), 1u);
  EXPECT_EQ(Must(one_->Load()).records, (Records{{"a", "1"}}));
}

TEST_F(NatsMetadataStoreTest, NamesTheWriteThatSomebodyElseMade) {
  ASSERT_EQ(Must(one_->Write(0, {Put("a", "1")})), 1u);
  const auto connection = Connect();
  internal::JetStream jetstream(connection->link());
  const auto foreign =
      jetstream.Publish("quell-my_20cluster-metadata", "quell.my_20cluster.metadata", "hello",
                        std::nullopt, std::chrono::steady_clock::now() + timeout_);
  ASSERT_EQ(foreign.sequence, 2u);
  for (const base::Status& status : {two_->Load().status(), two_->Since(1).status()}) {
    EXPECT_EQ(status.http_status(), 500);
    EXPECT_NE(status.reason().find("write 2 "), std::string::npos) << status.reason();
  }
  EXPECT_TRUE(two_->Since(2).ok());
}

TEST_F(NatsMetadataStoreTest, NamesTheWriteThatWasMadeAtAnotherPlace) {
  const auto connection = Connect();
  const auto copied = internal::EncodeWrite(
      {.id = internal::NewWriteId(), .previous = 7, .changes = {Put("a", "1")}});
  ASSERT_EQ(internal::JetStream(connection->link())
                .Publish("quell-my_20cluster-metadata", "quell.my_20cluster.metadata", *copied,
                         std::nullopt, std::chrono::steady_clock::now() + timeout_)
                .sequence,
            1u);
  const base::Status status = one_->Load().status();
  EXPECT_NE(status.reason().find("write 1 "), std::string::npos) << status.reason();
  EXPECT_NE(status.reason().find("behind write 7"), std::string::npos) << status.reason();
}

TEST_F(NatsMetadataStoreTest, RefusesAStreamThatWouldForget) {
  const auto connection = Connect();
  const auto answer = connection->link().Request(
      {.subject = "$JS.API.STREAM.CREATE.quell-other-metadata",
       .data = R"({"name":"quell-other-metadata","subjects":["quell.other.metadata"],)"
               R"("retention":"limits","storage":"memory","num_replicas":1})"},
      std::chrono::steady_clock::now() + timeout_);
  ASSERT_EQ(answer.fate, internal::Answer::Fate::kAnswered);
  ConnectionOptions options = To(server_.url());
  options.cluster_name = "other";
  const auto refused = NatsMetadataStore::Open(Must(Connection::Connect(options)));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().reason().find("[quell-other-metadata]"), std::string::npos);
}

class WatchTest : public NatsTest {
 protected:
  struct News {
    std::atomic<int> count = 0;
    std::function<void()> counter() {
      return [this] { ++count; };
    }
  };
  std::unique_ptr<NatsMetadataStore> one_ = Open({.look_every = kNever}),
                                     two_ = Open({.look_every = kNever});
  News news_;
};

TEST_F(WatchTest, IsNudgedByAWriteOfAnotherNode) {
  two_->Watch(news_.counter());
  // The subscription may be later than the first of them; a compaction, which nudges too, is far.
  for (std::uint64_t last = 0; last < 500 && news_.count == 0;) {
    last = Must(one_->Write(last, {Put("a", "1")}));
  }
  EXPECT_TRUE(Eventually([&] { return news_.count > 0; }));
  two_->Watch(nullptr);
}

TEST_F(WatchTest, IsNotNudgedByItsOwnWrites) {
  one_->Watch(news_.counter());
  News others;
  two_->Watch(others.counter());
  ASSERT_TRUE(Eventually([&] {
    Must(one_->Write(Must(one_->Load()).sequence, {Put("a", "1")}));
    return others.count > 10;
  }));
  EXPECT_EQ(news_.count, 0);
  two_->Watch(nullptr);
}

TEST_F(WatchTest, TakesAReconnectForNews) {
  two_->Watch(news_.counter());
  server_.Restart();
  EXPECT_TRUE(Eventually([&] { return news_.count > 0; }));
}

TEST_F(WatchTest, LooksNowAndThenWithoutANudge) {
  const auto store = Open({.look_every = Millis(5)});
  store->Watch(news_.counter());
  EXPECT_TRUE(Eventually([&] { return news_.count > 3; }));
}

TEST_F(WatchTest, EndsAfterTheCallUnderWay) {
  std::mutex mutex;
  std::condition_variable changed;
  bool called = false, go_on = false;
  std::atomic<bool> returned = false;
  const auto store = Open({.look_every = Millis(1)});
  store->Watch([&] {
    std::unique_lock lock(mutex);
    called = true;
    changed.notify_all();
    changed.wait(lock, [&] { return go_on; });
    returned = true;
    ++news_.count;
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return called; });
  }
  std::thread ending([&] {
    store->Watch(nullptr);
    EXPECT_TRUE(returned);
  });
  {
    std::lock_guard lock(mutex);
    go_on = true;
    changed.notify_all();
  }
  ending.join();
  const int count = news_.count;
  Must(one_->Write(0, {Put("a", "1")}));
  EXPECT_EQ(news_.count, count);
}

}  // namespace
}  // namespace cluster::nats
