#include "engine/shard/version_check.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

constexpr DocState kNone;
constexpr DocState kLive{.exists = true, .seq_no = 5, .version = 10, .primary_term = 2};
constexpr DocState kDeleted{
    .exists = true, .deleted = true, .seq_no = 6, .version = 11, .primary_term = 2};

std::string Outcome(const Versioning& demand, const DocState& current) {
  const auto version = NextVersion("a", demand, current);
  if (version.ok()) return std::to_string(*version);
  EXPECT_EQ(version.status().type(), "version_conflict_engine_exception");
  EXPECT_EQ(version.status().http_status(), 409);
  return version.status().reason();
}

TEST(NextVersion, CountsUpFromWhateverWasThere) {
  EXPECT_EQ(Outcome({}, kNone), "1");
  EXPECT_EQ(Outcome({}, kLive), "11");
  EXPECT_EQ(Outcome({}, kDeleted), "12") << "deletes count too";
}

TEST(NextVersion, CreatesOnlyWhereNothingIs) {
  EXPECT_EQ(Outcome({.create = true}, kNone), "1");
  EXPECT_EQ(Outcome({.create = true}, kDeleted), "12");
  EXPECT_EQ(Outcome({.create = true}, kLive),
            "[a]: version conflict, document already exists (current version [10])");
}

TEST(NextVersion, ComparesSequenceNumberAndTerm) {
  EXPECT_EQ(Outcome({.if_seq_no = 5, .if_primary_term = 2}, kLive), "11");
  EXPECT_EQ(Outcome({.if_seq_no = 99, .if_primary_term = 2}, kLive),
            "[a]: version conflict, required seqNo [99], primary term [2]. current document has "
            "seqNo [5] and primary term [2]");
  EXPECT_EQ(Outcome({.if_seq_no = 5, .if_primary_term = 1}, kLive),
            "[a]: version conflict, required seqNo [5], primary term [1]. current document has "
            "seqNo [5] and primary term [2]");
  for (const DocState& absent : {kNone, kDeleted}) {
    EXPECT_EQ(Outcome({.if_seq_no = 6, .if_primary_term = 2}, absent),
              "[a]: version conflict, required seqNo [6], primary term [2]. but no document was "
              "found");
  }
}

TEST(NextVersion, TakesExternalVersionsThatGrow) {
  const auto external = [](std::int64_t version) {
    return Versioning{.type = VersionType::kExternal, .version = version};
  };
  EXPECT_EQ(Outcome(external(0), kNone), "0");
  EXPECT_EQ(Outcome(external(12), kLive), "12");
  EXPECT_EQ(Outcome(external(10), kLive),
            "[a]: version conflict, current version [10] is higher or equal to the one provided "
            "[10]");
  EXPECT_EQ(Outcome(external(11), kDeleted),
            "[a]: version conflict, current version [11] is higher or equal to the one provided "
            "[11]")
      << "a late write does not bring a deleted document back";
  EXPECT_EQ(Outcome(external(12), kDeleted), "12");
}

TEST(NextVersion, TakesExternalVersionsThatDoNotFallWithGte) {
  const auto gte = [](std::int64_t version) {
    return Versioning{.type = VersionType::kExternalGte, .version = version};
  };
  EXPECT_EQ(Outcome(gte(10), kLive), "10");
  EXPECT_EQ(Outcome(gte(9), kLive),
            "[a]: version conflict, current version [10] is higher than the one provided [9]");
  EXPECT_EQ(Outcome(gte(3), kNone), "3");
}

TEST(NextVersion, ComparesInternalVersionsIfAsked) {
  EXPECT_EQ(Outcome({.version = 10}, kLive), "11");
  EXPECT_EQ(Outcome({.version = 9}, kLive),
            "[a]: version conflict, current version [10] is different than the one provided [9]");
  EXPECT_EQ(Outcome({.version = 9}, kNone),
            "[a]: version conflict, document does not exist (expected version [9])");
}

TEST(NextVersion, GoesRoundBehindTheLargest) {
  DocState largest = kLive;
  largest.version = INT64_MAX;
  EXPECT_EQ(Outcome({}, largest), std::to_string(INT64_MIN));
}

}  // namespace
}  // namespace engine
