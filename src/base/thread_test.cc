#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace base {
namespace {

TEST(Thread, IsKnownByItsNameAndHasItsPriorityAlone) {
  const int mine = getpriority(PRIO_PROCESS, 0);
  std::jthread([] {
    IntroduceThread("a name that is too long", Turns::kShort, 10);
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    EXPECT_STREQ(name, "a name that is ");
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), 10);
  }).join();
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), mine);
}

}  // namespace
}  // namespace base
