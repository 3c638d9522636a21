#include "transport/internal/lease_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::internal {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLease = 15 * kSecond;

using tasks::Lease;

TEST(LeaseBook, NothingMayBeginBeforeTheFirstBeat) {
  LeaseBook book(kLease);
  EXPECT_FALSE(book.ForCall(1, {}, 0).ok());
  EXPECT_FALSE(book.Over(kSecond));
}

TEST(LeaseBook, ReachesFromTheSendTimeOfTheNewestEchoedBeat) {
  LeaseBook book(kLease);
  const std::uint64_t first = book.NextBeat(10 * kSecond);
  const auto lease = book.ForCall(first, {}, 10 * kSecond);
  ASSERT_TRUE(lease.ok());
  EXPECT_EQ((*lease)->valid_until_boot_nanos, 10 * kSecond + kLease);

  const std::uint64_t second = book.NextBeat(11 * kSecond);
  EXPECT_EQ((*lease)->valid_until_boot_nanos, 10 * kSecond + kLease) << "sent is not echoed";
  book.Echoed(second, {});
  EXPECT_EQ((*lease)->valid_until_boot_nanos, 11 * kSecond + kLease);
  book.Echoed(first, {});
  EXPECT_EQ((*lease)->valid_until_boot_nanos, 11 * kSecond + kLease) << "never back";
}

TEST(LeaseBook, ABeatThatWasNotSentMovesNothing) {
  LeaseBook book(kLease);
  const auto lease = book.ForCall(book.NextBeat(0), {}, 0);
  ASSERT_TRUE(lease.ok());
  book.Echoed(99, {});
  EXPECT_EQ((*lease)->valid_until_boot_nanos, kLease);
}

TEST(LeaseBook, OnceOverItStaysOverWhateverIsEchoed) {
  LeaseBook book(kLease);
  const std::uint64_t first = book.NextBeat(0);
  const auto lease = book.ForCall(first, {}, 0);
  const std::uint64_t late = book.NextBeat(kLease - 1);
  EXPECT_FALSE(book.Over(kLease - 1));
  EXPECT_TRUE(book.Over(kLease));
  book.Echoed(late, {});
  EXPECT_TRUE(book.Over(kLease));
  EXPECT_EQ((*lease)->valid_until_boot_nanos, kLease);
  EXPECT_FALSE(book.ForCall(late, {}, kLease).ok());
}

TEST(LeaseBook, ACallIsBoundedByWhatItsCallerHasLeftItself) {
  LeaseBook book(kLease);
  const std::uint64_t beat = book.NextBeat(0);
  const auto bounded = book.ForCall(beat, {.number = 1, .left_nanos = 4 * kSecond}, kSecond);
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ((*bounded)->valid_until_boot_nanos, 4 * kSecond);
  const auto own = book.ForCall(beat, {}, kSecond);
  EXPECT_EQ((*own)->valid_until_boot_nanos, kLease);

  const std::uint64_t next = book.NextBeat(2 * kSecond);
  const Upstream echoed[] = {{.number = 1, .left_nanos = 9 * kSecond}};
  book.Echoed(next, echoed);
  EXPECT_EQ((*bounded)->valid_until_boot_nanos, 11 * kSecond);
}

// The Start and the echo travel on different connections: a look before the newest beat must not
// be counted from that beat.
TEST(LeaseBook, AStartCountsFromTheBeatThatItNames) {
  LeaseBook book(kLease);
  const std::uint64_t seen = book.NextBeat(0);
  const std::uint64_t newer = book.NextBeat(3 * kSecond);
  book.Echoed(newer, {});
  const auto lease = book.ForCall(seen, {.number = 5, .left_nanos = 4 * kSecond}, 3 * kSecond + 1);
  ASSERT_TRUE(lease.ok());
  EXPECT_EQ((*lease)->valid_until_boot_nanos, 4 * kSecond);
}

TEST(LeaseBook, ALeaseThatIsNotToldOfIsNotExtended) {
  LeaseBook book(kLease);
  const auto one = book.ForCall(book.NextBeat(0), {.number = 1, .left_nanos = kSecond}, 0);
  const Upstream other[] = {{.number = 2, .left_nanos = kLease}};
  book.Echoed(book.NextBeat(kSecond / 2), other);
  EXPECT_EQ((*one)->valid_until_boot_nanos, kSecond);
}

TEST(LeaseBook, RefusesAStartWhoseLeaseIsOver) {
  LeaseBook book(kLease);
  const std::uint64_t beat = book.NextBeat(0);
  const auto late = book.ForCall(beat, {.number = 1, .left_nanos = kSecond}, kSecond);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.status().type(), "node_not_connected_exception") << "so it may be tried again";
  EXPECT_EQ(late.status().reason(),
            "the lease of the caller is over, nothing new may begin for it");
  EXPECT_FALSE(book.ForCall(beat, {.number = 1, .left_nanos = INT64_MIN}, 1).ok());
}

TEST(LeaseBook, IsBoundedAndForgetsWhatNobodyUses) {
  LeaseBook book(kLease);
  const std::uint64_t beat = book.NextBeat(0);
  std::vector<std::shared_ptr<const Lease>> held;
  for (std::uint64_t i = 1; i <= kMaxUpstreams; ++i)
    held.push_back(*book.ForCall(beat, {.number = i, .left_nanos = kSecond}, 0));
  EXPECT_FALSE(book.ForCall(beat, {.number = 5000, .left_nanos = kSecond}, 0).ok());
  held.clear();
  EXPECT_TRUE(book.ForCall(book.NextBeat(kSecond), {.number = 5000}, kSecond).ok());
}

TEST(EchoBook, NothingBeginsFromLastEchoAndALeaseAndATenth) {
  EchoBook book(10 * kSecond, 1, 0);
  EXPECT_EQ(book.nothing_begins_from(), 11 * kSecond);
  EXPECT_TRUE(book.Heard(2, 5 * kSecond));
  EXPECT_EQ(book.nothing_begins_from(), 16 * kSecond);
  EXPECT_FALSE(book.Heard(3, 16 * kSecond)) << "too late: the caller may have told of the loss";
  EXPECT_EQ(book.nothing_begins_from(), 16 * kSecond);
}

TEST(EchoBook, AStartNamesTheNewestBeatAndWhatTheParentHasLeft) {
  EchoBook book(kLease, 1, 0);
  const auto parent = std::make_shared<Lease>();
  parent->valid_until_boot_nanos = 7 * kSecond;
  book.Heard(4, kSecond);
  const auto look = book.ForStart(parent, 2 * kSecond);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->beat, 4U);
  EXPECT_EQ(look->upstream.number, 1U);
  EXPECT_EQ(look->upstream.left_nanos, 5 * kSecond);
  EXPECT_EQ(book.ForStart(nullptr, 2 * kSecond)->upstream.number, 0U);
  EXPECT_FALSE(book.ForStart(parent, 7 * kSecond).ok()) << "the parent's is over";
}

TEST(EchoBook, EchoesTellOfLeasesInUseOnly) {
  EchoBook book(kLease, 1, 0);
  auto parent = std::make_shared<Lease>();
  parent->valid_until_boot_nanos = 7 * kSecond;
  ASSERT_TRUE(book.ForStart(parent, 0).ok());
  const auto left = book.Left(3 * kSecond);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].left_nanos, 4 * kSecond);
  parent.reset();
  EXPECT_TRUE(book.Left(3 * kSecond).empty());
}

}  // namespace
}  // namespace transport::internal
