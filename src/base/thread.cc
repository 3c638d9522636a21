#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace base {

namespace {

// sched(7); no header of Debian's has it whole.
struct SchedAttr {
  std::uint32_t size = sizeof(SchedAttr);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of SCHED_OTHER: the length of a turn
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

constexpr std::uint64_t kShortNanos = 100'000;

}  // namespace

void IntroduceThread(const std::string& name, Turns turns, int nice) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
  if (turns == Turns::kPlain) return;
  SchedAttr attr;
  attr.nice = getpriority(PRIO_PROCESS, 0);
  attr.runtime = kShortNanos;
  syscall(SYS_sched_setattr, 0, &attr, 0);  // a wish: whoever cannot grant it lets us run as we did
}

}  // namespace base
