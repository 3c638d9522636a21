#include "journal/internal/store_events.h"

#include <gtest/gtest.h>

#include "support/logged_lines.h"

namespace journal::internal {
namespace {

using rocksdb::BackgroundErrorReason;
using State = StoreEvents::State;

void Fail(StoreEvents& events) {
  rocksdb::Status error(rocksdb::Status::IOError("broken"), rocksdb::Status::kHardError);
  events.OnBackgroundError(BackgroundErrorReason::kFlush, &error);
}

TEST(StoreEvents, AnAttemptThatDoesNotEndCountsAsFailedAndSaysWhatToDo) {
  StoreEvents events(nullptr, std::chrono::milliseconds(0));
  Fail(events);
  events.GiveUpIfStuck();
  EXPECT_EQ(events.state(), State::kRecovering) << "no attempt has begun";
  ASSERT_TRUE(events.BeginAttempt());
  EXPECT_EQ(events.remedy(), "it resumes by itself once the error is gone");
  events.GiveUpIfStuck();
  EXPECT_EQ(events.state(), State::kFailed);
  EXPECT_EQ(events.remedy(), "resuming has not ended for long: restart the node");
  events.AttemptEnded(rocksdb::Status::OK());
  EXPECT_EQ(events.state(), State::kOpen);
}

TEST(StoreEvents, AnAttemptMayTakeItsTime) {
  StoreEvents events;
  Fail(events);
  ASSERT_TRUE(events.BeginAttempt());
  events.GiveUpIfStuck();
  EXPECT_EQ(events.state(), State::kRecovering);
}

// As on a full disk, where each attempt to write finds the same.
TEST(StoreEvents, ThatComeAndGoAreLoggedOnceWithTheirEnd) {
  const test::LoggedLines log;
  StoreEvents events;
  for (int i = 0; i < 20; ++i) {
    Fail(events);
    ASSERT_TRUE(events.BeginAttempt());
    events.AttemptEnded(rocksdb::Status::OK());
  }
  EXPECT_EQ(log.messages(), (std::vector<std::string>{"the store takes no writes after an error",
                                                      "the store takes writes again"}));
  Fail(events);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(events.BeginAttempt());
    events.AttemptEnded(rocksdb::Status::IOError("still broken"));
  }
  EXPECT_EQ(log.messages().back(), "the store cannot resume yet")
      << "an error that stays is logged";
  ASSERT_TRUE(events.BeginAttempt());
  events.AttemptEnded(rocksdb::Status::OK());
  EXPECT_EQ(log.messages().back(), "the store takes writes again");
}

}  // namespace
}  // namespace journal::internal
