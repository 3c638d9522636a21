#include "tasks/run/loop.h"

#include <gtest/gtest.h>

#include <future>

namespace tasks {
namespace {

class ManualLoop : public testing::Test {
 protected:
  std::function<void()> Note(std::string word) {
    return [this, word = std::move(word)] { ran_.push_back(word); };
  }
  std::int64_t In(std::int64_t nanos) const { return clock_.MonotonicNanos() + nanos; }

  base::ManualClock clock_;
  Loop loop_{clock_, Loop::Mode::kManual};
  std::vector<std::string> ran_;
};

TEST_F(ManualLoop, RunsWhatIsPostedInItsOrder) {
  loop_.Post(Note("a"));
  loop_.Post(Note("b"));
  EXPECT_TRUE(ran_.empty());
  loop_.RunDue();
  EXPECT_EQ(ran_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ManualLoop, GoesOnBehindWhatFindsNoMemory) {
  loop_.Post([] { throw std::bad_alloc(); });
  loop_.Post(Note("a"));
  loop_.RunDue();
  EXPECT_EQ(ran_, std::vector<std::string>{"a"});
}

TEST_F(ManualLoop, RunsTimersWhenTheyAreDueAndNotBefore) {
  loop_.At(In(20), Note("later"));
  loop_.At(In(10), Note("sooner"));
  clock_.AdvanceNanos(9);
  loop_.RunDue();
  EXPECT_TRUE(ran_.empty());
  clock_.AdvanceNanos(1);
  loop_.RunDue();
  EXPECT_EQ(ran_, std::vector<std::string>{"sooner"});
  clock_.AdvanceNanos(10);
  loop_.RunDue();
  EXPECT_EQ(ran_.back(), "later");
}

TEST_F(ManualLoop, RunsTimersOfOneMomentInTheirOrder) {
  for (const char* word : {"a", "b", "c"}) loop_.At(In(5), Note(word));
  clock_.AdvanceNanos(5);
  loop_.RunDue();
  EXPECT_EQ(ran_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ManualLoop, ForgetsATimerThatIsCancelled) {
  const auto timer = loop_.At(In(5), Note("a"));
  loop_.At(In(5), Note("b"));
  loop_.Cancel(timer);
  loop_.Cancel(timer);
  clock_.AdvanceNanos(5);
  loop_.RunDue();
  EXPECT_EQ(ran_, std::vector<std::string>{"b"});
}

TEST_F(ManualLoop, RunsWhatIsPostedByWhatItRuns) {
  loop_.Post([this] { loop_.Post(Note("posted")); });
  loop_.RunDue();
  EXPECT_EQ(ran_, std::vector<std::string>{"posted"});
}

TEST_F(ManualLoop, DropsWhatHasNotRunWhenItStops) {
  const auto held = std::make_shared<int>();
  loop_.Post([held] { FAIL(); });
  loop_.At(In(0), [held] { FAIL(); });
  loop_.Stop();
  EXPECT_EQ(held.use_count(), 1);
  loop_.Post([held] { FAIL(); });
  loop_.RunDue();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(ManualLoop, MayBeUsedByWhatADroppedWorkHolds) {
  struct Uses {
    ~Uses() {
      loop.Post([] {});
    }
    Loop& loop;
  };
  loop_.Post([held = std::make_shared<Uses>(loop_)] {});
  const auto timer = loop_.At(In(0), [held = std::make_shared<Uses>(loop_)] {});
  loop_.Cancel(timer);
  loop_.Stop();  // no deadlock
}

TEST(Loop, RunsPostsAndTimersOnItsThread) {
  Loop loop(base::Clock::System());
  std::promise<std::thread::id> posted, timed;
  loop.At(base::Clock::System().MonotonicNanos() + 1'000'000'000'000, [] { FAIL(); });
  loop.At(base::Clock::System().MonotonicNanos() + 1'000'000,
          [&] { timed.set_value(std::this_thread::get_id()); });
  loop.Post([&] { posted.set_value(std::this_thread::get_id()); });
  const std::thread::id there = posted.get_future().get();
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_EQ(timed.get_future().get(), there);
}

TEST(Loop, WaitsForWhatRunsWhenItStops) {
  Loop loop(base::Clock::System());
  std::promise<void> begun, go_on;
  std::atomic<bool> returned = false;
  loop.Post([&] {
    begun.set_value();
    go_on.get_future().wait();
    returned = true;
  });
  begun.get_future().wait();
  go_on.set_value();
  loop.Stop();
  EXPECT_TRUE(returned);
}

}  // namespace
}  // namespace tasks
