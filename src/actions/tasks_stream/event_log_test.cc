#include "actions/tasks_stream/event_log.h"

#include <gtest/gtest.h>

#include "actions/tasks_stream/node_wire.h"

namespace actions::tasks_stream {
namespace {

ShownPtr Task(std::int64_t number, const std::string& node = "a", bool cancelled = false,
              const std::string& description = "") {
  tasks::TaskInfo info;
  info.id = {.node = node, .number = number};
  info.action = "test";
  info.cancelled = cancelled;
  info.description = description;
  return Show(std::move(info), {});
}

class Log : public testing::Test {
 protected:
  static constexpr std::size_t kAll = 1 << 20;

  explicit Log(EventLog::Limits limits = {}) : log_(clock_, limits) {}

  // The own node's tasks are known.
  void Begin(const std::vector<ShownPtr>& alive = {}) {
    log_.BeginSnapshot("a");
    for (const ShownPtr& shown : alive) log_.Start(shown);
    log_.EndSnapshot("a");
  }
  // "started 1, ended 2", until there is no more.
  std::string Read(EventLog::Position& position, const Wanted& wanted = {}) {
    std::string text;
    for (bool more = true; more;) {
      const EventLog::Batch batch = log_.Read(position, wanted, kAll);
      for (const Event& event : batch.events) {
        text += (text.empty() ? "" : ", ") + std::string(EventName(event.kind)) + " ";
        text += event.kind == EventKind::kLost       ? std::to_string(event.lost)
                : event.kind == EventKind::kNodeLost ? event.shown->info.id.node
                                                     : std::to_string(event.shown->info.id.number);
      }
      more = batch.more;
    }
    return text;
  }

  base::ManualClock clock_;
  EventLog log_;
  EventLog::Position position_;
};

TEST_F(Log, TellsAReaderWhatIsAliveAndThenWhatHappens) {
  EXPECT_EQ(Read(position_), "");  // nothing is known yet
  Begin({Task(1), Task(2)});
  log_.Start(Task(3));
  EXPECT_EQ(Read(position_), "started 1, started 2, started 3");
  log_.End(Task(2));
  log_.Change(Task(1, "a", true));
  log_.Change(Task(3, "a", false, "described"));
  log_.Start(Task(4));
  EXPECT_EQ(Read(position_), "ended 2, cancelled 1, changed 3, started 4");
  EXPECT_EQ(Read(position_), "");
}

TEST_F(Log, ShowsForHowLongWhatIsAliveHasRunRenderedOnceForAll) {
  Begin({Task(1)});
  clock_.AdvanceMillis(5'000);
  const Wanted old{.filter = {.min_running_nanos = 4'000'000'000}, .nodes = {}};
  EventLog::Position other;
  const EventLog::Batch batch = log_.Read(position_, old, kAll);
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.events[0].shown->info.running_nanos, 5'000'000'000);
  EXPECT_EQ(batch.events[0].shown, log_.Read(other, old, kAll).events.at(0).shown);
}

TEST_F(Log, TellsOfNoTaskTwiceThatStartsDuringASnapshot) {
  Begin({Task(1), Task(2)});
  const EventLog::Batch first = log_.Read(position_, {}, 1);
  ASSERT_EQ(first.events.size(), 1u);
  log_.Start(Task(3));
  EXPECT_EQ(Read(position_), "started 2, started 3");
}

TEST_F(Log, KnowsNothingOfAnEndWithoutABeginningAndOfNoChangeTwice) {
  Begin();
  log_.End(Task(1));
  log_.Change(Task(2, "a", true));
  log_.Start(Task(3));
  log_.Start(Task(3));
  log_.Change(Task(3));
  EXPECT_EQ(Read(position_), "started 3");
}

TEST_F(Log, RendersAnEventOnceForAllReaders) {
  Begin();
  EventLog::Position other;
  Read(position_), Read(other);
  log_.Start(Task(1));
  EXPECT_EQ(log_.Read(position_, {}, kAll).events.at(0).shown,
            log_.Read(other, {}, kAll).events.at(0).shown);
}

TEST_F(Log, LooksAtABoundedNumberOfEventsAtATime) {
  Begin();
  Read(position_);
  for (int i = 0; i < 3'000; ++i) log_.Start(Task(i));
  Wanted none{.filter = {.actions = {"other"}}, .nodes = {}};
  int turns = 1;
  while (log_.Read(position_, none, kAll).more) ++turns;
  EXPECT_EQ(turns, 3);
}

TEST_F(Log, ShowsEachReaderOnlyWhatItWants) {
  Begin({Task(1), Task(2, "a", true)});
  log_.Start(Task(7, "b"));
  EventLog::Position of_b;
  EXPECT_EQ(Read(of_b, {.filter = {}, .nodes = {"b"}}), "started 7");
  EventLog::Position other;
  EXPECT_EQ(Read(other, {.filter = {.actions = {"oth*"}}, .nodes = {}}), "");
}

class SmallLog : public Log {
 protected:
  SmallLog() : Log({.events = 4, .bytes = 1 << 20}) {}
};

TEST_F(SmallLog, TellsASlowReaderHowManyEventsItHasLost) {
  Begin();
  Read(position_);
  for (int i = 1; i <= 10; ++i) log_.Start(Task(i));
  EXPECT_EQ(Read(position_), "lost 6, started 7, started 8, started 9, started 10");
}

TEST(LogBytes, AreBounded) {
  const base::ManualClock clock;
  EventLog log(clock, {.events = 1'000, .bytes = 20'000});
  log.BeginSnapshot("a");
  log.EndSnapshot("a");
  EventLog::Position position;
  log.Read(position, {}, 1);
  for (int i = 1; i <= 100; ++i) log.Start(Task(i, "a", false, std::string(1'000, 'x')));
  const EventLog::Batch batch = log.Read(position, {}, 1 << 20);
  EXPECT_GT(batch.events.at(0).lost, 80u);
  EXPECT_LT(batch.events.size(), 20u);
}

TEST_F(Log, EndsWhatALaterSnapshotDoesNotKnow) {
  Begin({Task(1), Task(2)});
  Read(position_);
  Begin({Task(2), Task(3)});
  EXPECT_EQ(Read(position_), "started 3, ended 1");
}

TEST_F(Log, SaysThatANodeIsLostIfItHadTasks) {
  Begin();
  log_.Start(Task(1, "b"));
  Read(position_);
  log_.ForgetNode("b");
  log_.ForgetNode("b");
  EXPECT_EQ(Read(position_), "node_lost b");
  EXPECT_EQ(log_.tasks(), 0u);
}

TEST_F(Log, APositionOfOtherContentsBeginsAnew) {
  Begin({Task(1)});
  Read(position_);
  log_.Clear();
  EXPECT_EQ(Read(position_), "");
  Begin({Task(1)});
  EXPECT_TRUE(log_.Read(position_, {}, kAll).begun);
}

TEST_F(Log, TravelsBetweenNodes) {
  Begin({Task(1, "a", false, "index it")});
  NodeAnswer answer;
  EventLog::Batch batch = log_.Read(answer.position, {}, kAll);
  answer.begun = batch.begun;
  answer.events = std::move(batch.events);
  answer.events.push_back({.kind = EventKind::kLost, .shown = nullptr, .lost = 7});
  const auto read = DecodeAnswer(Encode(answer));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->begun);
  ASSERT_EQ(read->events.size(), 2u);
  EXPECT_EQ(read->events[0].shown->json, answer.events[0].shown->json);
  EXPECT_EQ(read->events[1].lost, 7u);
  EXPECT_EQ(Encode(*DecodePosition(Encode(answer.position))), Encode(answer.position));
  EXPECT_FALSE(DecodeAnswer("\x01").ok());
}

}  // namespace
}  // namespace actions::tasks_stream
