#include "transport/internal/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::internal {
namespace {

using base::Code;
using base::Status;

Status ThereAndBack(const Status& status) {
  proto::Error error;
  Encode(status, error);
  return Decode(error);
}

TEST(Wire, AnErrorKeepsEverythingThatRestShows) {
  const Status sent = Status(404, "index_not_found_exception", "no such index [\xff]")
                          .With("index", "a")
                          .With("root_cause", "[1]", true)
                          .CausedBy(Status(Code::kOutcomeUnknown, "lost"));
  const Status got = ThereAndBack(sent);
  EXPECT_EQ(got.code(), Code::kFailed);
  EXPECT_EQ(got.http_status(), 404);
  EXPECT_EQ(got.type(), "index_not_found_exception");
  EXPECT_EQ(got.reason(), "no such index [\xff]");
  ASSERT_EQ(got.extras().size(), 2U);
  EXPECT_EQ(got.extras()[0].key, "index");
  EXPECT_FALSE(got.extras()[0].raw_json);
  EXPECT_TRUE(got.extras()[1].raw_json);
  ASSERT_NE(got.cause(), nullptr);
  EXPECT_EQ(got.cause()->code(), Code::kOutcomeUnknown);
}

TEST(Wire, WhatIsNoJsonIsShownAsText) {
  const Status sent = base::Internal("x").With("a", "{\"open\":", true);
  EXPECT_FALSE(ThereAndBack(sent).extras().at(0).raw_json);
}

TEST(Wire, CausesWithoutEndAreCutOff) {
  Status chain = base::Internal("root");
  for (int i = 0; i < 90; ++i) chain = base::Internal("above").CausedBy(chain);
  int depth = 0;
  const Status got = ThereAndBack(chain);
  for (const Status* cause = &got; cause != nullptr; cause = cause->cause()) ++depth;
  EXPECT_EQ(depth, 17);
}

TEST(Wire, AnErrorThatSaysItIsNoneIsOne) {
  proto::Error error;
  error.set_reason("odd");
  EXPECT_FALSE(Decode(error).ok());
  error.set_code(77);
  EXPECT_FALSE(Decode(error).ok());
}

TEST(Wire, AResultAccompaniesAnyOutcome) {
  proto::End cancelled;
  Encode(tasks::End(base::Cancelled("enough"), "wrote 3"), cancelled);
  const tasks::End got = Decode(std::move(cancelled));
  EXPECT_EQ(got.outcome, tasks::Outcome::kCancelled);
  EXPECT_EQ(got.result, "wrote 3");
  EXPECT_EQ(got.error.reason(), base::Cancelled("enough").reason());

  proto::End done;
  Encode(tasks::End(Status(), ""), done);
  const tasks::End empty = Decode(std::move(done));
  EXPECT_EQ(empty.outcome, tasks::Outcome::kDone);
  EXPECT_TRUE(empty.result.has_value());
}

TEST(Wire, AnEndSaysThatNothingBegan) {
  proto::End end;
  Encode(tasks::End::NeverBegan(base::Rejected("full")), end);
  EXPECT_TRUE(Decode(std::move(end)).never_began);
  proto::End done;
  done.set_never_began(true);
  EXPECT_FALSE(Decode(std::move(done)).never_began) << "what is done has begun";
}

TEST(Wire, AnEndWithoutSuccessHasAnError) {
  proto::End end;
  end.set_outcome(2);
  const tasks::End got = Decode(std::move(end));
  EXPECT_EQ(got.outcome, tasks::Outcome::kFailed);
  EXPECT_FALSE(got.error.ok());
}

tasks::StartRequest Request() {
  tasks::StartRequest request;
  request.action = "indices:data/write/bulk[s]";
  request.task_class = tasks::TaskClass::kBackground;
  request.parent = {"node-a", 7};
  request.origin = std::make_shared<tasks::Origin>(tasks::Origin{
      .headers = {{"X-Opaque-Id", "me"}}, .user = "ann", .remote_address = "127.0.0.1:9"});
  request.deadline_left_millis = 1500;
  request.incarnation = 42;
  request.token = {.task = {"node-a", 3}, .chunk = 2};
  request.payload = std::string("a\0b", 3);
  return request;
}

TEST(Wire, AStartCarriesAllThatTheChildMustKnow) {
  proto::Start start;
  Encode(Request(), start);
  const auto got = Decode(std::move(start));
  ASSERT_TRUE(got.ok()) << got.status().reason();
  const tasks::StartRequest& request = got->request;
  EXPECT_EQ(got->action, "indices:data/write/bulk[s]");
  EXPECT_EQ(request.task_class, tasks::TaskClass::kBackground);
  EXPECT_EQ(request.parent, (tasks::TaskId{"node-a", 7}));
  ASSERT_NE(request.origin, nullptr);
  EXPECT_EQ(request.origin->Header("X-Opaque-Id"), "me");
  EXPECT_EQ(request.origin->user, "ann");
  EXPECT_EQ(request.origin->remote_address, "127.0.0.1:9");
  EXPECT_EQ(request.deadline_left_millis, 1500);
  EXPECT_EQ(request.incarnation, 42U);
  EXPECT_EQ(request.token.task, (tasks::TaskId{"node-a", 3}));
  EXPECT_EQ(request.token.chunk, 2U);
  EXPECT_EQ(request.payload, std::string("a\0b", 3));
}

TEST(Wire, WithoutOriginAndDeadlineThereIsNone) {
  tasks::StartRequest request = Request();
  request.origin = nullptr;
  request.deadline_left_millis.reset();
  proto::Start start;
  Encode(std::move(request), start);
  const auto got = Decode(std::move(start));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->request.origin, nullptr);
  EXPECT_FALSE(got->request.deadline_left_millis.has_value());
}

TEST(Wire, WhatIsOutOfRangeIsRefusedByName) {
  const auto refusal = [](auto&& change) {
    proto::Start start;
    Encode(Request(), start);
    change(start);
    const auto got = Decode(std::move(start));
    return got.ok() ? std::string("accepted") : got.status().reason();
  };
  EXPECT_THAT(refusal([](auto& s) { s.clear_action(); }), testing::HasSubstr("an action"));
  EXPECT_THAT(refusal([](auto& s) { s.set_action(std::string(2000, 'x')); }),
              testing::HasSubstr("2000 bytes"));
  EXPECT_THAT(refusal([](auto& s) { s.set_task_class(9); }), testing::HasSubstr("number 9"));
  EXPECT_THAT(refusal([](auto& s) { s.mutable_parent()->set_number(-5); }),
              testing::HasSubstr("task id"));
  EXPECT_THAT(refusal([](auto& s) {
                for (int i = 0; i < 65; ++i) s.mutable_origin()->add_header();
              }),
              testing::HasSubstr("headers"));
}

TEST(Wire, AStopKeepsWhoAskedAndWhy) {
  proto::Stop stop;
  Encode(tasks::Stop{.cause = tasks::StopCause::kDeadline, .reason = "late", .by = "ann"}, stop);
  const auto got = Decode(stop);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->cause, tasks::StopCause::kDeadline);
  EXPECT_EQ(got->reason, "late");
  EXPECT_EQ(got->by, "ann");
  stop.set_cause(200);
  EXPECT_FALSE(Decode(stop).ok());
}

}  // namespace
}  // namespace transport::internal
