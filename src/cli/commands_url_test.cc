#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/commands.h"

namespace cli {
namespace {

// The node that `quell <line>` says it cannot reach, with nobody listening on these ports.
std::string Asked(const std::string& line) {
  CLI::App app;
  app.require_subcommand(1);
  Commands commands(app);
  app.parse(line);
  testing::internal::CaptureStderr();
  EXPECT_EQ(commands.Run(), 1);
  const std::string said = testing::internal::GetCapturedStderr();
  return said.substr(0, said.find(" ("));
}

class NodeUrl : public testing::Test {
 protected:
  void SetUp() override { setenv("QUELL_URL", "http://127.0.0.1:2", 1); }
  void TearDown() override { unsetenv("QUELL_URL"); }
};

TEST_F(NodeUrl, OfTheCommandLineWinsOverTheEnvironment) {
  for (const char* command : {"tasks -u http://127.0.0.1:1", "cancel --all --url 127.0.0.1:1/"})
    EXPECT_EQ(Asked(command), "quell: no node answers on 127.0.0.1:1") << command;
}

TEST_F(NodeUrl, OfTheEnvironmentIsTakenIfNoneIsGiven) {
  for (const char* command : {"tasks", "cancel --all"})
    EXPECT_EQ(Asked(command), "quell: no node answers on 127.0.0.1:2") << command;
}

}  // namespace
}  // namespace cli
