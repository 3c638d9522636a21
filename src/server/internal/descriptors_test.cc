#include "server/internal/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace server {
namespace {

TEST(Descriptors, LeaveTheStoreItsFilesUnderAnyLimit) {
  for (const std::uint64_t limit : {512u, 1024u, 4096u, 20'000u, 1'048'576u}) {
    const auto divided = Descriptors::Divide(limit);
    ASSERT_TRUE(divided.ok()) << limit;
    EXPECT_GE(divided->store_files, 64) << limit;
    EXPECT_GE(divided->http_connections, 100u) << limit;
    EXPECT_LE(divided->http_connections + static_cast<std::uint64_t>(divided->store_files) + 256,
              limit);
  }
}

TEST(Descriptors, RefuseALimitThatIsTooLowAndSayWhatToDo) {
  const auto refused = Descriptors::Divide(511);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(),
            "the limit of open files is [511], a node needs at least [512]; raise it with ulimit "
            "-n or LimitNOFILE=");
}

TEST(Descriptors, RaiseTheSoftLimitToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 600;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_TRUE(Descriptors::Raise().ok());
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace server
