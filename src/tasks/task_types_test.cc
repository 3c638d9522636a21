#include "tasks/task_types.h"

#include <gtest/gtest.h>

#include "base/json/compact_writer.h"

namespace tasks {
namespace {

TEST(TaskId, IsReadAsOpenSearchReadsIt) {
  EXPECT_FALSE(TaskId::Parse("")->set());
  EXPECT_FALSE(TaskId::Parse("unset")->set());
  EXPECT_FALSE(TaskId::Parse("anything:-1")->set());
  EXPECT_EQ(*TaskId::Parse("n:7"), (TaskId{"n", 7}));
  EXPECT_EQ(*TaskId::Parse("n:+7"), (TaskId{"n", 7}));
  EXPECT_EQ(*TaskId::Parse("n:-2"), (TaskId{"n", -2}));
  EXPECT_EQ(*TaskId::Parse(":5"), (TaskId{"", 5}));
}

TEST(TaskId, NamesWhatIsMalformed) {
  for (const char* text : {"abc", " ", "-1", "n:", "a:x", "a:1:2", "n:9223372036854775808"}) {
    const auto id = TaskId::Parse(text);
    ASSERT_FALSE(id.ok()) << text;
    EXPECT_EQ(id.status().http_status(), 400);
    EXPECT_EQ(id.status().reason(), std::string("malformed task id ") + text);
  }
  EXPECT_EQ(TaskId::Parse("abc").status().cause(), nullptr);
  EXPECT_EQ(TaskId::Parse("a:1:2").status().cause()->reason(), "For input string: \"1:2\"");
}

TEST(TaskId, IsWrittenAsItIsRead) {
  EXPECT_EQ((TaskId{"n", 7}).ToString(), "n:7");
  EXPECT_EQ(TaskId().ToString(), "unset");
}

TEST(End, TakesItsOutcomeFromTheStatus) {
  EXPECT_EQ(End(base::Status()).outcome, Outcome::kDone);
  EXPECT_EQ(End(base::Cancelled("x")).outcome, Outcome::kCancelled);
  EXPECT_EQ(End(base::Internal("x")).outcome, Outcome::kFailed);
  EXPECT_EQ(End({base::Code::kOutcomeUnknown, "x"}).outcome, Outcome::kFailed);
  EXPECT_EQ(End({base::Code::kUnconfirmed, "x"}).outcome, Outcome::kUnconfirmed);
}

TEST(End, MayCarryAResultBesideAnyOutcome) {
  EXPECT_EQ(End(base::Cancelled("x"), "what was done").result, "what was done");
}

TEST(Origin, NamesTheUserElseTheAddress) {
  Origin origin{.headers = {{"X-Opaque-Id", "job-7"}}, .user = "", .remote_address = "10.0.0.9:1"};
  EXPECT_EQ(origin.Who(), "10.0.0.9:1");
  EXPECT_TRUE(origin.IsFrom("10.0.0.9:1"));
  EXPECT_TRUE(origin.IsFrom("10.0.0.9")) << "a client has another port each time it connects";
  EXPECT_FALSE(origin.IsFrom("10.0.0.9:2"));
  EXPECT_FALSE(origin.IsFrom("10.0.0"));
  origin.user = "kim";
  EXPECT_EQ(origin.Who(), "kim");
  EXPECT_EQ(origin.Header("X-Opaque-Id"), "job-7");
  EXPECT_EQ(origin.Header("X-Request-Id"), "");
}

TEST(ReplicationStatus, ShowsItsPhase) {
  ReplicationStatus status;
  std::string out;
  {
    base::json::CompactWriter writer(out);
    status.Write(writer);
  }
  status.Set("primary");
  base::json::CompactWriter writer(out);
  status.Write(writer);
  EXPECT_EQ(out, R"({"phase":"starting"}{"phase":"primary"})");
}

}  // namespace
}  // namespace tasks
