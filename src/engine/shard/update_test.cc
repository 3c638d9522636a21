#include "engine/shard/update.h"

#include <gtest/gtest.h>

#include "support/lone_task.h"

namespace engine {
namespace {

Documents::Document Present(std::string source, std::string routing = "") {
  return {.state = {.exists = true, .seq_no = 5, .version = 2, .primary_term = 1},
          .routing = std::move(routing),
          .source = std::move(source)};
}

base::Result<Updated> Resolve(std::string_view body, Documents::Document present = {},
                              std::string_view routing = "") {
  LoneTask task;
  return ResolveUpdate(task,
                       {.type = OpType::kUpdate, .id = "a", .routing = routing, .source = body},
                       std::move(present));
}

std::string Source(std::string_view body, Documents::Document present = {}) {
  const auto updated = Resolve(body, std::move(present));
  return updated.ok() ? updated->source : updated.status().reason();
}

TEST(Update, MergesObjectsAndReplacesTheRest) {
  EXPECT_EQ(Source(R"({"doc":{"a":{"y":2},"l":[3],"n":null}})",
                   Present(R"({"a":{"x":1},"l":[1,2],"k":12345678901234567890,"n":1})")),
            R"({"a":{"x":1,"y":2},"l":[3],"k":12345678901234567890,"n":null})");
}

TEST(Update, OfWhatIsThereAlreadyIsANoop) {
  const auto updated = Resolve(R"({"doc":{"a":1}})", Present(R"({ "a": 1 })"));
  ASSERT_TRUE(updated.ok());
  EXPECT_EQ(updated->kind, Updated::Kind::kNoop);
  EXPECT_EQ(updated->source, R"({ "a": 1 })") << "byte for byte what is there";
}

TEST(Update, WritesEvenTheSameIfNoopsAreNotDetected) {
  const auto updated = Resolve(R"({"doc":{"a":1},"detect_noop":false})", Present(R"({"a":1})"));
  ASSERT_TRUE(updated.ok());
  EXPECT_EQ(updated->kind, Updated::Kind::kIndex);
  EXPECT_EQ(updated->source, R"({"a":1})");
}

TEST(Update, OfAMissingDocumentIsRefusedUnlessItSaysWhatToPutThere) {
  const auto missing = Resolve(R"({"doc":{"a":1}})");
  EXPECT_EQ(missing.status().http_status(), 404);
  EXPECT_EQ(missing.status().type(), "document_missing_exception");
  EXPECT_EQ(missing.status().reason(), "[a]: document missing");

  const auto upsert = Resolve(R"({"doc":{"a":1},"upsert":{"b":2}})");
  ASSERT_TRUE(upsert.ok());
  EXPECT_EQ(upsert->kind, Updated::Kind::kCreate);
  EXPECT_EQ(upsert->source, R"({"b":2})");
  EXPECT_EQ(Source(R"({"doc":{"a":1},"doc_as_upsert":true})"), R"({"a":1})");
}

TEST(Update, OfADeletedDocumentCreatesIt) {
  Documents::Document deleted;
  deleted.state = {.exists = true, .deleted = true, .seq_no = 5, .version = 2, .primary_term = 1};
  EXPECT_EQ(Resolve(R"({"doc":{},"upsert":{}})", std::move(deleted))->kind, Updated::Kind::kCreate);
}

TEST(Update, TakesNoUpsertWhereADocumentIs) {
  EXPECT_EQ(Source(R"({"doc":{"a":1},"upsert":{"b":2}})", Present("{}")), R"({"a":1})");
}

TEST(Update, KeepsTheRoutingOfTheDocument) {
  EXPECT_EQ(Resolve(R"({"doc":{"a":1}})", Present("{}", "r"))->routing, "r");
  EXPECT_EQ(Resolve(R"({"doc":{"a":1}})", Present("{}", "r"), "s")->routing, "s");
  EXPECT_EQ(Resolve(R"({"doc":{},"doc_as_upsert":true})", {}, "s")->routing, "s");
}

TEST(Update, RefusesScriptsInPlainWords) {
  for (const char* body :
       {R"({"script":"ctx._source.a++"})", R"({"scripted_upsert":true,"script":{},"upsert":{}})"}) {
    const auto refused = Resolve(body, Present("{}"));
    EXPECT_EQ(refused.status().type(), "illegal_argument_exception");
    EXPECT_NE(refused.status().reason().find("scripts cannot be run"), std::string::npos);
  }
}

TEST(Update, NamesWhatIsWrongWithItsBody) {
  EXPECT_EQ(Source(R"({"doc":{},"foo":1})"), "[1:17] [UpdateRequest] unknown field [foo]");
  EXPECT_EQ(Source(R"({"doc":1})"), "[1:8] [UpdateRequest] doc must be an object");
  EXPECT_EQ(Source(R"([1])"), "[1:1] [UpdateRequest] Expected START_OBJECT");
  EXPECT_EQ(Source(R"({"upsert":{}})"), "Validation Failed: 1: script or doc is missing;");
  EXPECT_EQ(Source(R"({"doc_as_upsert":true})"),
            "Validation Failed: 1: doc must be specified if doc_as_upsert is enabled;");
  EXPECT_FALSE(Resolve(R"({"doc":)").ok());
}

TEST(Update, IsHeldAgainstTheSequenceNumberItNames) {
  LoneTask task;
  const auto updated = ResolveUpdate(task,
                                     {.type = OpType::kUpdate,
                                      .id = "a",
                                      .source = R"({"doc":{}})",
                                      .if_seq_no = 4,
                                      .if_primary_term = 1},
                                     Present("{}"));
  EXPECT_EQ(updated.status().http_status(), 409);
}

TEST(Update, ObeysAStop) {
  LoneTask task;
  task.Stop();
  const auto updated = ResolveUpdate(
      task, {.type = OpType::kUpdate, .id = "a", .source = R"({"doc":{}})"}, Present("{}"));
  EXPECT_EQ(updated.status().code(), base::Code::kCancelled);
}

}  // namespace
}  // namespace engine
