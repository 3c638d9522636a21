#include "cli/commands.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace cli {
namespace {

// What `quell cancel <line>` says on standard error, with nobody listening where it would send.
std::string Said(const std::string& line) {
  CLI::App app;
  app.require_subcommand(1);
  Commands commands(app);
  app.parse("cancel -u http://127.0.0.1:1 " + line);
  testing::internal::CaptureStderr();
  EXPECT_EQ(commands.Run(), 1);
  return testing::internal::GetCapturedStderr();
}

TEST(CancelCommand, ThatWouldStopEveryClientTaskAsksForAll) {
  for (const char* line : {"", "-p -1", "-p node:-1", "-p x:-01", "-p unset", "-a ,",
                           "-n ,, -p a:-1", "--dry-run -p :-1"}) {
    EXPECT_NE(Said(line).find("this would stop every client task"), std::string::npos) << line;
  }
  for (const char* line : {"unset", "node:-1", "-- ,"}) {
    EXPECT_NE(Said(line).find("would stop every client task"), std::string::npos) << line;
  }
}

TEST(CancelCommand, ThatNamesSomethingIsSent) {
  for (const char* line :
       {"node:1", "-p node:1", "-p node:-2", "-a '*bulk*' -p -1", "--all", "--all -p -1"}) {
    EXPECT_EQ(Said(line).find("every client task"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace cli
