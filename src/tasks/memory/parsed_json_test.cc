#include "tasks/memory/parsed_json.h"

#include <gtest/gtest.h>

#include "base/text/strings.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

using base::json::Document;

std::string Numbers(std::size_t count) {
  std::string text = "[1";
  for (std::size_t i = 1; i < count; ++i) text += ",1";
  return text + "]";
}

class ParsedJsonTest : public testing::Test {
 protected:
  ParsedJsonTest() : running_(*registry_.Register({.action = "a"})) {}

  MemoryAccount account_;
  TaskRegistry registry_{
      {.node_id = "node-a", .clock = &base::Clock::System(), .memory = &account_}};
  RunningTask running_;
};

TEST_F(ParsedJsonTest, ReservesItsTreeAsLongAsItLives) {
  {
    const auto parsed = ParsedJson::Parse(*running_, Numbers(100'000));
    ASSERT_TRUE(parsed.ok());
    EXPECT_GT(account_.breaker(Breaker::kRequest).reserved, 100'000 * 24);
    EXPECT_EQ(running_->Info(true).resources->memory_bytes, account_.parent().reserved);
  }
  EXPECT_EQ(account_.parent().reserved, 0);
}

// Half a million values in one megabyte are thirty: the tree is given up long before.
TEST_F(ParsedJsonTest, IsRefusedBeforeItGrowsBeyondTheLimit) {
  account_.SetLimits({.total = 8 << 20, .request = 8 << 20});
  const auto parsed = ParsedJson::Parse(*running_, Numbers(500'000));
  EXPECT_EQ(parsed.status().http_status(), 429);
  EXPECT_TRUE(parsed.status().reason().starts_with(
      "[request] Data too large, data for [<parse>] would be "))
      << parsed.status().reason();
  EXPECT_EQ(account_.parent().reserved, 0);
  EXPECT_TRUE(ParsedJson::Parse(*running_, Numbers(5'000)).ok()) << "others are not refused";
}

TEST_F(ParsedJsonTest, IsGivenUpWhenItsTaskHasToStop) {
  running_->RequestStop({.cause = StopCause::kUser, .reason = "by user request"});
  EXPECT_EQ(ParsedJson::Parse(*running_, Numbers(10'000)).status().code(), base::Code::kCancelled);
}

TEST_F(ParsedJsonTest, IsRefusedBeforeItsTextIsCopied) {
  account_.SetLimits({.total = 1 << 20, .request = 1 << 20});
  const std::string text = "\"" + std::string(2 << 20, 'x') + "\"";
  EXPECT_EQ(ParsedJson::Parse(*running_, text).status().http_status(), 429);
}

// Whatever the shape: what is told while it is parsed covers what is there in the end.
TEST(JsonReserve, TellsAtLeastWhatTheTreeHolds) {
  std::string members = "{", nested, strings = "[\"\"";
  for (int i = 0; i < 50'000; ++i) {
    members += (i ? ",\"" : "\"") + std::to_string(i) + "\":1";
    strings += ",\"" + std::string(static_cast<std::size_t>(i % 100), 'x') + "\"";
  }
  members += "}";
  strings += "]";
  for (int i = 0; i < 30'000; ++i) nested += i == 0 ? "[{}" : ",{\"a\":[[]]}";
  nested += "]";
  const std::string large = "[\"" + std::string(3 << 20, 'x') + "\"]";
  for (const std::string& text : {Numbers(200'000), members, nested, strings, large}) {
    std::size_t told = 0;
    base::json::ParseOptions options;
    options.reserve = [&told](std::size_t bytes) {
      told = std::max(told, bytes);
      return base::Status();
    };
    const auto document = Document::Parse(text, options);
    ASSERT_TRUE(document.ok());
    EXPECT_GE(told, document->MemoryBytes()) << text.substr(0, 20);
    EXPECT_LE(told, 60 * text.size()) << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace tasks
