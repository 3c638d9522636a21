#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text/strings.h"

namespace base {
namespace {

TEST(RandomId, Is22CharactersAndNeverTheSame) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(RandomId());
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(ids.begin()->size(), 22u);
  EXPECT_TRUE(Base64UrlDecode(*ids.begin()).ok());
}

TEST(DocId, HasTheTimeFirstThenTheSequenceThenTheNode) {
  const DocIdBase base{0x060504030201, 0x0C0B0A, {1, 2, 3, 4, 5, 6}};
  const std::string id = base.Id(0);
  EXPECT_EQ(id.size(), 20u);
  EXPECT_EQ(*Base64UrlDecode(id),
            std::string("\x06\x05\x04\x03\x02\x01\x0C\x0B\x0A\x01\x02\x03\x04\x05\x06", 15));
}

TEST(DocId, OfABatchAreAllDifferentAlsoWhenTheSequenceComesRound) {
  const DocIdBase base{1'790'000'000'000, (1 << 24) - 3, {}};
  std::set<std::string> ids;
  for (std::uint32_t i = 0; i < 1000; ++i) ids.insert(base.Id(i));
  EXPECT_EQ(ids.size(), 1000u);
  const DocIdBase next_round{base.timestamp + 1, 0, {}};
  EXPECT_EQ(base.Id(3), next_round.Id(0));
}

TEST(DocIdGenerator, GivesEachBatchItsOwn) {
  DocIdGenerator generator;
  std::set<std::string> ids;
  for (int batch = 0; batch < 100; ++batch) {
    const DocIdBase base = generator.Reserve(50, 1'790'000'000'000);
    for (std::uint32_t i = 0; i < 50; ++i) ids.insert(base.Id(i));
  }
  EXPECT_EQ(ids.size(), 5000u);
}

TEST(DocIdGenerator, StaysUniqueWhenTheClockGoesBackAfterARound) {
  DocIdGenerator generator;
  const DocIdBase first = generator.Reserve(1 << 24, 1'790'000'000'000);
  const DocIdBase second = generator.Reserve(1, 1'780'000'000'000);
  EXPECT_EQ(second.sequence, first.sequence) << "a whole round later";
  EXPECT_GT(second.timestamp, first.timestamp);
  EXPECT_NE(first.Id(0), second.Id(0));
}

}  // namespace
}  // namespace base
