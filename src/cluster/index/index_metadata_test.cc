#include "cluster/index/index_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json/compact_writer.h"
#include "cluster/index/murmur3.h"
#include "cluster/settings/index_settings.h"
#include "support/lone_task.h"

namespace cluster {
namespace {

// What OpenSearch's Murmur3HashFunction says.
TEST(Murmur3, HashesCodeUnitsAsOpenSearchDoes) {
  EXPECT_EQ(Murmur3OfUtf16(""), 0);
  EXPECT_EQ(Murmur3OfUtf16("a"), 1867108634);
  EXPECT_EQ(Murmur3OfUtf16("ab"), 374890698);
  EXPECT_EQ(Murmur3OfUtf16("abc"), 1118836419);
  EXPECT_EQ(Murmur3OfUtf16("hello"), -675079799);
  EXPECT_EQ(Murmur3OfUtf16("hell"), 1510782915);
  EXPECT_EQ(Murmur3OfUtf16("hello world"), 1689409188);
  EXPECT_EQ(Murmur3OfUtf16("é"), 1105794559);
  EXPECT_EQ(Murmur3OfUtf16("日本"), -1532890893);
  EXPECT_EQ(Murmur3OfUtf16("😀x"), -996154910);
  EXPECT_EQ(Murmur3OfUtf16("0123456789abcdefghij"), 179718050);
  EXPECT_EQ(Murmur3OfUtf16("\xff"), Murmur3OfUtf16("\xef\xbf\xbd"));
}

TEST(IndexMetadata, SendsDocumentsToTheShardsOpenSearchSendsThemTo) {
  IndexMetadata index;
  index.number_of_shards = 5;
  EXPECT_EQ(index.ShardOf("1", ""), 4);
  EXPECT_EQ(index.ShardOf("2", ""), 3);
  EXPECT_EQ(index.ShardOf("foo", ""), 2);
  EXPECT_EQ(index.ShardOf("bar", ""), 3);
  EXPECT_EQ(index.ShardOf("x-y", ""), 0);
  EXPECT_EQ(index.ShardOf("é", ""), 4);
  EXPECT_EQ(index.ShardOf("anything", "foo"), 2);
}

TEST(IndexMetadata, SpreadsARoutingOverItsPartition) {
  IndexMetadata index;
  index.number_of_shards = 6;
  index.routing_slots = 12;
  index.routing_partition_size = 3;
  EXPECT_EQ(index.ShardOf("1", "u7"), 5);
  EXPECT_EQ(index.ShardOf("2", "u7"), 4);
  EXPECT_EQ(index.ShardOf("foo", "u7"), 5);
}

TEST(IndexMetadata, NeverLeavesItsShards) {
  for (int shards : {1, 2, 3, 5, 7, 512, 513, 1000, 1024}) {
    IndexMetadata index;
    index.number_of_shards = shards;
    for (int id = 0; id < 200; ++id) {
      const int shard = index.ShardOf(std::to_string(id), "");
      EXPECT_GE(shard, 0);
      EXPECT_LT(shard, shards);
    }
  }
}

TEST(IndexMetadata, IsTheSameAfterItWasKept) {
  IndexMetadata index;
  index.name = "logs-é";
  index.uuid = "u";
  index.creation_millis = 1'790'000'000'000;
  index.number_of_shards = 2;
  index.number_of_replicas = 0;
  index.settings = {{"index.priority", "3"}, {"index.query.default_field", R"(["a","b"])"}};
  index.mappings = R"({"properties":{"a":{"type":"long"}}})";
  index.aliases = {{"al", R"({"routing":"x"})"}};
  index.shard_nodes = {"n1", "n2"};
  index.shard_keys = {7, 8};
  index.primary_terms = {1, 4};
  index.routing_slots = 4;
  index.open = false;
  const auto again = IndexMetadata::Decode(index.Encode());
  ASSERT_TRUE(again.ok()) << again.status().reason();
  EXPECT_EQ((*again)->Encode(), index.Encode());
  EXPECT_EQ((*again)->settings, index.settings);
  EXPECT_EQ((*again)->shard_keys, index.shard_keys);
  EXPECT_FALSE((*again)->open);
}

TEST(IndexMetadata, KeepsTheMovesOfItsShards) {
  IndexMetadata index;
  index.number_of_shards = 2;
  index.shard_nodes = {"a", "b"};
  index.shard_keys = {1, 2};
  index.primary_terms = {1, 1};
  EXPECT_EQ(index.Encode().find("moves"), std::string::npos) << "as before there were any";
  index.moves[1] = {"a", 3};
  const auto read = IndexMetadata::Decode(index.Encode());
  ASSERT_TRUE(read.ok()) << read.status().reason();
  EXPECT_EQ((*read)->moves, index.moves);
  index.moves[2] = {"a", 4};
  EXPECT_FALSE(IndexMetadata::Decode(index.Encode()).ok()) << "of a shard that it does not have";
}

TEST(IndexMetadata, RefusesWhatWouldNotWork) {
  for (const char* bad : {"", "{}", "[]", "5", "{\"name\":5}"}) {
    EXPECT_FALSE(IndexMetadata::Decode(bad).ok()) << bad;
  }
  IndexMetadata index;
  index.number_of_shards = 2;
  index.shard_nodes = {"n1"};
  EXPECT_FALSE(IndexMetadata::Decode(index.Encode()).ok());
}

std::string NameProblem(const std::string& name) {
  const base::Status status = CheckIndexName(name);
  if (!status.ok()) {
    EXPECT_EQ(status.type(), "invalid_index_name_exception");
  }
  return status.reason();
}

TEST(IndexName, IsRefusedInOpenSearchsWords) {
  const std::string chars =
      "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]";
  EXPECT_EQ(NameProblem("logs-2026.11.24"), "");
  EXPECT_EQ(NameProblem(".tasks"), "");
  EXPECT_EQ(NameProblem("é"), "");
  EXPECT_EQ(NameProblem("Abc"), "Invalid index name [Abc], must be lowercase");
  EXPECT_EQ(NameProblem("Àb"), "Invalid index name [Àb], must be lowercase");
  EXPECT_EQ(NameProblem("_a"), "Invalid index name [_a], must not start with '_', '-', or '+'");
  EXPECT_EQ(NameProblem("a b"), "Invalid index name [a b], " + chars);
  EXPECT_EQ(NameProblem("<logs-{now/d}>"), "Invalid index name [<logs-{now/d}>], " + chars);
  EXPECT_EQ(NameProblem("a#b"), "Invalid index name [a#b], must not contain '#'");
  EXPECT_EQ(NameProblem("a:b"), "Invalid index name [a:b], must not contain ':'");
  EXPECT_EQ(NameProblem(".."), "Invalid index name [..], must not be '.' or '..'");
  const std::string longest(255, 'a');
  EXPECT_EQ(NameProblem(longest), "");
  EXPECT_EQ(NameProblem(longest + "a"),
            "Invalid index name [" + longest + "a], index name is too long, (256 > 255)");
  EXPECT_EQ(CheckAliasName("a,b").reason(), "Invalid alias name [a,b]: " + chars);
}

using Settings = std::map<std::string, std::string>;

base::Result<Settings> Parse(tasks::TaskContext& task, std::string_view json) {
  const auto body = base::json::Document::Parse(json);
  if (!body.ok()) return body.status();
  return ParseIndexSettings(task, body->root());
}

Settings Parsed(std::string_view json) {
  const auto settings = Parse(LoneTask(), json);
  EXPECT_TRUE(settings.ok()) << json << ": " << settings.status().reason();
  return settings.ok() ? *settings : Settings();
}

std::string WhyNot(std::string_view json) {
  const auto settings = Parse(LoneTask(), json);
  EXPECT_FALSE(settings.ok()) << json;
  return settings.ok() ? "" : settings.status().reason();
}

TEST(IndexSettings, AreReadNestedOrFlatWithOrWithoutPrefix) {
  const Settings two = {{"index.number_of_shards", "2"}, {"index.refresh_interval", "5s"}};
  EXPECT_EQ(Parsed(R"({"number_of_shards":2,"index.refresh_interval":"5s"})"), two);
  EXPECT_EQ(Parsed(R"({"index":{"number_of_shards":"2","refresh_interval":"5s"}})"), two);
  EXPECT_EQ(Parsed(R"({"number_of_shards":2,"index.number_of_shards":3,"refresh_interval":"5s"})"),
            two);
  EXPECT_EQ(Parsed("{}"), Settings());
  EXPECT_EQ(Parsed(R"({"priority":null})"), Settings());
  EXPECT_EQ(Parsed(R"({"query.default_field":["a","b"]})"),
            (Settings{{"index.query.default_field", R"(["a","b"])"}}));
  Parsed(R"({"analysis":{"analyzer":{"a":{"type":"custom","tokenizer":"standard"}}}})");
  Parsed(R"({"routing.allocation.include.x":7,"max_document_bytes":"10mb","hidden":true})");
}

TEST(IndexSettings, AreRefusedInOpenSearchsWords) {
  EXPECT_EQ(WhyNot(R"({"number_of_shards":0})"),
            "Failed to parse value [0] for setting [index.number_of_shards] must be >= 1");
  EXPECT_EQ(WhyNot(R"({"number_of_shards":1025})"),
            "Failed to parse value [1025] for setting [index.number_of_shards] must be <= 1024");
  EXPECT_EQ(WhyNot(R"({"number_of_shards":"x"})"),
            "Failed to parse value [x] for setting [index.number_of_shards]");
  EXPECT_EQ(WhyNot(R"({"number_of_replica":1})"),
            "unknown setting [index.number_of_replica] did you mean [index.number_of_replicas]?");
  EXPECT_EQ(WhyNot(R"({"uuid":"x"})"),
            "unknown setting [index.uuid] please check that any required plugins are installed, or "
            "check the breaking changes documentation for removed settings");
  EXPECT_EQ(WhyNot(R"({"refresh_interval":"5"})"),
            "failed to parse setting [index.refresh_interval] with value [5] as a time value: unit "
            "is missing or unrecognized");
  EXPECT_EQ(WhyNot(R"({"translog.durability":"foo"})"),
            "No enum constant org.opensearch.index.translog.Translog.Durability.FOO");
  EXPECT_EQ(WhyNot(R"({"translog.sync_interval":"0s"})"),
            "failed to parse value [0s] for setting [index.translog.sync_interval], must be >= "
            "[100ms]");
  EXPECT_EQ(WhyNot(R"({"blocks.write":"maybe"})"),
            "Failed to parse value [maybe] as only [true] or [false] are allowed.");
  EXPECT_EQ(WhyNot(R"({"auto_expand_replicas":"0-x"})"),
            "failed to parse [index.auto_expand_replicas] from value: [0-x] at index 1");
  EXPECT_EQ(WhyNot(R"({"codec":"zz"})"),
            "unknown value for [index.codec] must be one of [default, lz4, best_compression, zlib] "
            "but was: zz");
  EXPECT_EQ(WhyNot(R"({"version.created":"1"})"),
            "Validation Failed: 1: private index setting [index.version.created] can not be set "
            "explicitly;");
  EXPECT_EQ(WhyNot(R"({"number_of_routing_shards":3,"number_of_shards":2})"),
            "the number of source shards [2] must be a factor of [3]");
  EXPECT_EQ(WhyNot(R"({"append_only.enabled":true})"),
            "setting [index.append_only.enabled] is not supported by this version: it has no "
            "append-only indices");
  EXPECT_EQ(WhyNot(R"({"data_path":"/elsewhere"})"),
            "path.shared_data must be set in order to use custom data paths");
  EXPECT_THAT(WhyNot(R"({"soft_deletes.enabled":false})"),
              testing::StartsWith("Creating indices with soft-deletes disabled is no longer"));
  EXPECT_EQ(WhyNot("[]"), "key [settings] must be an object");
  EXPECT_EQ(ParseSettingsBody(LoneTask(), "{").status().reason(), "Failed to parse content to map");
}

TEST(IndexSettings, AreGivenUpWhereTheyAreMany) {
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) many += "\"b" + std::to_string(i) + "\":1,";
  const std::string unknown = "unknown setting [index.b0] please check";
  EXPECT_THAT(WhyNot(many + R"("a":1})"), testing::StartsWith(unknown))
      << "the least of those seen";
  std::string deep = "1";
  for (int i = 0; i < 12; ++i) deep = "{\"" + std::string(1000, 'x') + "\":" + deep + "}";
  EXPECT_THAT(WhyNot(deep), testing::HasSubstr("names have at most 10000 bytes"));
  EXPECT_THAT(WhyNot("{\"" + std::string(9000, 'x') + "\":1}"), testing::HasSubstr("xx] please"));
}

TEST(IndexSettings, StopWhileTheyAreRead) {
  std::string filters;
  for (int i = 0; i < 500; ++i) {
    filters += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"x\"";
  }
  const std::string json = R"({"analysis":{)" + filters + "}}";
  LoneTask task;
  EXPECT_TRUE(Parse(task, json).ok());
  EXPECT_TRUE(ParseSettingsBody(task, json).ok());
  task.Stop();
  EXPECT_EQ(Parse(task, json).status().code(), base::Code::kCancelled);
  EXPECT_EQ(ParseSettingsBody(task, json).status().code(), base::Code::kCancelled);
}

TEST(IndexSettings, HaveDefaultsThatFit) {
  for (const IndexSetting& setting : IndexSettings()) {
    if (setting.kind == IndexSetting::Kind::kGroup) continue;
    const base::Status status = CheckIndexSetting(setting, setting.key, setting.fallback);
    EXPECT_TRUE(status.ok()) << setting.key << ": " << status.reason();
    EXPECT_EQ(FindIndexSetting(setting.key), &setting);
  }
  EXPECT_EQ(FindIndexSetting("index.analysis.analyzer.a.type")->key, "index.analysis.");
  EXPECT_EQ(FindIndexSetting("index.analysis."), nullptr);
  EXPECT_EQ(IntSetting({}, "index.number_of_shards"), 1);
  EXPECT_FALSE(BoolSetting({}, "index.hidden"));
}

TEST(IndexSettings, AreWrittenNestedAndFlat) {
  const Settings settings = {{"index.merge.policy", "tiered"},
                             {"index.merge.policy.floor_segment", "2mb"},
                             {"index.number_of_shards", "1"},
                             {"index.query.default_field", R"(["a"])"}};
  const auto written = [&](bool flat) {
    std::string json;
    base::json::CompactWriter writer(json);
    writer.BeginObject();
    WriteSettings(writer, settings, flat);
    writer.EndObject();
    return json;
  };
  EXPECT_EQ(written(false), R"({"index":{"merge":{"policy":"tiered","policy.floor_segment":"2mb"},)"
                            R"("number_of_shards":"1","query":{"default_field":["a"]}}})");
  EXPECT_EQ(written(true), R"({"index.merge.policy":"tiered",)"
                           R"("index.merge.policy.floor_segment":"2mb",)"
                           R"("index.number_of_shards":"1","index.query.default_field":["a"]})");
}

}  // namespace
}  // namespace cluster
