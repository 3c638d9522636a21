#include "actions/tasks_stream/feed.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "support/tasks_fixture.h"

namespace actions::tasks_stream {
namespace {

// Reads whenever it is woken.
class TestReader : public Feed::Reader, public std::enable_shared_from_this<TestReader> {
 public:
  explicit TestReader(Feed& feed) : feed_(feed) {}

  void OnNews(bool) override {
    ++woken_;
    bool more = true;
    std::uint64_t next = 0;
    while (more) {
      EventLog::Batch batch = feed_.log().Read(position_, {}, 1 << 20);
      more = batch.more;
      next = batch.next;
      const std::lock_guard lock(mutex_);
      for (Event& event : batch.events) events_.push_back(std::move(event));
      changed_.notify_all();
    }
    feed_.Wait(weak_from_this(), next, 0, INT64_MAX);
  }

  void Await(EventKind kind, const tasks::TaskPtr& task) {
    std::unique_lock lock(mutex_);
    const auto is_it = [&](const Event& event) {
      return event.kind == kind && event.shown && event.shown->info.id == task->id();
    };
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10),
                                  [&] { return std::ranges::any_of(events_, is_it); }))
        << EventName(kind) << " " << task->id().ToString();
  }
  std::size_t Count(EventKind kind) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(events_, kind, &Event::kind));
  }
  int woken() const { return woken_.load(); }

 private:
  Feed& feed_;
  EventLog::Position position_;
  std::atomic<int> woken_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;  // guarded by mutex_
};

class FeedTest : public test::StartedTasksTest {
 protected:
  explicit FeedTest(test::TestNode::Options options = {}) : StartedTasksTest(std::move(options)) {}

  std::shared_ptr<TestReader> Reader() {
    seats_.push_back(std::move(node_.stream.Enter(Feed::For::kClient, 100)).value());
    const auto reader = std::make_shared<TestReader>(node_.stream);
    node_.stream.Wait(reader, 0, 0, INT64_MAX);
    return reader;
  }

  std::vector<std::unique_ptr<Feed::Seat>> seats_;
};

TEST_F(FeedTest, NotesNothingWhileNobodyReads) {
  Hold("test");
  EXPECT_EQ(node_.stream.log().end(), 1u);
  EXPECT_FALSE(node_.stream.log().ready());
}

TEST_F(FeedTest, TellsWhatIsAliveWhatStartsIsCancelledDescribedAndEnds) {
  const auto before = Hold("test");
  const auto reader = Reader();
  reader->Await(EventKind::kStarted, before);
  const auto after = Hold("test");
  reader->Await(EventKind::kStarted, after);
  after->Describe("now I know", {"i"});
  reader->Await(EventKind::kChanged, after);
  after->RequestStop({.reason = "enough"});
  reader->Await(EventKind::kCancelled, after);
  Release(after);
  reader->Await(EventKind::kEnded, after);
  EXPECT_EQ(reader->Count(EventKind::kCancelled), 1u);
}

TEST_F(FeedTest, ReadersAreNoEventsForEachOther) {
  const auto reader = Reader();
  Release(Hold("test"));
  const auto last = Hold("test");
  reader->Await(EventKind::kStarted, last);
  const int woken = reader->woken();
  const std::uint64_t end = node_.stream.log().end();
  for (int i = 0; i < 100; ++i) Release(Hold(kStream));
  for (int i = 0; i < 10; ++i) Reader();
  const auto marker = Hold("test");
  reader->Await(EventKind::kStarted, marker);
  EXPECT_EQ(node_.stream.log().end(), end + 1);
  EXPECT_EQ(reader->woken(), woken + 1);
}

TEST_F(FeedTest, BoundsTheNumberOfReaders) {
  auto seat = node_.stream.Enter(Feed::For::kClient, 1);
  ASSERT_TRUE(seat.ok());
  const auto refused = node_.stream.Enter(Feed::For::kClient, 1);
  EXPECT_EQ(refused.status().http_status(), 429);
  EXPECT_EQ(refused.status().type(), "rejected_execution_exception");
  seat->reset();
  EXPECT_TRUE(node_.stream.Enter(Feed::For::kClient, 1).ok());
}

TEST_F(FeedTest, FindsOutAnewWhatIsAliveWhenEventsFoundNoRoom) {
  const auto reader = Reader();
  const auto stays = Hold("test");
  reader->Await(EventKind::kStarted, stays);
  std::promise<void> go_on;
  node_.stream.loop().Post([hold = go_on.get_future().share()] { hold.wait(); });
  const auto ends = Hold("test");
  for (std::size_t i = 0; i < Feed::kMaxPending; ++i) Release(Hold("test"));
  Release(ends);
  const auto late = Hold("test");
  go_on.set_value();
  reader->Await(EventKind::kStarted, late);
  EXPECT_EQ(reader->Count(EventKind::kLost), 1u);
  EXPECT_EQ(reader->Count(EventKind::kEnded), 0u);  // of none that was not known to have started
  Release(stays);
  reader->Await(EventKind::kEnded, stays);
}

// With a clock and a loop that are turned by hand; the node has not started.
class FeedTurnsTest : public testing::Test {
 protected:
  class Counted final : public Feed::Reader {
   public:
    explicit Counted(int& woken) : woken_(woken) {}
    void OnNews(bool) override { ++woken_; }

   private:
    int& woken_;
  };

  FeedTurnsTest() {
    feed_.Use(node_.node);
    seat_ = std::move(feed_.Enter(Feed::For::kNode, 1)).value();
    for (int i = 0; i < 200; ++i) {
      readers_.push_back(std::make_shared<Counted>(woken_));
      feed_.Wait(readers_.back(), 0, 0, INT64_MAX);
    }
  }
  void Turn(int millis) {
    clock_.AdvanceMillis(millis);
    feed_.loop().RunDue();
  }

  test::TestNode node_;
  base::ManualClock clock_;
  Feed feed_{clock_, tasks::Loop::Mode::kManual};
  std::unique_ptr<Feed::Seat> seat_;
  int woken_ = 0;
  std::vector<std::shared_ptr<Counted>> readers_;
};

TEST_F(FeedTurnsTest, WakesOnlySoManyReadersUntilTheyComeBack) {
  Turn(1'000);
  EXPECT_EQ(woken_, 16);
  Turn(10);
  EXPECT_EQ(woken_, 16);
  for (int i = 0; i < 10; ++i) feed_.Wait(readers_[i], INT64_MAX, 0, INT64_MAX);
  Turn(10);
  EXPECT_EQ(woken_, 26);
  Turn(100);  // the others' clients read nothing
  EXPECT_EQ(woken_, 42);
}

struct OtherNode {
  OtherNode() { other_.Start(); }

  MemoryMetadataStore shared_;
  test::TestNode other_{{.node_id = "node-b", .name = "opensearch-node2", .shared = &shared_}};
};

class FeedOfTwoNodesTest : protected OtherNode, public FeedTest {
 protected:
  FeedOfTwoNodesTest() : FeedTest({.shared = &shared_}) { node_.others["node-b"] = &other_.self; }
};

TEST_F(FeedOfTwoNodesTest, TellsOfTheOthersTasksAskingOnceForAllReaders) {
  auto before = other_.registry.Register({.action = "test"});
  std::vector<std::shared_ptr<TestReader>> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(Reader());
  for (const auto& reader : readers) reader->Await(EventKind::kStarted, before->context());
  auto after = other_.registry.Register({.action = "test"});
  const tasks::TaskPtr late = after->context();
  for (const auto& reader : readers) reader->Await(EventKind::kStarted, late);
  (*std::move(after)).Finish(tasks::End());
  for (const auto& reader : readers) reader->Await(EventKind::kEnded, late);
  EXPECT_LE(other_.Tasks(std::string(kStreamNode)).size(), 1u);
  EXPECT_EQ(readers[0]->Count(EventKind::kLost), 0u);
  (*std::move(before)).Finish(tasks::End());
}

}  // namespace
}  // namespace actions::tasks_stream
