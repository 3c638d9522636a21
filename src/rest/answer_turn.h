// rest/answer_turn.h
//
// AnswerTurn is the time that one piece of a streamed answer may take to be made. A piece ends at a
// size, too; but what a filter leaves out takes time and shows in no bytes.
//
// Lifetime: one piece. Threads: one.

#pragma once

#include <chrono>

namespace rest {

class AnswerTurn {
 public:
  bool IsOver() const { return Clock::now() >= until_; }

 private:
  using Clock = std::chrono::steady_clock;

  const Clock::time_point until_ = Clock::now() + std::chrono::microseconds(500);
};

}  // namespace rest
