// A log of writes that is kept short while several nodes write to it.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "cluster/nats/internal/write_log.h"
#include "cluster/nats/nats_fixture.h"

namespace cluster::nats {
namespace {

using Records = std::map<std::string, std::string>;
constexpr std::uint64_t kAbove = 50;

// Small messages, so that the records take several of them.
class CompactionTest : public NatsTest {
 protected:
  CompactionTest() : NatsTest({.more = "max_payload: 4096"}) {}

  std::unique_ptr<NatsMetadataStore> OpenCompacting(std::uint64_t above = kAbove) {
    return Open({.compact_above_messages = above, .look_every = kNever});
  }
  // Writes until compaction has taken away the first write.
  static std::uint64_t WriteUntilPurged(NatsMetadataStore& store, const std::string& key) {
    std::uint64_t last = Must(store.Load()).sequence;
    for (int i = 0; i < 100'000; ++i) {
      const auto written = store.Write(last, {Put(key, std::to_string(i))});
      last = written.ok() ? *written : Must(store.Load()).sequence;
      if (!Must(store.Since(0))) return last;
    }
    ADD_FAILURE() << "never compacted";
    return last;
  }
};

TEST_F(CompactionTest, KeepsTheRecordsAndTellsOldReadersToLoad) {
  const auto one = OpenCompacting(), two = Open();
  ASSERT_EQ(Must(one->Write(0, {Put("a", "1"), Put("b", "2"), Put("gone", "3")})), 1u);
  ASSERT_EQ(Must(one->Write(1, {Delete("gone")})), 2u);
  WriteUntilPurged(*one, "c");
  EXPECT_FALSE(Must(two->Since(1)));
  const auto contents = Must(two->Load());
  EXPECT_EQ(contents.records.size(), 3u);
  EXPECT_EQ(contents.records.at("a"), "1");
  EXPECT_EQ(contents.records.at("b"), "2");
  EXPECT_TRUE(Must(two->Since(contents.sequence))->empty());
}

TEST_F(CompactionTest, LeavesALogAloneThatIsMostlyRecords) {
  const auto store = OpenCompacting();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 4 * kAbove; ++i) {
    last = Must(store->Write(last, {Put("key" + std::to_string(i), "x")}));
  }
  EXPECT_EQ(last, 4 * kAbove);  // nobody else has written
  EXPECT_EQ(Must(store->Since(0))->size(), 4 * kAbove);
}

TEST_F(CompactionTest, StoppedAmongItsChunksHasChangedNothing) {
  const auto store = Open();
  ASSERT_EQ(Must(store->Write(0, {Put("a", "1"), Put("z", "1")})), 1u);
  const auto log = Must(internal::WriteLog::Open(Connect()));
  // The first chunk of somebody who then died, and a write behind it.
  const internal::StoredWrite chunk{
      .id = internal::NewWriteId(), .previous = 1, .changes = {Put("a", "1")}};
  ASSERT_EQ(log->Append(chunk, log->link().connections(), log->Soon()).sequence, 2u);
  ASSERT_EQ(Must(store->Write(2, {Delete("a")})), 3u);
  EXPECT_EQ(Must(store->Load()).records, (Records{{"z", "1"}}));
  WriteUntilPurged(*OpenCompacting(), "c");
  EXPECT_EQ(Must(store->Load()).records.count("a"), 0u);
  EXPECT_EQ(Must(store->Load()).records.at("z"), "1");
}

// What a node does: writes behind what it has seen, and follows.
class Node {
 public:
  explicit Node(std::unique_ptr<NatsMetadataStore> store) : store_(std::move(store)) {}

  void Follow() {
    auto since = Must(store_->Since(seen_.sequence));
    if (!since) {
      ++loads_;
      seen_ = Must(store_->Load());
      return;
    }
    for (const auto& update : *since) {
      const Records before = seen_.records;
      internal::Apply(update, seen_);
      changed_[update.sequence] = seen_.records != before;
    }
  }
  // Makes the change, however often others are quicker; its sequence.
  std::uint64_t Write(const std::vector<MetadataStore::Change>& changes) {
    for (;;) {
      const auto written = store_->Write(seen_.sequence, changes);
      if (written.ok()) {
        internal::Apply({.sequence = *written, .changes = changes}, seen_);
        return *written;
      }
      if (!MetadataStore::IsWriteConflict(written.status())) Must(written);
      Follow();
    }
  }

  const MetadataStore::Contents& seen() const { return seen_; }
  int loads() const { return loads_; }
  // Which writes have changed nothing when they were followed, and which have.
  const std::map<std::uint64_t, bool>& changed() const { return changed_; }

 private:
  std::unique_ptr<NatsMetadataStore> store_;
  MetadataStore::Contents seen_;
  int loads_ = 0;
  std::map<std::uint64_t, bool> changed_;
};

TEST_F(CompactionTest, LosesNothingWhileTwoNodesWriteAndCompact) {
  std::mutex mutex;
  std::map<std::uint64_t, std::vector<MetadataStore::Change>> acknowledged;  // guarded by mutex
  Node one(OpenCompacting()), two(OpenCompacting()), idle(Open()), follower(Open());
  const auto still = [](int i) { return Put("still" + std::to_string(i), std::string(300, 'x')); };
  for (int i = 0; i < 12; ++i) acknowledged.emplace(one.Write({still(i)}), std::vector{still(i)});
  const auto write = [&](Node& node, unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 400; ++i) {
      std::vector<MetadataStore::Change> changes;
      for (unsigned left = 1 + random() % 3; left > 0; --left) {
        const std::string key = "key" + std::to_string(random() % 12);
        std::string value(200 + random() % 300, '\0');
        for (char& c : value) c = static_cast<char>(random());
        changes.push_back(random() % 3 == 0 ? Delete(key) : Put(key, value));
      }
      const std::uint64_t sequence = node.Write(changes);
      std::lock_guard lock(mutex);
      EXPECT_TRUE(acknowledged.emplace(sequence, std::move(changes)).second);
    }
  };
  std::atomic<bool> done = false;
  std::thread following([&] {
    while (!done) follower.Follow();
  });
  std::thread other([&] { write(two, 2); });
  write(one, 1);
  other.join();
  done = true;
  following.join();
  for (const auto& [sequence, changed] : follower.changed()) {
    EXPECT_TRUE(!changed || acknowledged.contains(sequence)) << "by the compaction " << sequence;
  }
  MetadataStore::Contents expected;
  for (const auto& [sequence, changes] : acknowledged) {
    internal::Apply({.sequence = sequence, .changes = changes}, expected);
  }
  one.Follow();
  two.Follow();
  idle.Follow();
  EXPECT_EQ(one.seen().records, expected.records);
  EXPECT_EQ(two.seen().records, expected.records);
  EXPECT_EQ(idle.seen().records, expected.records);
  EXPECT_EQ(idle.loads(), 1);  // it was compacted
  EXPECT_EQ(Must(Open()->Load()).records, expected.records);
  EXPECT_GT(one.seen().sequence, 800u);  // chunks among the writes
}

}  // namespace
}  // namespace cluster::nats
