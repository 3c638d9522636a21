// test/support/other_process.h
//
// Runs one (disabled) test of this binary in a process of its own, hears numbers from it and kills
// it with SIGKILL: what a crash leaves behind. The other side asks Argument() and says Tell().
//
// Threads: one.

#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

class OtherProcess {
 public:
  OtherProcess(const std::string& disabled_test, const std::string& argument) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      setenv("QUELL_TEST_ARGUMENT", argument.c_str(), 1);
      setenv("QUELL_TEST_TELL", std::to_string(ends[1]).c_str(), 1);
      if (!std::freopen("/dev/null", "w", stdout)) _exit(127);
      const std::string filter = "--gtest_filter=" + disabled_test;
      execl("/proc/self/exe", "other", filter.c_str(), "--gtest_also_run_disabled_tests", nullptr);
      _exit(127);
    }
    close(ends[1]);
    heard_ = ends[0];
  }
  ~OtherProcess() { Kill(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  // The next number it tells; nothing if it has ended.
  std::optional<std::int64_t> Hear() const {
    std::int64_t number = 0;
    if (read(heard_, &number, sizeof number) != ssize_t{sizeof number}) return std::nullopt;
    return number;
  }

  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
    // What it told before it died may still be heard.
  }

  static std::string Argument() {
    const char* const argument = std::getenv("QUELL_TEST_ARGUMENT");
    return argument ? argument : "";
  }
  static void Tell(std::int64_t number) {
    if (write(std::atoi(std::getenv("QUELL_TEST_TELL")), &number, sizeof number) < 0) std::abort();
  }

 private:
  pid_t pid_ = 0;
  int heard_ = -1;
};
