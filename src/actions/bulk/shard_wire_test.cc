#include "actions/bulk/shard_wire.h"

#include <gtest/gtest.h>

#include "actions/bulk/item.h"
#include "actions/bulk/results.h"

namespace actions::bulk {
namespace {

using base::Status;
using engine::Operation;
using engine::OperationResult;
using tasks::UnitOutcome;

std::string Chunk(const std::vector<Operation>& operations) {
  std::string chunk;
  for (const Operation& op : operations) {
    AppendOperation(op, op.source.size(), chunk);
    chunk += op.source;
  }
  return chunk;
}

TEST(ShardWire, CarriesOperationsWithAllTheyAskFor) {
  Operation rich{.type = engine::OpType::kUpdate, .id = "1", .routing = "r", .source = "{}"};
  rich.version = 7;
  rich.version_type = engine::VersionType::kExternalGte;
  rich.if_seq_no = 12;
  rich.if_primary_term = 3;
  rich.retry_on_conflict = 4;
  rich.want_source = true;
  rich.missing_pipeline = "p";
  Operation plain{.id = "generated", .source = "{\"a\":1}"};
  plain.generated_id = true;
  const std::string chunk = Chunk({rich, plain});
  std::vector<Operation> read;
  ASSERT_TRUE(ReadOperations(chunk, read).ok());
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].routing, "r");
  EXPECT_EQ(read[0].version_type, engine::VersionType::kExternalGte);
  EXPECT_EQ(read[0].version + read[0].if_seq_no + read[0].if_primary_term, 22);
  EXPECT_EQ(read[0].retry_on_conflict, 4);
  EXPECT_TRUE(read[0].want_source);
  EXPECT_EQ(read[0].missing_pipeline, "p");
  EXPECT_EQ(read[1].source, "{\"a\":1}");
  EXPECT_TRUE(read[1].generated_id);
  EXPECT_EQ(read[1].version, engine::kAnyVersion);
  EXPECT_EQ(read[1].missing_pipeline, "");
}

TEST(ShardWire, RefusesTornMessages) {
  const std::string chunk = Chunk({{.id = "one", .source = "{\"a\":1}"}});
  std::vector<Operation> read;
  for (std::size_t size = 1; size < chunk.size(); ++size) {
    EXPECT_FALSE(ReadOperations(chunk.substr(0, size), read).ok()) << size;
  }
  const std::string head = ShardRequest{.index = "src", .index_uuid = "u", .chunk = "c"}.Encode();
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_FALSE(ShardRequest::Decode(head.substr(0, size)).ok()) << size;
  }
  const std::string results =
      EncodeResults(0, std::vector<OperationResult>{{.error = base::IllegalArgument("no")}, {}});
  for (std::size_t size = 0; size < results.size(); ++size) {
    EXPECT_FALSE(DecodeResults(results.substr(0, size)).ok()) << size;
  }
}

TEST(ShardWire, DescribesAPartAsOpenSearchDoes) {
  ShardRequest request{.index = "src", .shard = 2, .operations = 3};
  EXPECT_EQ(request.Description(), "requests[3], index[src][2]");
  request.refresh = Refresh::kImmediate;
  EXPECT_EQ(request.Description(), "requests[3], index[src][2], refresh[IMMEDIATE]");
  request.refresh = Refresh::kWaitUntil;
  EXPECT_EQ(request.Description(), "requests[3], index[src][2], refresh[WAIT_UNTIL]");
}

TEST(ShardWire, CarriesResultsAndFailuresWithTheirCauses) {
  const Status failure = Status(400, "mapper_parsing_exception", "failed to parse")
                             .With("index", "src")
                             .With("grouped", "true", true)
                             .CausedBy(base::IllegalArgument("why"));
  std::vector<OperationResult> results(4);
  results[0] = {.outcome = UnitOutcome::kDone,
                .result = engine::OpResult::kCreated,
                .seq_no = 41,
                .version = 1,
                .primary_term = 2};
  results[1].error = results[2].error = failure;
  results[3] = {.outcome = UnitOutcome::kUnknown,
                .result = engine::OpResult::kNone,
                .seq_no = -2,
                .version = -1,
                .primary_term = 0,
                .error = {},
                .source = "{\"s\":1}"};
  const auto read = DecodeResults(EncodeResults(200, results));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->first, 200u);
  EXPECT_EQ(read->results[0].seq_no, 41);
  EXPECT_EQ(read->results[0].primary_term, 2);
  EXPECT_EQ(read->results[2].error.cause()->reason(), "why");
  EXPECT_EQ(read->results[2].error.extras()[1].value, "true");
  EXPECT_EQ(read->results[3].outcome, UnitOutcome::kUnknown);
  EXPECT_EQ(read->results[3].source, "{\"s\":1}");
}

TEST(ShardWire, TellsFailuresApartThatDifferInOnePart) {
  const Status base(400, "mapper_parsing_exception", "failed to parse field [g]");
  const Status failures[] = {
      base,
      base.CausedBy(base::IllegalArgument("illegal latitude value [91.0] for g")),
      base.CausedBy(base::IllegalArgument("illegal longitude value [181.0] for g")),
      base.CausedBy(base::IllegalArgument("one").CausedBy(base::IllegalArgument("deep"))),
      base.CausedBy(base::IllegalArgument("one").CausedBy(base::IllegalArgument("deeper"))),
      base.With("shard", "0"),
      base.With("shard", "1"),
      Status(409, "mapper_parsing_exception", "failed to parse field [g]"),
      base,
  };
  std::vector<OperationResult> results;
  for (const Status& failure : failures) {
    results.push_back({.error = failure});
    results.push_back({.error = failure});
  }
  results.push_back({.outcome = UnitOutcome::kDone, .seq_no = 7});
  const auto read = DecodeResults(EncodeResults(0, results));
  ASSERT_TRUE(read.ok());
  for (std::size_t i = 0; i + 1 < results.size(); ++i) {
    std::string sent, received;
    PutStatus(sent, results[i].error);
    PutStatus(received, read->results[i].error);
    EXPECT_EQ(sent, received) << i;
  }
  EXPECT_TRUE(read->results.back().error.ok());
  EXPECT_EQ(read->results.back().seq_no, 7);
}

TEST(ShardWire, SendsAFailureThatRepeatsOnce) {
  const Status failure = base::IllegalArgument("why").CausedBy(base::Rejected("full"));
  const std::string once = EncodeResults(0, std::vector<OperationResult>{{.error = failure}});
  const std::string many = EncodeResults(0, std::vector<OperationResult>(50, {.error = failure}));
  EXPECT_EQ(many.size(), once.size() + 49);
}

TEST(Results, KeepWhatIsRareBeside) {
  Results results;
  results.Resize(4);
  results.Set(0, {.outcome = UnitOutcome::kDone,
                  .result = engine::OpResult::kUpdated,
                  .seq_no = 5'000'000'000,
                  .version = 5'000'000'000,
                  .primary_term = 300});
  results.Set(1, {.outcome = UnitOutcome::kDone,
                  .result = engine::OpResult::kUpdated,
                  .seq_no = 6,
                  .version = 2,
                  .primary_term = 1,
                  .error = {},
                  .source = "{}"});
  results.SetFailure(2, UnitOutcome::kNotDone, base::IllegalArgument("no"));
  EXPECT_EQ(results.Get(0).version, 5'000'000'000);
  EXPECT_EQ(results.Get(0).primary_term, 300);
  EXPECT_EQ(results.Get(1).source, "{}");
  EXPECT_EQ(results.Get(2).error.reason(), "no");
  EXPECT_FALSE(results.settled(3));
}

TEST(Results, KeepOneFailureOnce) {
  Results results;
  results.Resize(100'000);
  const std::size_t before = results.memory_bytes();
  for (std::size_t i = 0; i < 100'000; ++i) {
    results.SetFailure(i, UnitOutcome::kNotDone, base::Rejected("the disk is full"));
  }
  EXPECT_LT(results.memory_bytes() - before, 1000u);
}

TEST(Results, BoundTheMemoryOfFailuresThatAllDiffer) {
  Results results;
  results.Resize(100'000);
  const std::size_t before = results.memory_bytes();
  for (std::size_t i = 0; i < 100'000; ++i) {
    results.SetFailure(
        i, UnitOutcome::kNotDone,
        Status(400, "mapper_parsing_exception", std::to_string(i) + std::string(500, 'x')));
  }
  EXPECT_LT(results.memory_bytes() - before, 2 * Results::kFullErrorBytes);
  EXPECT_EQ(results.Get(99'999).error.type(), "mapper_parsing_exception");
  EXPECT_TRUE(results.Get(0).error.reason().starts_with("0xxx"));
}

TEST(Extra, IsKeptWhole) {
  Extra extra;
  EXPECT_TRUE(extra.empty());
  extra.routing = "r";
  extra.pipeline = "p";
  extra.version = -4;
  extra.version_type = engine::VersionType::kExternal;
  extra.if_seq_no = 0;
  extra.if_primary_term = 1;
  extra.retry_on_conflict = 9;
  extra.require_alias = false;
  extra.source = 3;
  const std::string bytes = extra.Encode();
  const Extra read = Extra::Decode(bytes);
  EXPECT_EQ(read.routing, "r");
  EXPECT_EQ(read.pipeline, "p");
  EXPECT_EQ(read.version, -4);
  EXPECT_EQ(read.version_type, engine::VersionType::kExternal);
  EXPECT_EQ(read.if_seq_no + read.if_primary_term + read.retry_on_conflict, 10);
  EXPECT_EQ(read.require_alias, false);
  EXPECT_EQ(read.source, 3u);
}

}  // namespace
}  // namespace actions::bulk
