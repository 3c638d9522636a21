#include "transport/internal/payload_inbox.h"

#include <gmock/gmock.h>

#include <thread>

#include "transport/transport_fixture.h"

namespace transport::internal {
namespace {

constexpr std::size_t kWindow = 256 << 10, kPeerWindow = 1 << 20;

class PayloadInboxTest : public testing::Test {
 protected:
  std::shared_ptr<PayloadInbox> Inbox(std::atomic<std::size_t>& credit) {
    return std::make_shared<PayloadInbox>(
        book_, PayloadInbox::Limits{.window = kWindow, .max_chunk = 4 << 20},
        [&credit](std::size_t bytes) { credit += bytes; });
  }
  static base::Status Send(PayloadInbox& inbox, std::size_t bytes, bool ends_chunk = true) {
    proto::Payload payload;
    payload.set_data(std::string(bytes, 'x'));
    payload.set_ends_chunk(ends_chunk);
    return inbox.OnPayload(payload);
  }
  static base::Status SendEnd(PayloadInbox& inbox) {
    proto::Payload payload;
    payload.set_ends_stream(true);
    return inbox.OnPayload(payload);
  }

  BareNode node_{"node", 1, base::Clock::System(), tasks::Loop::Mode::kManual};
  tasks::RunningTask task_ = *node_.registry.Register({.action = "test"});
  const std::shared_ptr<GrantBook> book_ = std::make_shared<GrantBook>(kPeerWindow);
};

TEST_F(PayloadInboxTest, GrantsNothingBeforeTheWorkAsks) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  EXPECT_EQ(credit, 0U);
  EXPECT_THAT(Send(*inbox, 1).reason(), testing::HasSubstr("without credit"));
}

TEST_F(PayloadInboxTest, ReadsAheadUpToItsWindow) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  std::jthread reader([&] { EXPECT_EQ((*inbox->Next(*task_))->size(), 1000U); });
  Await([&] { return credit == kWindow; });
  ASSERT_TRUE(Send(*inbox, 1000).ok());
  reader.join();
  ASSERT_TRUE(Send(*inbox, kWindow - 1000).ok());
  EXPECT_FALSE(Send(*inbox, kWindow).ok()) << "more than was granted";
  EXPECT_LE(book_->outstanding(), kWindow);
}

TEST_F(PayloadInboxTest, WhoWaitsGetsOnThoughOthersHoldTheWindow) {
  std::vector<std::shared_ptr<PayloadInbox>> holders;
  std::atomic<std::size_t> ignored = 0;
  for (int i = 0; i < 8; ++i) {  // each takes one chunk and holds what was read ahead
    std::atomic<std::size_t> credit = 0;
    const auto inbox = std::make_shared<PayloadInbox>(
        book_, PayloadInbox::Limits{.window = kWindow, .max_chunk = 4 << 20},
        [&](std::size_t bytes) { ignored += bytes, credit += bytes; });
    std::jthread reader([&] { EXPECT_TRUE(inbox->Next(*task_).ok()); });
    Await([&] { return credit > 0; });
    ASSERT_TRUE(Send(*inbox, 10).ok());
    reader.join();
    holders.push_back(inbox);
  }
  EXPECT_LE(book_->outstanding(), kPeerWindow);

  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  std::jthread reader([&] { EXPECT_EQ((*inbox->Next(*task_))->size(), 300'000U); });
  std::size_t sent = 0;
  while (sent < 300'000) {
    Await([&] { return credit > sent; });
    const std::size_t size = std::min<std::size_t>(credit - sent, 300'000 - sent);
    sent += size;
    ASSERT_TRUE(Send(*inbox, size, sent == 300'000).ok());
    EXPECT_LE(book_->outstanding(), kPeerWindow);
  }
  reader.join();
}

TEST_F(PayloadInboxTest, AStopEndsTheWait) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  std::jthread reader([&] {
    const auto chunk = inbox->Next(*task_);
    EXPECT_EQ(chunk.status().code(), base::Code::kCancelled);
  });
  Await([&] { return credit > 0; });
  task_->RequestStop({.reason = "enough"});
}

TEST_F(PayloadInboxTest, WhatIsWholeIsReadBeforeTheEndIsTold) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  std::jthread reader([&] { EXPECT_TRUE(inbox->Next(*task_).ok()); });
  Await([&] { return credit > 0; });
  ASSERT_TRUE(Send(*inbox, 5).ok());
  reader.join();
  ASSERT_TRUE(Send(*inbox, 6).ok());
  inbox->Break({base::Code::kFailed, "gone"});
  EXPECT_EQ((*inbox->Next(*task_))->size(), 6U);
  EXPECT_EQ(inbox->Next(*task_).status().reason(), "gone");
  EXPECT_EQ(book_->outstanding(), 0U);
}

TEST_F(PayloadInboxTest, AfterTheEndNothingMayCome) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  ASSERT_TRUE(SendEnd(*inbox).ok());
  EXPECT_FALSE((*inbox->Next(*task_)).has_value());
  EXPECT_FALSE(SendEnd(*inbox).ok());
}

// The caller cannot know yet that it is not wanted any more.
TEST_F(PayloadInboxTest, WhatWasOnItsWayWhenTheWorkEndedIsDropped) {
  std::atomic<std::size_t> credit = 0;
  const auto inbox = Inbox(credit);
  std::jthread reader([&] { EXPECT_FALSE(inbox->Next(*task_).ok()); });
  Await([&] { return credit > 0; });
  inbox->Break({base::Code::kFailed, "the task has ended"});
  reader.join();
  EXPECT_TRUE(Send(*inbox, 1000).ok());
  EXPECT_TRUE(SendEnd(*inbox).ok());
  EXPECT_EQ(book_->outstanding(), 0U);
}

TEST_F(PayloadInboxTest, WhoGoesAwayGivesBackWhatItHeld) {
  std::atomic<std::size_t> credit = 0;
  {
    const auto inbox = Inbox(credit);
    std::jthread reader([&] { EXPECT_TRUE(inbox->Next(*task_).ok()); });
    Await([&] { return credit > 0; });
    ASSERT_TRUE(Send(*inbox, 5).ok());
    reader.join();
    EXPECT_GT(book_->outstanding(), 0U);
  }
  EXPECT_EQ(book_->outstanding(), 0U);
}

}  // namespace
}  // namespace transport::internal
