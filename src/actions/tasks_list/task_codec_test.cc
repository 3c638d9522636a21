#include "actions/tasks_list/task_codec.h"

#include <gtest/gtest.h>

#include "actions/bulk/wire.h"
#include "actions/tasks_list/list_node.h"
#include "actions/tasks_list/task_json.h"
#include "base/json/compact_writer.h"
#include "base/json/error_json.h"

namespace actions::tasks_list {
namespace {

tasks::TaskInfo Full() {
  tasks::TaskInfo info;
  info.id = {"node-a", 812};
  info.task_class = tasks::TaskClass::kBackground;
  info.action = "indices:data/write/reindex";
  info.status = R"({"total":9000})";
  info.description = "reindex from [a] to [b]";
  info.start_time_millis = 1'790'000'000'000;
  info.running_nanos = 81'230'011;
  info.cancellable = true;
  info.cancelled = true;
  info.parent = {"node-b", 7};
  auto origin = std::make_shared<tasks::Origin>();
  origin->headers = {{"X-Opaque-Id", "job-7"}};
  origin->user = "ann";
  info.origin = origin;
  info.cancellation_time_millis = 1'790'000'000'500;
  info.resources = tasks::TaskInfo::Resources{10, 20, 1, 1};
  info.not_cancellable_because = "why not";
  info.phase = "prepare";
  info.waits_on = "journal";
  info.unit = "operations";
  info.done = 3;
  info.total = 9;
  info.checkpoint_age_nanos = 55;
  info.longest_gap_nanos = 66;
  info.stop = tasks::Stop{tasks::StopCause::kClientGone, "channel closed", "ann", 99, 0};
  info.stopping_for_nanos = 77;
  info.outcome = tasks::Outcome::kCancelled;
  info.completed_despite_cancel = true;
  info.error = "oh";
  return info;
}

std::string Json(const tasks::TaskInfo& info, const TaskView& view) {
  std::string text;
  base::json::CompactWriter out(text);
  WriteTask(out, info, view);
  return text;
}

TEST(TaskCodecTest, APageArrivesAsItWasSent) {
  TaskPage page;
  page.tasks = {Full(), tasks::TaskInfo()};
  page.failures.push_back({{"node-a", 5}, base::IllegalArgument("no")});
  page.node_failure = TimedOutWaitingFor({"node-a", 6});
  page.next = Cursor{.shard = 3, .after = 77};
  const auto read = DecodePage(Encode(page));
  ASSERT_TRUE(read.ok());
  const TaskView all{.human = true, .extended = true};
  ASSERT_EQ(read->tasks.size(), 2u);
  EXPECT_EQ(Json(read->tasks[0], all), Json(page.tasks[0], all));
  EXPECT_EQ(Json(read->tasks[1], all), Json(page.tasks[1], all));
  EXPECT_EQ(read->failures[0].id, page.failures[0].id);
  EXPECT_EQ(read->failures[0].why.reason(), "no");
  EXPECT_EQ(read->node_failure.reason(), page.node_failure.reason());
  EXPECT_EQ(read->next->shard, 3u);
  EXPECT_EQ(read->next->after, 77);
}

TEST(TaskCodecTest, AFailureKeepsItsCausesAndExtras) {
  const base::Status status = base::IllegalArgument("outer")
                                  .With("index", "x")
                                  .CausedBy(base::Status(404, "index_not_found_exception", "inner")
                                                .CausedBy(base::NumberFormat("y")));
  std::string bytes;
  PutStatus(bytes, status);
  bulk::WireReader in(bytes);
  const base::Status read = ReadStatus(in);
  std::string sent, came;
  base::json::CompactWriter sent_out(sent), came_out(came);
  base::WriteError(sent_out, status);
  base::WriteError(came_out, read);
  EXPECT_EQ(came, sent);
  EXPECT_TRUE(in.done());
}

TEST(TaskCodecTest, AQuestionArrivesAsItWasSent) {
  NodeQuestion question;
  question.filter.actions = {"a*", ""};
  question.filter.parent = {"n", -2};
  question.filter.description = "d";
  question.filter.x_opaque_id = "x";
  question.filter.index = "i";
  question.filter.user = "u";
  question.filter.min_running_nanos = 5;
  question.filter.background = false;
  question.detailed = question.wait = true;
  question.wait_millis = -1;
  question.cursor = {.shard = 63, .after = 1'000'000};
  const auto read = DecodeQuestion(Encode(question));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(Encode(*read), Encode(question));
}

TEST(TaskCodecTest, CutAndGarbledBytesAreRefused) {
  TaskPage page;
  page.tasks = {Full()};
  page.failures.push_back({{"node-a", 5}, base::IllegalArgument("no")});
  const std::string bytes = Encode(page);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(DecodePage(bytes.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(DecodePage(bytes + "x").ok());
  EXPECT_FALSE(DecodeQuestion("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").ok());
}

TEST(TaskJsonTest, KeysStandInOpenSearchsOrder) {
  tasks::TaskInfo info = Full();
  EXPECT_EQ(Json(info, {}),
            R"({"node":"node-a","id":812,"type":"transport","action":"indices:data/write/reindex",)"
            R"("status":{"total":9000},"description":"reindex from [a] to [b]",)"
            R"("start_time_in_millis":1790000000000,"running_time_in_nanos":81230011,)"
            R"("cancellable":true,"cancelled":true,"parent_task_id":"node-b:7",)"
            R"("headers":{"X-Opaque-Id":"job-7"},)"
            R"("resource_stats":{"average":{"cpu_time_in_nanos":10,"memory_in_bytes":20},)"
            R"("total":{"cpu_time_in_nanos":10,"memory_in_bytes":20},)"
            R"("min":{"cpu_time_in_nanos":10,"memory_in_bytes":20},)"
            R"("max":{"cpu_time_in_nanos":10,"memory_in_bytes":20},)"
            R"("thread_info":{"thread_executions":1,"active_threads":1}},)"
            R"("cancellation_time_millis":1790000000500})");
}

// B12: an instant is printed as an instant.
TEST(TaskJsonTest, B12HumanCancellationTimeIsAnInstant) {
  const std::string text = Json(Full(), {.human = true});
  EXPECT_NE(
      text.find(R"("cancellation_time":"2026-09-21T14:13:20.500Z","cancellation_time_millis":)"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("start_time":"2026-09-21T14:13:20.000Z","start_time_in_millis":)"),
            std::string::npos);
  EXPECT_NE(text.find(R"("running_time":"81.2ms","running_time_in_nanos":)"), std::string::npos);
}

// B29: a cancel answers with status and description, so that nobody must list first.
TEST(TaskJsonTest, B29ACancelShowsTheStatusOfKindsThatHaveNone) {
  tasks::TaskInfo info;
  info.id = {"n", 1};
  info.action = "indices:data/write/bulk";
  info.cancelled = true;
  TaskView view{.cancel_answer = true};
  EXPECT_NE(Json(info, view).find(R"("action":"indices:data/write/bulk","status":"cancelled",)"),
            std::string::npos);
  view.cancel_status = StatusFormat::kObject;
  EXPECT_NE(Json(info, view).find(R"("status":{"state":"cancelled"})"), std::string::npos);
  view.cancel_status = StatusFormat::kNone;
  EXPECT_EQ(Json(info, view).find("status"), std::string::npos);
  info.status = R"({"phase":"primary"})";
  EXPECT_EQ(Json(info, view).find("status"), std::string::npos);
  view.cancel_status = StatusFormat::kString;
  EXPECT_NE(Json(info, view).find(R"("status":{"phase":"primary"})"), std::string::npos);
  info.status.reset();
  info.cancelled = false;
  EXPECT_EQ(Json(info, view).find("status"), std::string::npos) << "a dry run cancels nothing";
}

TEST(TaskJsonTest, ExtendedTellsWhereTheTaskIsAndWhoStoppedIt) {
  const std::string text = Json(Full(), {.resources = false, .extended = true});
  EXPECT_NE(text.find(R"("class":"background","phase":"prepare","waits_on":"journal",)"
                      R"("progress":{"done":3,"total":9,"unit":"operations"},)"
                      R"("checkpoint_age_in_nanos":55,"longest_checkpoint_gap_in_nanos":66,)"
                      R"("cancellation":{"cause":"client_gone","reason":"channel closed",)"
                      R"("by":"ann","at_millis":99,"stopping_for_nanos":77},)"
                      R"("outcome":"cancelled","completed_despite_cancel":true,"error":"oh"})"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace actions::tasks_list
