// base/thread.h
//
// How the threads of this process are known to the machine, and in which order it runs them.
//
// Threads: each about itself.

#pragma once

#include <string>

namespace base {

enum class Turns : bool {
  kPlain,
  // Short ones: whoever mostly waits, and for whom others wait, runs at once when woken, also
  // where all cores are busy. Needs Linux 6.12; before it all turns are plain.
  kShort
};

// Names the calling thread (15 characters are kept) and sets what it is given.
void IntroduceThread(const std::string& name, Turns turns = Turns::kPlain, int nice = 0);

}  // namespace base
