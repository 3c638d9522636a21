#include "actions/bulk/ndjson_parser.h"

#include <gtest/gtest.h>

namespace actions::bulk {
namespace {

using base::Status;
using engine::OpType;

class Ndjson : public testing::Test {
 protected:
  Ndjson() { params_.index = "src"; }

  Status Parse(std::string_view text, std::size_t step = SIZE_MAX) {
    body_ = std::make_unique<Body>(options_);
    NdjsonParser parser(*body_, params_);
    for (std::size_t i = 0; i < text.size(); i += std::min(step, text.size())) {
      RETURN_IF_ERROR(parser.Feed(text.substr(i, step)));
    }
    RETURN_IF_ERROR(parser.Finish());
    return body_->Validate();
  }
  std::string Refusal(std::string_view text) {
    const Status status = Parse(text);
    EXPECT_EQ(status.http_status(), 400) << text;
    return status.type() + ": " + status.reason();
  }
  std::string Document(std::size_t i) {
    std::string text;
    SpillReader(body_->bytes())
        .AppendTo(body_->item(i).document, body_->item(i).document_size, text)
        .Ignore();
    return text;
  }
  std::string Id(std::size_t i) {
    SpillReader reader(body_->bytes());
    std::string scratch;
    return std::string(*body_->Id(body_->item(i), reader, scratch));
  }
  std::string Index(std::size_t i) { return body_->indices()[body_->item(i).index]; }

  const SpillBuffer::Options options_;
  BulkParams params_;
  std::unique_ptr<Body> body_;
};

constexpr std::string_view kAll =
    "{\"index\":{\"_id\":\"1\"}}\n{\"n\":1}\n"
    "\n"
    "{ \"create\" : { \"_index\" : \"dst\", \"_id\" : 2 } }\r\n{\"n\":2}\r\n"
    "{\"delete\":{\"_id\":\"a\\u00e9\"}}\n"
    "{\"update\":{\"_id\":\"4\",\"retry_on_conflict\":3,\"routing\":\"r\"}}\n{\"doc\":{}}\n"
    "{\"index\":{}}\n\n";

TEST_F(Ndjson, PassesOverAByteOrderMarkOfALine) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string text = mark + "{\"index\":{\"_id\":\"1\"}}\n" + mark + "{\"n\":1}\r\n" + mark +
                           "{\"index\":{\"_id\":\"2\"}}\n{\"n\":2}\n" +
                           "{\"index\":{\"_id\":\"3\"}}\n" + mark + mark + "{}\n" +
                           "{\"index\":{\"_id\":\"4\"}}\n" + mark + "\n" +
                           "{\"index\":{\"_id\":\"5\"}}\n\xef\xbb{}\n";
  for (const std::size_t step : {1, 2, 3, 5, 1000}) {
    const Status status = Parse(text, step);
    ASSERT_TRUE(status.ok()) << status.reason();
    ASSERT_EQ(body_->size(), 5u);
    EXPECT_EQ(Id(0) + Id(1), "12") << step;
    EXPECT_EQ(Document(0), "{\"n\":1}") << step;
    EXPECT_EQ(Document(1), "{\"n\":2}") << step;
    EXPECT_EQ(Document(2), mark + "{}") << "only one";
    EXPECT_EQ(Document(3), mark) << "there is nothing to pass over to";
    EXPECT_EQ(Document(4), "\xef\xbb{}") << "no mark";
  }
  EXPECT_EQ(Refusal(mark + mark + "{\"delete\":{\"_id\":\"1\"}}\n").substr(0, 20),
            "json_parse_exception");
}

TEST_F(Ndjson, IsReadAlikeInPiecesOfAnySize) {
  for (const std::size_t step : {1, 2, 3, 7, 64, 1000}) {
    const Status status = Parse(kAll, step);
    ASSERT_TRUE(status.ok()) << status.reason();
    ASSERT_EQ(body_->size(), 5u);
    EXPECT_EQ(body_->item(0).type, OpType::kIndex);
    EXPECT_EQ(Id(0) + Document(0) + Index(0), "1{\"n\":1}src");
    EXPECT_EQ(body_->item(1).type, OpType::kCreate);
    EXPECT_EQ(Id(1) + Document(1) + Index(1), "2{\"n\":2}dst") << "a carriage return is no part";
    EXPECT_EQ(body_->item(2).type, OpType::kDelete);
    EXPECT_EQ(Id(2) + Document(2), "a\xc3\xa9");
    EXPECT_EQ(body_->item(3).type, OpType::kUpdate);
    const Extra extra = body_->ExtraOf(body_->item(3));
    EXPECT_EQ(extra.retry_on_conflict, 3);
    EXPECT_EQ(extra.routing, "r");
    EXPECT_EQ(Document(4), "") << "a blank line is a document where one is due";
  }
}

TEST_F(Ndjson, NeedsANewlineAtItsEnd) {
  EXPECT_EQ(Refusal("{\"delete\":{\"_id\":\"1\"}}"),
            "illegal_argument_exception: The bulk request must be terminated by a newline [\\n]");
  EXPECT_EQ(Refusal("{\"index\":{}}\n{\"n\":1}"),
            "illegal_argument_exception: The bulk request must be terminated by a newline [\\n]");
}

TEST_F(Ndjson, OfNothingIsRefused) {
  EXPECT_EQ(Refusal(""), "parse_exception: request body is required");
  const std::string none =
      "action_request_validation_exception: Validation Failed: 1: no requests added;";
  EXPECT_EQ(Refusal("\n\n \n"), none);
  EXPECT_EQ(Refusal("{\"index\":{}}\n"), none) << "an action without its document";
}

TEST_F(Ndjson, NamesTheLineOfABadAction) {
  const std::string bad = "illegal_argument_exception: Malformed action/metadata line ";
  EXPECT_EQ(Refusal("{\"delete\":{\"_id\":\"1\"}}\n\n{\"a\":{}}\n"),
            bad + "[3], expected one of [create, delete, index, update] but found [a]");
  EXPECT_EQ(Refusal("[1]\n"), bad + "[1], expected START_OBJECT but found [START_ARRAY]");
  EXPECT_EQ(Refusal("\"x\"\n"), bad + "[1], expected START_OBJECT but found [VALUE_STRING]");
  EXPECT_EQ(Refusal("{}\n"), bad + "[1], expected FIELD_NAME but found [END_OBJECT]");
  EXPECT_EQ(Refusal("{\"index\":[]}\n"),
            bad + "[1], expected START_OBJECT or END_OBJECT but found [START_ARRAY]");
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":[1]}}\n"),
            bad + "[1], expected a simple value for field [_id] but found [START_ARRAY]");
  EXPECT_EQ(Refusal("{\"index\":{\"bad\":1}}\n"),
            "illegal_argument_exception: Action/metadata line [1] contains an unknown parameter "
            "[bad]");
  EXPECT_EQ(Refusal("{\"index\":{\"_type\":\"_doc\"}}\n"),
            "illegal_argument_exception: Action/metadata line [1] contains an unknown parameter "
            "[_type]");
  EXPECT_TRUE(Refusal("{\"index\":{\"_id\":\"1}}\n").starts_with("json_"));
  EXPECT_TRUE(Refusal("{\"index\" {}}\n").starts_with("json_"));
  EXPECT_TRUE(Refusal("nonsense\n").starts_with("json_"));
}

TEST_F(Ndjson, CollectsWhatValidationSays) {
  params_.index = "";
  EXPECT_EQ(Refusal("{\"delete\":{}}\n{\"index\":{\"_index\":\"a\"}}\n{}\n"),
            "action_request_validation_exception: Validation Failed: 1: index is missing;2: id is "
            "missing;");
  params_.index = "src";
  const auto validation = [](const std::string& text) {
    return "action_request_validation_exception: Validation Failed: 1: " + text + ";";
  };
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"" + std::string(513, 'x') + "\"}}\n{}\n"),
            validation("id [" + std::string(513, 'x') +
                       "] is too long, must be no longer than 512 bytes but was: 513"));
  EXPECT_EQ(Refusal("{\"create\":{\"_id\":\"1\",\"version\":3}}\n{}\n"),
            validation("create operations do not support explicit versions. use index instead"));
  EXPECT_EQ(
      Refusal("{\"create\":{\"_id\":\"1\",\"version\":3,\"version_type\":\"external\"}}\n{}\n"),
      validation("create operations only support internal versioning. use index instead"));
  EXPECT_EQ(
      Refusal("{\"index\":{\"_id\":\"1\",\"version\":-1,\"version_type\":\"external\"}}\n{}\n"),
      validation("illegal version value [-1] for version type [EXTERNAL]"));
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"1\",\"if_seq_no\":3}}\n{}\n"),
            validation("ifSeqNo is set, but primary term is [0]"));
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"1\",\"if_primary_term\":3}}\n{}\n"),
            validation("ifSeqNo is unassigned, but primary term is [3]"));
}

TEST_F(Ndjson, RefusesNumbersThatCannotBe) {
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"1\",\"if_seq_no\":-5}}\n{}\n"),
            "illegal_argument_exception: sequence numbers must be non negative. got [-5].");
  EXPECT_EQ(Refusal("{\"update\":{\"_id\":\"1\",\"version\":5}}\n{}\n"),
            "illegal_argument_exception: Update requests do not support versioning. Please use "
            "`if_seq_no` and `if_primary_term` instead");
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"1\",\"version_type\":\"force\"}}\n{}\n"),
            "illegal_argument_exception: No version type match [force]");
  EXPECT_EQ(Refusal("{\"index\":{\"_id\":\"1\",\"version\":\"x\"}}\n{}\n"),
            "number_format_exception: For input string: \"x\"");
}

TEST_F(Ndjson, BoundsTheLengthOfAnActionLine) {
  const std::string text(NdjsonParser::kMaxActionLine + 2, '{');
  EXPECT_TRUE(Refusal(text).find("line [1], it is longer than") != std::string::npos);
}

TEST_F(Ndjson, ReadsALineAsFarAsItsMetadataAsOpenSearchDoes) {
  for (const char* behind : {", \"index\":{}}", "", "}", "} tail", "}}", "}{}", ",", ",\"a\":1"}) {
    const std::string line = std::string("{\"delete\":{\"_id\":\"}\"}") + behind;
    ASSERT_TRUE(Parse(line + "\n").ok()) << line;
    ASSERT_EQ(body_->size(), 1u) << line;
    EXPECT_EQ(Id(0), "}") << line;
  }
  for (const char* line : {"{\"delete\":{\"_id\":\"1\"", "{\"delete\"", "{\"delete\":}"}) {
    EXPECT_TRUE(Refusal(line + std::string("\n")).starts_with("json_")) << line;
  }
}

TEST_F(Ndjson, RefusesAKeyThatComesTwice) {
  for (const std::string name : {"_id", "_index", "routing", "version", "_source"}) {
    const std::string twice = "\"" + name + "\":null,\"" + name + "\":null";
    EXPECT_TRUE(Refusal("{\"delete\":{" + twice + "}}\n")
                    .starts_with("json_parse_exception: Duplicate field '" + name + "'\n at "));
  }
}

TEST_F(Ndjson, KeepsTheSourceFilterOfALine) {
  ASSERT_TRUE(
      Parse("{\"update\":{\"_id\":\"1\",\"_source\":{\"includes\":[\"a\"]}}}\n{\"doc\":{}}\n"
            "{\"update\":{\"_id\":\"1\",\"_source\":true}}\n{\"doc\":{}}\n")
          .ok());
  const auto& filters = body_->source_filters();
  EXPECT_EQ(filters[*body_->ExtraOf(body_->item(0)).source].includes,
            std::vector<std::string>{"a"});
  EXPECT_TRUE(filters[*body_->ExtraOf(body_->item(1)).source].includes.empty());
}

}  // namespace
}  // namespace actions::bulk
