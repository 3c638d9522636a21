#include "base/log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "base/json/tree.h"

namespace base::log {
namespace {

class Log : public testing::Test {
 protected:
  Log() { EXPECT_TRUE(Init({Level::kInfo, path_}).ok()); }
  ~Log() override {
    EXPECT_TRUE(Init({}).ok());
    std::filesystem::remove(path_);
  }

  std::vector<json::Document> Lines() {
    Flush();
    std::vector<json::Document> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      Result<json::Document> parsed = json::Document::Parse(line);
      EXPECT_TRUE(parsed.ok()) << line;
      if (parsed.ok()) lines.push_back(std::move(parsed).value());
    }
    return lines;
  }

  const std::string path_ = testing::TempDir() + "log_test_" + RandomId();
};

TEST_F(Log, WritesOneObjectALine) {
  const std::string id = "a:1";
  Info("tasks", "task \"ended\"\n", {{"task", id}, {"took", 5}, {"share", 0.5}, {"late", true}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  const json::Value& line = lines[0].root();
  EXPECT_EQ(line.members()[0].key, "timestamp");
  EXPECT_EQ(line.Find("level")->text(), "info");
  EXPECT_EQ(line.Find("component")->text(), "tasks");
  EXPECT_EQ(line.Find("message")->text(), "task \"ended\"\n");
  EXPECT_EQ(line.Find("task")->text(), "a:1");
  EXPECT_EQ(line.Find("took")->text(), "5");
  EXPECT_EQ(line.Find("share")->text(), "0.5");
  EXPECT_TRUE(line.Find("late")->IsBool());
}

TEST_F(Log, ShowsAFailureAsAnException) {
  Error("io", "failed", {{"error", IllegalArgument("why").CausedBy(NumberFormat("x"))}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].root().FindPath({"error", "reason"})->text(), "why");
  EXPECT_EQ(lines[0].root().FindPath({"error", "caused_by", "type"})->text(),
            "number_format_exception");
}

TEST_F(Log, IsSilentBelowItsLevel) {
  Debug("tasks", "unheard");
  EXPECT_TRUE(SetLevel("debug").ok());
  EXPECT_TRUE(Enabled(Level::kDebug));
  Debug("tasks", "heard");
  SetLevel(Level::kOff);
  Error("tasks", "unheard");
  EXPECT_EQ(Lines().size(), 1u);
}

TEST_F(Log, KnowsItsLevelsByName) {
  EXPECT_FALSE(SetLevel("loud").ok());
  EXPECT_TRUE(SetLevel("error").ok());
  EXPECT_FALSE(Enabled(Level::kWarn));
}

TEST_F(Log, NeverMixesLines) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) Info("thread", std::string(100, 'x'), {{"t", t}, {"i", i}});
    });
  }
  threads.clear();
  EXPECT_EQ(Lines().size(), 800u);
}

TEST_F(Log, SaysWhyItCannotOpenAFile) {
  EXPECT_FALSE(Init({Level::kInfo, "/proc/no/such/place"}).ok());
  Info("tasks", "still there");
  EXPECT_EQ(Lines().size(), 1u);
}

}  // namespace
}  // namespace base::log
