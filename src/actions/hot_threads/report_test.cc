#include "actions/hot_threads/report.h"

#include <gtest/gtest.h>

namespace actions::hot_threads {
namespace {

constexpr std::int64_t kMilli = 1'000'000;

class AnObservation : public testing::Test {
 protected:
  static tasks::TaskInfo Task(std::uint64_t number, std::int64_t cpu_nanos) {
    tasks::TaskInfo info;
    info.id = {"n", static_cast<std::int64_t>(number)};
    info.action = "a:" + std::to_string(number);
    info.resources = tasks::TaskInfo::Resources{.cpu_nanos = cpu_nanos};
    return info;
  }
  static Observation Of(Kind kind, Watch watch = {.interval_nanos = 100 * kMilli, .snapshots = 2}) {
    return {watch, kind, "node1", {"write"}, tasks::TaskId{"n", 99}};
  }
};

TEST_F(AnObservation, ShowsTheBusiestFirstWithItsParents) {
  Observation seen = Of(Kind::kCpu);
  tasks::TaskInfo child = Task(2, 5 * kMilli);
  child.parent = {"n", 1};
  child.phase = "write";
  seen.Look({Task(1, kMilli), child, Task(99, 0)}, {{7, {"http", kMilli}}});
  child.resources->cpu_nanos = 55 * kMilli;
  seen.Look({Task(1, kMilli), child, Task(99, 80 * kMilli)}, {{7, {"http", 3 * kMilli}}});
  child.waits_on = "refresh";
  seen.Look({Task(1, kMilli), child}, {{7, {"http", 11 * kMilli}}});
  EXPECT_EQ(seen.Report(0),
            "Hot threads at 1970-01-01T00:00:00.000Z, interval=100ms, busiestThreads=3, "
            "ignoreIdleThreads=true:\n"
            "\n50.0% (50ms out of 100ms) cpu usage by thread 'quell[node1][a:2][n:2]'\n"
            "  unique snapshot\n"
            "    write: a:2 [n:2]\n"
            "    running: a:1 [n:1]\n"
            "  unique snapshot\n"
            "    waiting for refresh: a:2 [n:2]\n"
            "    running: a:1 [n:1]\n"
            "\n10.0% (10ms out of 100ms) cpu usage by thread 'quell[node1][http][T#7]'\n"
            "  2/2 snapshots sharing following 1 elements\n"
            "    http: works for no task\n");
}

TEST_F(AnObservation, CountsWaitsAndThoseForAThreadApart) {
  tasks::TaskInfo refresh = Task(1, 0), queue = Task(2, 0);
  refresh.waits_on = "refresh";
  queue.waits_on = "write queue";
  for (const Kind kind : {Kind::kWait, Kind::kBlock}) {
    Observation seen = Of(kind);
    for (int i = 0; i < 3; ++i) seen.Look({refresh, queue, Task(3, 0)}, {});
    const std::string report = seen.Report(0);
    EXPECT_EQ(report.find("a:1") != std::string::npos, kind == Kind::kWait) << report;
    EXPECT_NE(report.find("100.0% (100ms out of 100ms)"), std::string::npos) << report;
    EXPECT_NE(report.find("    waiting for write queue: a:2"), std::string::npos) << report;
    EXPECT_EQ(report.find("a:3"), std::string::npos) << report;
  }
}

TEST_F(AnObservation, ShowsIdleOnesIfAskedAndNoMoreThanAskedFor) {
  Observation seen = Of(Kind::kCpu, {.threads = 1, .snapshots = 0, .ignore_idle = false});
  for (int i = 0; i < 2; ++i) seen.Look({Task(1, 0), Task(2, 0)}, {});
  const std::string report = seen.Report(0);
  EXPECT_NE(report.find("\n 0.0% (0s out of 500ms) cpu usage"), std::string::npos) << report;
  EXPECT_EQ(report.find("a:2"), std::string::npos) << report;
  EXPECT_EQ(report.find("snapshot"), std::string::npos) << report;
}

TEST_F(AnObservation, LooksNoOftenerThanEveryMillisecond) {
  EXPECT_EQ(Of(Kind::kCpu, {.interval_nanos = 500 * kMilli, .snapshots = 10}).looks(), 10);
  EXPECT_EQ(Of(Kind::kCpu, {.interval_nanos = 5 * kMilli, .snapshots = 1'000'000}).looks(), 5);
  EXPECT_EQ(Of(Kind::kCpu, {.interval_nanos = 0, .snapshots = 10}).looks(), 1);
  EXPECT_EQ(Of(Kind::kCpu, {.snapshots = 0}).looks(), 1);
}

TEST(AWatchOfThreads, RefusesWhatMeansNothing) {
  EXPECT_TRUE(Watch().Check().ok());
  EXPECT_FALSE(Watch{.threads = -1}.Check().ok());
  EXPECT_FALSE(Watch{.interval_nanos = -1}.Check().ok());
  EXPECT_EQ(Watch{.type = "x"}.Check().reason(), "type not supported [x]");
}

TEST(ReadThreadTimes, LeavesOutThePools) {
  const auto all = ReadThreadTimes({});
  ASSERT_FALSE(all.empty());
  const std::string own = all.begin()->second.name;
  for (const auto& [number, time] : ReadThreadTimes({own})) EXPECT_NE(time.name, own);
}

}  // namespace
}  // namespace actions::hot_threads
