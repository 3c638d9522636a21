#include "rest/routes/hand_over.h"

#include <gtest/gtest.h>

#include "support/lone_task.h"

namespace rest::routes {
namespace {

TEST(ParseBody, IsGivenUpWhenItsTaskHasToStop) {
  std::string text = "[0";
  for (int i = 0; i < 10'000; ++i) text += ",0";
  text += "]";
  LoneTask task;
  EXPECT_TRUE(ParseBody(task, text).ok());
  task.Stop();
  EXPECT_EQ(ParseBody(task, text).status().code(), base::Code::kCancelled);
}

}  // namespace
}  // namespace rest::routes
