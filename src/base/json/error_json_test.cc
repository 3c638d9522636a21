#include "base/json/error_json.h"

#include <gtest/gtest.h>

#include "base/json/compact_writer.h"

namespace base {
namespace {

std::string ErrorText(const Status& status) {
  std::string text;
  json::CompactWriter writer(text);
  WriteError(writer, status);
  return text;
}

Status NoSuchIndex() {
  return Status(404, "index_not_found_exception", "no such index [.tasks]")
      .With("index", ".tasks")
      .With("resource.id", ".tasks")
      .With("index_uuid", "_na_");
}

TEST(ErrorJson, IsItsOwnRootWithoutACause) {
  EXPECT_EQ(ErrorText(IllegalArgument("malformed task id abc")),
            R"({"error":{"root_cause":[{"type":"illegal_argument_exception",)"
            R"("reason":"malformed task id abc"}],"type":"illegal_argument_exception",)"
            R"("reason":"malformed task id abc"},"status":400})");
}

TEST(ErrorJson, HasTheInnermostOfOurKindsAsRootWithItsExtras) {
  const std::string cause =
      R"("type":"index_not_found_exception","reason":"no such index [.tasks]")"
      R"(,"index":".tasks","resource.id":".tasks","index_uuid":"_na_")";
  EXPECT_EQ(ErrorText(ResourceNotFound("outer").CausedBy(
                ResourceNotFound("inner").CausedBy(NoSuchIndex()))),
            R"({"error":{"root_cause":[{)" + cause +
                R"(}],"type":"resource_not_found_exception","reason":"outer","caused_by":{)"
                R"("type":"resource_not_found_exception","reason":"inner","caused_by":{)" +
                cause + R"(}}},"status":404})");
}

TEST(ErrorJson, LeavesTheOuterAsRootOfAForeignCause) {
  EXPECT_EQ(ErrorText(IllegalArgument("malformed").CausedBy(NumberFormat("abc"))),
            R"({"error":{"root_cause":[{"type":"illegal_argument_exception",)"
            R"("reason":"malformed"}],"type":"illegal_argument_exception","reason":"malformed",)"
            R"("caused_by":{"type":"number_format_exception",)"
            R"("reason":"For input string: \"abc\""}},"status":400})");
}

TEST(ErrorJson, LooksNoFurtherBelowAForeignFailure) {
  const Status script(400, "script_exception", "compile error");
  const Status failed = IllegalArgument("failed to execute script").CausedBy(script);
  EXPECT_EQ(RootCause(failed).type(), "illegal_argument_exception");
  const Status mapping(400, "mapper_parsing_exception", "failed to parse");
  EXPECT_EQ(RootCause(mapping.CausedBy(IllegalArgument("x"))).type(), "mapper_parsing_exception");
}

TEST(ErrorJson, FollowsParseErrorsToTheInnermost) {
  const Status outer(400, "x_content_parse_exception", "[1:2] outer");
  const Status inner(400, "x_content_parse_exception", "[1:9] inner");
  EXPECT_EQ(RootCause(outer.CausedBy(inner)).reason(), "[1:9] inner");
  const Status parsing(400, "parsing_exception", "ours");
  EXPECT_EQ(RootCause(parsing.CausedBy(inner)).reason(), "ours");
}

TEST(ErrorJson, TakesRootCausesThatAreGiven) {
  const Status status = Status(400, "search_phase_execution_exception", "all shards failed")
                            .With("phase", "query")
                            .With("grouped", "true", true)
                            .With("root_cause", R"([{"type":"a"},{"type":"b"}])", true);
  EXPECT_EQ(ErrorText(status),
            R"({"error":{"root_cause":[{"type":"a"},{"type":"b"}],)"
            R"("type":"search_phase_execution_exception","reason":"all shards failed",)"
            R"("phase":"query","grouped":true},"status":400})");
}

TEST(ErrorJson, EndsEachFailureWithATraceIfAsked) {
  std::string text;
  json::CompactWriter writer(text);
  WriteError(writer, ResourceNotFound("outer").CausedBy(Status(404, "inner_exception", "inner")),
             Traces::kWrite);
  EXPECT_EQ(text, R"({"error":{"root_cause":[{"type":"inner_exception","reason":"inner",)"
                  R"("stack_trace":"inner_exception[inner]"}],)"
                  R"("type":"resource_not_found_exception","reason":"outer","caused_by":{)"
                  R"("type":"inner_exception","reason":"inner",)"
                  R"("stack_trace":"inner_exception[inner]"},)"
                  R"("stack_trace":"resource_not_found_exception[outer]\nCaused by: )"
                  R"(inner_exception[inner]"},"status":404})");
}

TEST(Exception, IsBare) {
  std::string text;
  json::CompactWriter writer(text);
  WriteException(writer, NoSuchIndex().CausedBy(NumberFormat("1")));
  EXPECT_EQ(
      text,
      R"({"type":"index_not_found_exception","reason":"no such index [.tasks]",)"
      R"("index":".tasks","resource.id":".tasks","index_uuid":"_na_",)"
      R"("caused_by":{"type":"number_format_exception","reason":"For input string: \"1\""}})");
}

}  // namespace
}  // namespace base
