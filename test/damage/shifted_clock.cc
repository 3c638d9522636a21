// Preloaded into a node: its wall clock is off by the seconds that stand in the file
// QUELL_TEST_CLOCK, looked up at each call. libfaketime does that too, but calls malloc before
// jemalloc is ready, and the node then hangs.
//
//     c++ -shared -fPIC -o shifted_clock.so shifted_clock.cc

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

long Offset() {
  const int error = errno;
  const char* const path = getenv("QUELL_TEST_CLOCK");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  char text[32] = {};
  if (fd >= 0) {
    if (read(fd, text, sizeof(text) - 1) < 0) text[0] = '\0';
    close(fd);
  }
  errno = error;
  return atol(text);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && wall) now->tv_sec += Offset();
  return result;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec exact{};
  const int result = clock_gettime(CLOCK_REALTIME, &exact);
  *now = {exact.tv_sec, exact.tv_nsec / 1000};
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
}
