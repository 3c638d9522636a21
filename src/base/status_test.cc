#include "base/status.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Status, IsOkWithoutAnythingToSay) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::kOk);
  EXPECT_EQ(status.http_status(), 200);
  EXPECT_EQ(status.type(), "");
  EXPECT_EQ(status.cause(), nullptr);
  EXPECT_TRUE(status.extras().empty());
  EXPECT_TRUE(Status(Code::kOk, "nothing").ok());
}

TEST(Status, OfACodeAloneIsA500) {
  const Status status(Code::kOutcomeUnknown, "who knows");
  EXPECT_EQ(status.code(), Code::kOutcomeUnknown);
  EXPECT_EQ(status.http_status(), 500);
  EXPECT_EQ(status.type(), "exception");
  EXPECT_EQ(status.reason(), "who knows");
}

TEST(Status, KeepsItsOriginalWhenACopyGetsMore) {
  const Status plain = IllegalArgument("no");
  const Status more = plain.With("index", "a").With("shards", "[1]", true);
  EXPECT_TRUE(plain.extras().empty());
  ASSERT_EQ(more.extras().size(), 2u);
  EXPECT_EQ(more.extras()[0].key, "index");
  EXPECT_FALSE(more.extras()[0].raw_json);
  EXPECT_TRUE(more.extras()[1].raw_json);
  EXPECT_EQ(more.reason(), "no");
}

TEST(Status, NamesItsCause) {
  const Status status = IllegalArgument("outer").CausedBy(NumberFormat("x"));
  ASSERT_NE(status.cause(), nullptr);
  EXPECT_EQ(status.cause()->type(), "number_format_exception");
  EXPECT_EQ(status.cause()->reason(), "For input string: \"x\"");
}

TEST(Status, KeepsTheFirstFailure) {
  Status status;
  status.Update(Status());
  EXPECT_TRUE(status.ok());
  status.Update(IllegalArgument("first"));
  status.Update(IllegalArgument("second"));
  EXPECT_EQ(status.reason(), "first");
}

TEST(Status, ChangesOnlyItsCodeWhenAsked) {
  const Status status = Rejected("full").WithCode(Code::kUnconfirmed);
  EXPECT_EQ(status.code(), Code::kUnconfirmed);
  EXPECT_EQ(status.http_status(), 429);
}

TEST(Status, OfACancelNamesTheRootsReason) {
  const Status status = Cancelled("by user request");
  EXPECT_EQ(status.code(), Code::kCancelled);
  EXPECT_EQ(status.type(), "task_cancelled_exception");
  EXPECT_EQ(status.http_status(), 500);
  EXPECT_EQ(status.reason(), "cancelled task with reason: by user request");
}

TEST(Status, HasOpenSearchsTypesAndCodes) {
  EXPECT_EQ(ValidationFailed("id is missing").reason(), "Validation Failed: 1: id is missing;");
  EXPECT_EQ(ResourceNotFound("").http_status(), 404);
  EXPECT_EQ(Timeout("").http_status(), 504);
  EXPECT_EQ(Internal("").type(), "illegal_state_exception");
}

Status ReturnsEarly(const Status& status, bool& reached) {
  RETURN_IF_ERROR(status);
  reached = true;
  return {};
}

TEST(Status, IsHandedUpOnlyIfItIsAFailure) {
  bool reached = false;
  EXPECT_EQ(ReturnsEarly(Timeout("late"), reached).reason(), "late");
  EXPECT_FALSE(reached);
  EXPECT_TRUE(ReturnsEarly({}, reached).ok());
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace base
