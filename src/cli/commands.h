// cli/commands.h
//
// The commands that talk to a running node over REST, and so to OpenSearch as well: `quell tasks`
// and `quell cancel`.
//
// Lifetime: made before the command line is parsed, run after. Threads: one.

#pragma once

#include <memory>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace cli {

class Commands {
 public:
  explicit Commands(CLI::App& app);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // The command that was given; its exit code.
  int Run();

 private:
  int Tasks();
  int Cancel();
  int Fail(const std::string& why) const;

  struct Options;
  const std::unique_ptr<Options> options_;
};

}  // namespace cli
