#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace base {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return IllegalArgument("odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(Result, IsAValueOrTheReasonWhyNot) {
  EXPECT_EQ(*Half(4), 2);
  EXPECT_TRUE(Half(4).status().ok());
  EXPECT_FALSE(Half(3).ok());
  EXPECT_EQ(Half(3).status().reason(), "odd");
}

TEST(Result, HandsTheFirstFailureUp) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).status().reason(), "odd");
}

TEST(Result, GivesAwayWhatCannotBeCopied) {
  Result<std::unique_ptr<std::string>> result = std::make_unique<std::string>("once");
  EXPECT_EQ(**result, "once");
  const std::unique_ptr<std::string> owned = std::move(result).value();
  EXPECT_EQ(*owned, "once");
}

}  // namespace
}  // namespace base
