#include "tasks/record/history.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/clock.h"
#include "base/io.h"
#include "support/logged_lines.h"
#include "support/temp_dir.h"
#include "tasks/record/task_info_json.h"

namespace tasks {
namespace {

class Kept : public testing::Test {
 protected:
  using List = std::vector<std::int64_t>;

  History::Options Options() const { return {.path = directory_.path() + "/history.jsonl"}; }
  TaskInfo Ended(std::int64_t number) const {
    TaskInfo info;
    info.id = {"node-a", number};
    info.action = "indices:data/write/bulk";
    info.running_nanos = 1'000'000'000;
    info.start_time_millis = clock_.WallMillis() - 1000;
    info.outcome = Outcome::kDone;
    return info;
  }
  TaskInfo Cancelled(std::int64_t number, StopCause cause = StopCause::kUser) const {
    TaskInfo info = Ended(number);
    info.cancelled = true;
    info.stop = Stop{.cause = cause, .reason = "by user request"};
    info.outcome = Outcome::kCancelled;
    return info;
  }
  TaskInfo Failed(std::int64_t number) const {
    TaskInfo info = Ended(number);
    info.outcome = Outcome::kFailed;
    return info;
  }
  static List Numbers(const History& history, std::size_t from = 0, std::size_t limit = 100'000) {
    List numbers;
    for (const TaskInfo& info : history.Query([](const TaskInfo&) { return true; }, from, limit))
      numbers.push_back(info.id.number);
    return numbers;
  }
  std::string FileText() const { return *base::ReadFile(Options().path); }

  base::ManualClock clock_;
  TempDir directory_;
};

TEST_F(Kept, AreShownNewestFirstAndInPages) {
  History history({}, clock_);
  for (int i = 1; i <= 5; ++i) history.Add(Ended(i));
  EXPECT_EQ(Numbers(history), (List{5, 4, 3, 2, 1}));
  EXPECT_EQ(Numbers(history, 1, 2), (List{4, 3}));
  const auto even =
      history.Query([](const TaskInfo& info) { return info.id.number % 2 == 0; }, 1, 9);
  ASSERT_EQ(even.size(), 1u);
  EXPECT_EQ(even.front().id.number, 2);
}

TEST_F(Kept, AreFoundByTheirId) {
  History history({}, clock_);
  history.Add(Ended(7));
  EXPECT_EQ(history.Find({"node-a", 7})->action, "indices:data/write/bulk");
  EXPECT_FALSE(history.Find({"node-a", 8}));
  EXPECT_FALSE(history.Find({"node-b", 7}));
}

TEST_F(Kept, SurviveARestart) {
  {
    History history(Options(), clock_);
    history.Add(Ended(1));
    history.Add(Ended(2));
  }
  History history(Options(), clock_);
  EXPECT_EQ(Numbers(history), (List{2, 1}));
  history.Add(Ended(3));
  history.Flush();
  const History again(Options(), clock_);
  EXPECT_EQ(Numbers(again), (List{3, 2, 1}));
}

TEST_F(Kept, SurviveALineThatWasTornByACrash) {
  {
    History history(Options(), clock_);
    history.Add(Ended(1));
    history.Add(Ended(2));
  }
  const std::string text = FileText();
  ASSERT_TRUE(base::WriteFileAtomically(Options().path, text.substr(0, text.size() - 9)).ok());
  {
    History history(Options(), clock_);
    EXPECT_EQ(Numbers(history), (List{1}));
    history.Add(Ended(3));
  }
  const History again(Options(), clock_);
  EXPECT_EQ(Numbers(again), (List{3, 1})) << "the next line is not joined to the torn one";
}

TEST_F(Kept, SurviveALineThatMakesNoSense) {
  std::string text = "{\"id\":7}\nnonsense\n{}\n";
  AppendTaskInfo(Ended(1), text);
  ASSERT_TRUE(base::WriteFileAtomically(Options().path, text).ok());
  const History history(Options(), clock_);
  EXPECT_EQ(Numbers(history), (List{1}));
}

// Nobody may read `path` while it lives; root, who may read everything, is somebody else meanwhile.
class Unreadable {
 public:
  Unreadable(std::string path, const std::string& folder) : path_(std::move(path)) {
    EXPECT_EQ(chmod(folder.c_str(), 0755), 0);
    EXPECT_EQ(chmod(path_.c_str(), 0222), 0);
    if (user_ == 0) {
      EXPECT_EQ(seteuid(kNobody), 0);
    }
  }
  ~Unreadable() {
    EXPECT_EQ(seteuid(user_), 0);
    EXPECT_EQ(chmod(path_.c_str(), 0644), 0);
  }
  Unreadable(const Unreadable&) = delete;
  Unreadable& operator=(const Unreadable&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  const std::string path_;
  const uid_t user_ = geteuid();
};

TEST_F(Kept, SurviveATimeInWhichTheFileCouldNotBeRead) {
  {
    History history(Options(), clock_);
    history.Add(Ended(1));
  }
  {
    const Unreadable for_now(Options().path, directory_.path());
    History history(Options(), clock_);
    history.Add(Ended(2));
    history.Flush();
    EXPECT_EQ(Numbers(history), (List{2})) << "in memory, at least";
  }
  const History again(Options(), clock_);
  EXPECT_EQ(Numbers(again), (List{1}));
}

TEST_F(Kept, AreInTheFileAfterAFlush) {
  History history(Options(), clock_);
  history.Add(Ended(1));
  history.Flush();
  EXPECT_NE(FileText().find("\"node-a:1\""), std::string::npos);
  history.Flush();  // nothing to do
}

TEST_F(Kept, AreBoundedInNumberAndInBytesAndInAge) {
  History few({.path = "", .max_entries = 8}, clock_);
  History small({.path = "", .max_bytes = 40'000}, clock_);
  History young({.path = "", .max_age_millis = 1000}, clock_);
  for (int i = 1; i <= 3; ++i) few.Add(Ended(i));
  for (int i = 1; i <= 100; ++i) small.Add(Ended(i));
  young.Add(Ended(1));
  clock_.AdvanceMillis(600);
  young.Add(Ended(2));
  clock_.AdvanceMillis(600);
  EXPECT_EQ(Numbers(few), (List{3, 2}));
  EXPECT_GT(Numbers(small).size(), 5u);
  EXPECT_LT(Numbers(small).size(), 25u);
  EXPECT_EQ(Numbers(young), (List{2}));
}

TEST_F(Kept, DoNotLetTheirFileGrowForEver) {
  History::Options options = Options();
  options.max_entries = 40;
  History history(options, clock_);
  for (int i = 1; i <= 1000; ++i) {
    history.Add(Ended(i));
    if (i % 10 == 0) history.Flush();
  }
  EXPECT_LT(std::ranges::count(FileText(), '\n'), 150);
  const History again(options, clock_);
  EXPECT_EQ(Numbers(again).front(), 1000);
  EXPECT_EQ(Numbers(again).size(), 10u);
}

TEST_F(Kept, AreKeptInMemoryIfThereCanBeNoFile) {
  History history({.path = "/proc/no/such/place"}, clock_);
  history.Add(Ended(1));
  history.Flush();
  EXPECT_EQ(Numbers(history), (List{1}));
}

TEST_F(Kept, LogOnceThatTheirFileCannotBeWrittenAndThatItIsAgain) {
  const test::LoggedLines log;
  ASSERT_NE(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  History history(Options(), clock_);
  TaskInfo large = Ended(1);
  large.description = std::string(100'000, 'x');
  rlimit little = before;
  little.rlim_cur = 50'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  for (int i = 0; i < 3; ++i) {
    history.Add(large);
    history.Flush();
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  history.Add(Ended(2));
  history.Flush();
  EXPECT_EQ(log.messages(), (std::vector<std::string>{"history could not be written, will retry",
                                                      "history is written again"}));
  EXPECT_EQ(Numbers(History(Options(), clock_)), Numbers(history)) << "nothing is missing";
}

TEST_F(Kept, MayBeAddedAndAskedForFromManyThreads) {
  History history(Options(), clock_);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        history.Add(Ended(t * 1000 + i));
        if (i % 50 == 0) history.Flush();
        EXPECT_TRUE(history.Find({"node-a", t * 1000 + i}));
      }
    });
  threads.clear();
  EXPECT_EQ(Numbers(history).size(), 800u);
}

TEST_F(Kept, AreThoseThatRanForLongFailedWereCancelledOrStoppedOthers) {
  TaskInfo shorter = Ended(1);
  shorter.running_nanos -= 1;
  std::vector<TaskInfo> all(6, shorter);
  for (std::int64_t i = 0; i < 6; ++i) all[static_cast<std::size_t>(i)].id.number = i;
  all[1].running_nanos += 1;
  all[2].outcome = Outcome::kFailed;
  all[3].outcome = Outcome::kUnconfirmed;
  all[4].cancelled = true;
  all[5].stopped_others = StoppedOthers{.count = 1, .tasks = {{"node-a", 4}}};
  History history(Options(), clock_);
  for (const TaskInfo& info : all) history.Add(info);
  EXPECT_EQ(Numbers(history), (List{5, 4, 3, 2, 1}));
  history.Flush();
  EXPECT_EQ(Numbers(History(Options(), clock_)), (List{5, 4, 3, 2, 1}));
}

TEST_F(Kept, MayBeAllOrOnlyVeryLongOnes) {
  TaskInfo shortest = Ended(1);
  shortest.running_nanos = 0;
  History history({.min_running_millis = 0}, clock_);
  history.Add(shortest);
  EXPECT_EQ(Numbers(history), (List{1}));
  history.SetMinRunning(1001);
  history.Add(Ended(2));
  EXPECT_EQ(Numbers(history), (List{1}));
}

TEST_F(Kept, AreJudgedAnewFromTheFileOfAnEarlierVersion) {
  TaskInfo trivial = Ended(1);
  trivial.running_nanos = 0;
  std::string text;
  for (const TaskInfo& info : {trivial, Ended(2), Cancelled(3)}) AppendTaskInfo(info, text);
  ASSERT_TRUE(base::WriteFileAtomically(Options().path, text).ok());
  EXPECT_EQ(Numbers(History(Options(), clock_)), (List{3, 2}));
}

TEST_F(Kept, HaveAShareOfTheRoomThatOtherKindsCannotTake) {
  History::Options options = Options();
  options.max_entries = 8;
  {
    History history(options, clock_);
    for (int i = 1; i <= 4; ++i) history.Add(Cancelled(i));
    for (int i = 5; i <= 100; ++i) history.Add(Ended(i));
    for (int i = 101; i <= 200; ++i) history.Add(Failed(i));
    history.Add(Ended(201));
    EXPECT_EQ(Numbers(history), (List{201, 200, 199, 100, 4, 3, 2, 1}));
  }
  History history(options, clock_);
  EXPECT_EQ(Numbers(history), (List{201, 200, 199, 100, 4, 3, 2, 1}));
  history.Add(Cancelled(202));
  EXPECT_EQ(Numbers(history), (List{202, 201, 200, 199, 100, 4, 3, 2}));
}

TEST_F(Kept, AreWhatUsersCancelledHoweverManyClientsGoAway) {
  History::Options options = Options();
  options.max_entries = 8;
  History history(options, clock_);
  for (int i = 1; i <= 3; ++i) history.Add(Cancelled(i));
  history.Add(Cancelled(4, StopCause::kDeadline));
  for (int i = 5; i <= 99; ++i) history.Add(Cancelled(i, StopCause::kParent));
  history.Add(Cancelled(100, StopCause::kClientGone));
  EXPECT_EQ(Numbers(history), (List{100, 99, 4, 3, 2, 1}));
}

// The file is written anew while the last entry waits to be written.
TEST_F(Kept, AreInTheFileOnceAndInTheirOrder) {
  History::Options options = Options();
  options.max_entries = 8;
  History history(options, clock_);
  for (int i = 1; i <= 300; ++i) {
    history.Add(i % 3 == 0 ? Cancelled(i) : i % 3 == 1 ? Failed(i) : Ended(i));
    if (i % 7 == 0) history.Flush();
  }
  history.Flush();
  EXPECT_EQ(Numbers(History(options, clock_)), Numbers(history));
  EXPECT_EQ(Numbers(history), (List{300, 299, 298, 297, 296, 295, 294, 291}));
}

TEST(TaskInfoLine, IsReadAsItWasWritten) {
  auto origin = std::make_shared<Origin>();
  origin->headers = {{"X-Opaque-Id", "job \"7\""}};
  origin->user = "kim";
  origin->remote_address = "r:1";
  TaskInfo info;
  info.id = {"node-a", (std::int64_t{1} << 53) - 1};
  info.type = TaskType::kPersistent;
  info.task_class = TaskClass::kBackground;
  info.action = "indices:merge";
  info.status = R"({"phase":"x"})";
  info.description = "";
  info.start_time_millis = 1;
  info.running_nanos = 2;
  info.cancellable = info.cancelled = info.completed_despite_cancel = true;
  info.parent = {"node-b", 3};
  info.origin = origin;
  info.cancellation_time_millis = 4;
  info.resources = {.cpu_nanos = 5, .memory_bytes = 6, .executions = 7, .active_threads = 8};
  info.not_cancellable_because = "it holds a lease";
  info.phase = "write";
  info.waits_on = "journal";
  info.unit = "bytes";
  info.done = 9;
  info.total = 10;
  info.checkpoint_age_nanos = 11;
  info.longest_gap_nanos = 12;
  info.stop = Stop{.cause = StopCause::kPolicy, .reason = "r", .by = "b", .at_wall_millis = 13};
  info.stopping_for_nanos = 14;
  info.stopped_others = StoppedOthers{.count = 17, .tasks = {{"node-d", 18}, {"node-d", 19}}};
  info.outcome = Outcome::kUnconfirmed;
  info.error = "node-c:1 is lost";
  std::string line, again;
  AppendTaskInfo(info, line);
  const auto read = ReadTaskInfo(line);
  ASSERT_TRUE(read.ok()) << read.status().reason();
  AppendTaskInfo(*read, again);
  EXPECT_EQ(again, line);
  for (const char* part : {"kim", "job", "policy", "unconfirmed", "persistent", "journal",
                           "node-b:3", "\"active_threads\":8", "\"count\":17", "node-d:19",
                           "\"stopping_for_nanos\":14", "\"total\":10"})
    EXPECT_NE(line.find(part), std::string::npos) << part;
}

TEST(TaskInfoLine, LeavesOutWhatThereIsNot) {
  TaskInfo info;
  info.id = {"n", 1};
  std::string line;
  AppendTaskInfo(info, line);
  const auto read = ReadTaskInfo(line);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->description);
  EXPECT_FALSE(read->status);
  EXPECT_FALSE(read->stop);
  EXPECT_FALSE(read->outcome);
  EXPECT_FALSE(read->resources);
  EXPECT_FALSE(read->parent.set());
  EXPECT_EQ(read->origin, nullptr);
  EXPECT_EQ(read->phase, nullptr);
  EXPECT_EQ(read->total, -1);
}

}  // namespace
}  // namespace tasks
