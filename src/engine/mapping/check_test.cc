// Documents against mappings, through the door that others use.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json/tree.h"
#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  base::Status status;
  std::string update;  // empty: none
};

Outcome Checked(std::string_view mapping, std::string_view document,
                const MappingLimits& limits = {}) {
  const auto parsed = Mapping::Parse(LoneTask(), mapping, limits);
  EXPECT_TRUE(parsed.ok()) << parsed.status().reason();
  if (!parsed.ok()) return {parsed.status(), ""};
  const auto update = (*parsed)->Check(LoneTask(), "1", "", document);
  if (!update.ok()) return {update.status(), ""};
  return {{}, update->value_or("")};
}

// Fits and adds nothing.
void ExpectGood(std::string_view mapping, std::string_view document) {
  const Outcome outcome = Checked(mapping, document);
  EXPECT_TRUE(outcome.status.ok()) << document << ": " << outcome.status.reason();
  EXPECT_EQ(outcome.update, "") << document;
}

void ExpectBad(std::string_view mapping, std::string_view document, const std::string& cause) {
  const Outcome outcome = Checked(mapping, document);
  ASSERT_FALSE(outcome.status.ok()) << document;
  EXPECT_EQ(outcome.status.http_status(), 400) << document;
  ASSERT_NE(outcome.status.cause(), nullptr) << outcome.status.reason();
  EXPECT_THAT(outcome.status.cause()->reason(), StartsWith(cause)) << document;
}

std::string Field(const std::string& type, const std::string& more = "") {
  return R"({"properties":{"n":{"type":")" + type + "\"" + more + "}}}";
}

void ExpectGoodValues(const std::string& mapping, std::initializer_list<const char*> values) {
  for (const char* value : values) {
    ExpectGood(mapping, std::string(R"({"n":)") + value + "}");
    ExpectGood(mapping, std::string(R"( { "n" : [ [ )") + value + " ] , null ] } \n");
  }
}

TEST(Check, TellsWhichFieldAndWhichValueDoNotFit) {
  const Outcome outcome = Checked(Field("long"), R"({"n":"abc"})");
  EXPECT_EQ(outcome.status.type(), "mapper_parsing_exception");
  EXPECT_EQ(outcome.status.reason(),
            "failed to parse field [n] of type [long] in document with id '1'. Preview of field's "
            "value: 'abc'");
  ASSERT_NE(outcome.status.cause(), nullptr);
  EXPECT_EQ(outcome.status.cause()->type(), "illegal_argument_exception");
  EXPECT_EQ(outcome.status.cause()->reason(), "For input string: \"abc\"");
}

TEST(Check, KeepsIntegersInTheirRange) {
  ExpectGoodValues(Field("long"), {"5", "\"5\"", "5.7", "\"5.7\"", "1e3", "9223372036854775807",
                                   "-9223372036854775808", "\"1e3\"", "\"\"", "null"});
  ExpectBad(Field("long"), R"({"n":9223372036854775808})",
            "Numeric value (9223372036854775808) out of range of long");
  ExpectBad(Field("long"), R"({"n":"9223372036854775808"})",
            "Value [9223372036854775808] is out of range for a long");
  ExpectBad(Field("long"), R"({"n":" 5"})", "For input string: \" 5\"");
  ExpectBad(Field("long"), R"({"n":true})", "Current token (VALUE_TRUE) not numeric");
  ExpectBad(Field("integer"), R"({"n":2147483648})",
            "Numeric value (2147483648) out of range of int");
  ExpectBad(Field("integer"), R"({"n":"1e10"})", "Value [1e10] is out of range for an integer");
  ExpectBad(Field("short"), R"({"n":32768})", "Numeric value (32768) out of range of Java short");
  ExpectBad(Field("byte"), R"({"n":-129})", "Value [-129] is out of range for a byte");
  ExpectGoodValues(Field("byte"), {"127.9", "-128"});
  ExpectGoodValues(Field("unsigned_long"), {"18446744073709551615", "0", "1.5"});
  ExpectBad(Field("unsigned_long"), R"({"n":18446744073709551616})",
            "Value [18446744073709551616] is out of range for an unsigned long");
}

TEST(Check, CutsAndConvertsOnlyWhereItMay) {
  const std::string strict = Field("long", R"(,"coerce":false)");
  ExpectGoodValues(strict, {"5", "5.0"});
  ExpectBad(strict, R"({"n":5.7})", "5.7 cannot be converted to Long without data loss");
  ExpectBad(strict, R"({"n":"5"})", "Long value passed as String");
  const std::string lenient = Field("integer", R"(,"ignore_malformed":true)");
  ExpectGoodValues(lenient, {"\"abc\"", "true", "99999999999"});
  ExpectBad(lenient, R"({"n":{}})", "Current token (START_OBJECT) not numeric");
}

TEST(Check, TakesFiniteRealsOnly) {
  ExpectGoodValues(Field("double"), {"1", "-0", "1e308", "\"1f\"", "\" 1 \"", "1.5e-400"});
  ExpectBad(Field("double"), R"({"n":1e400})", "[double] supports only finite values");
  ExpectBad(Field("float"), R"({"n":"NaN"})", "[float] supports only finite values, but got [NaN]");
  ExpectGoodValues(Field("half_float"), {"65504", "65519.9", "-65519.9"});
  ExpectBad(Field("half_float"), R"({"n":65520})",
            "[half_float] supports only finite values, but got [65520.0]");
}

TEST(Check, TakesBooleansDatesAndAddresses) {
  ExpectGoodValues(Field("boolean"), {"true", "\"false\"", "\"\""});
  ExpectBad(Field("boolean"), R"({"n":"yes"})", "Failed to parse value [yes] as only [true] or");
  ExpectBad(Field("boolean"), R"({"n":1})", "Current token (VALUE_NUMBER_INT) not of boolean type");
  ExpectGoodValues(Field("date"), {"\"2020-01-01\"", "\"2020-01-01T00:00:00.123456789+01:00\"",
                                   "1577836800000", "\"1577836800000\"", "\"2020\"", "-1"});
  ExpectBad(Field("date"), R"({"n":"2020-02-30"})",
            "failed to parse date field [2020-02-30] with format "
            "[strict_date_optional_time||epoch_millis]");
  ExpectBad(Field("date_nanos"), R"({"n":"1960-01-01"})",
            "date[1960-01-01T00:00:00Z] is before the epoch in 1970");
  ExpectBad(Field("date_nanos"), R"({"n":"1969-12-31T23:59:59.99999Z"})",
            "date[1969-12-31T23:59:59.999990Z] is before the epoch in 1970");
  ExpectBad(Field("date_nanos"), R"({"n":"+12345-01-01"})",
            "date[+12345-01-01T00:00:00Z] is after");
  ExpectGoodValues(Field("ip"), {"\"1.2.3.4\"", "\"::1\"", "\"fe80::1%eth0\""});
  ExpectBad(Field("ip"), R"({"n":"1.2.3.256"})", "'1.2.3.256' is not an IP string literal.");
}

TEST(Check, RefusesTermsThatAreTooLongForTheIndex) {
  const std::string good = R"({"n":")" + std::string(32'766, 'x') + "\"}";
  const std::string bad = R"({"n":")" + std::string(32'767, 'x') + "\"}";
  ExpectGood(Field("keyword"), good);
  const Outcome outcome = Checked(Field("keyword"), bad);
  EXPECT_EQ(outcome.status.type(), "illegal_argument_exception");
  EXPECT_THAT(outcome.status.reason(),
              StartsWith("Document contains at least one immense term in field=\"n\" (whose UTF8 "
                         "encoding is longer than the max length 32766)"));
  ExpectGood(Field("keyword", R"(,"ignore_above":256)"), bad);
  ExpectGood(Field("text"), bad);
  EXPECT_FALSE(Checked(Field("text", R"(,"fields":{"k":{"type":"keyword"}})"), bad).status.ok());
}

TEST(Check, ChecksMultiFieldsAndCopiesToo) {
  const std::string multi = Field("text", R"(,"fields":{"n":{"type":"long"}})");
  ExpectGood(multi, R"({"n":"5"})");
  EXPECT_THAT(Checked(multi, R"({"n":"x"})").status.reason(),
              StartsWith("failed to parse field [n.n] of type [long]"));
  EXPECT_EQ(Checked(Field("keyword", R"(,"copy_to":["all"])"), R"({"n":"x"})").update,
            R"({"properties":{"all":{"type":"text","fields":{"keyword":{"type":"keyword",)"
            R"("ignore_above":256}}}}})");
}

TEST(Check, DoesNotCopyACopyOn) {
  const char* const all_to_b = R"({"dynamic_templates":[{"t":{"match":"*",
      "mapping":{"type":"keyword","copy_to":"b"}}}]})";
  EXPECT_EQ(Checked(all_to_b, R"({"a":"x"})").update,
            R"({"properties":{"a":{"type":"keyword","copy_to":["b"]},)"
            R"("b":{"type":"keyword","copy_to":["b"]}}})");
  const char* const in_a_circle = R"({"properties":{"a":{"type":"keyword","copy_to":"b"},
      "b":{"type":"keyword","copy_to":["a","b"]}}})";
  ExpectGood(in_a_circle, R"({"a":"x","b":"y"})");
}

TEST(Check, WantsObjectsWhereObjectsAre) {
  const char* const mapping = R"({"properties":{"o":{"properties":{"x":{"type":"long"}}},
      "e":{"type":"object","enabled":false},"k":{"type":"keyword"}}})";
  ExpectGood(mapping, R"({"o":{"x":1},"e":[1,{"b":"x"}]})");
  ExpectGood(mapping, R"({"o":[{"x":1},null,[{"x":"2"}]]})");
  ExpectGood(mapping, R"({"o.x":5,"e":"s"})");
  EXPECT_EQ(
      Checked(mapping, R"({"o":5})").status.reason(),
      "object mapping for [o] tried to parse field [o] as object, but found a concrete value");
  EXPECT_EQ(
      Checked(mapping, R"({"k.z":5})").status.reason(),
      "Could not dynamically add mapping for field [k.z]. Existing mapping for [k] must be of "
      "type object but found [keyword].");
  ExpectBad(mapping, R"({"k":{"a":1}})", "Can't get text on a START_OBJECT at 1:6");
}

TEST(Check, GuessesNewFieldsAsOpenSearchDoes) {
  const std::string text =
      R"({"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}})";
  EXPECT_EQ(Checked("{}", R"({"s":"x","l":5,"f":1.5,"b":true,"n":null,"a":[null,[1]],"e":{},
                             "o":{"b":{"c":1}},"x.y":1,"none":[],"num":"5","t":"2020"})")
                .update,
            R"({"properties":{"a":{"type":"long"},"b":{"type":"boolean"},"e":{"type":"object"},)"
            R"("f":{"type":"float"},"l":{"type":"long"},"num":)" +
                text + R"(,"o":{"properties":{"b":{"properties":{"c":{"type":"long"}}}}},"s":)" +
                text + R"(,"t":)" + text + R"(,"x":{"properties":{"y":{"type":"long"}}}}})");
}

TEST(Check, GuessesDates) {
  EXPECT_EQ(Checked("{}", R"({"a":"2020-01-01","b":"2020/01/01 10:11:12"})").update,
            R"({"properties":{"a":{"type":"date"},"b":{"type":"date","format":)"
            R"("yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis","print_format":)"
            R"("yyyy/MM/dd HH:mm:ss"}}})");
  EXPECT_THAT(Checked(R"({"date_detection":false})", R"({"a":"2020-01-01"})").update,
              HasSubstr("text"));
  EXPECT_EQ(Checked(R"({"numeric_detection":true})", R"({"a":"5","b":"1.5"})").update,
            R"({"properties":{"a":{"type":"long"},"b":{"type":"float"}}})");
}

TEST(Check, HasNoWordForTwoTypesOfOneNewField) {
  EXPECT_EQ(Checked("{}", R"({"mix":[1,2.5]})").status.reason(),
            "mapper [mix] cannot be changed from type [long] to [float]");
  EXPECT_EQ(Checked("{}", R"({"m":["x",{"a":1}]})").status.reason(),
            "can't merge a non object mapping [m] with an object mapping");
  ExpectBad("{}", R"({"big":18446744073709551615})", "Numeric value (18446744073709551615)");
}

TEST(Check, ObeysDynamic) {
  const char* const strict = R"({"dynamic":"strict","properties":{"o":{"type":"object"}}})";
  const Outcome outcome = Checked(strict, R"({"o":{"x":1}})");
  EXPECT_EQ(outcome.status.type(), "strict_dynamic_mapping_exception");
  EXPECT_EQ(outcome.status.reason(),
            "mapping set to strict, dynamic introduction of [x] within [o] is not allowed");
  EXPECT_THAT(Checked(strict, R"({"b":null})").status.reason(), HasSubstr("within [_doc]"));
  ExpectGood(R"({"dynamic":false})", R"({"b":1,"c":{"d":[{"e":"f"}]}})");
}

TEST(Check, FollowsDynamicTemplates) {
  EXPECT_EQ(Checked(R"({"dynamic_templates":[
      {"s":{"match_mapping_type":"string","unmatch":"ip*","mapping":{"type":"keyword"}}},
      {"r":{"match":"^ip\\d+$","match_pattern":"regex","mapping":{"type":"ip"}}},
      {"n":{"path_match":"o.*","mapping":{"type":"{dynamic_type}","meta":{"n":"{name}"}}}},
      {"l":{"match":"list","match_mapping_type":"object","mapping":{"type":"nested"}}}]})",
                    R"({"a":"s","ip7":"1.2.3.4","o":{"q":1},"list":[{"t":1}]})")
                .update,
            R"({"properties":{"a":{"type":"keyword"},"ip7":{"type":"ip"},"list":{"type":"nested",)"
            R"("properties":{"t":{"type":"long"}}},"o":{"properties":{"q":{"type":"long",)"
            R"("meta":{"n":"q"}}}}}})");
}

TEST(Check, FindsAllThatIsNoJson) {
  const char* const mapping = R"({"dynamic":false,"properties":{"n":{"type":"keyword"}}})";
  for (const char* bad : {"[]",
                          "/*c*/{\"n\":\"a\"}",
                          "// {}",
                          "5",
                          "null",
                          R"({"n":)",
                          R"({"n":1}})",
                          R"({"n":1} x)",
                          "{n:1}",
                          R"({"n":01})",
                          R"({"n":tru})",
                          R"({"n":"a","n":"b"})",
                          "{\"n\":\"\x01\"}",
                          "{\"n\":\"\xff\"}",
                          R"({"n":[1,]})",
                          R"({"n":1,})",
                          R"({"n":NaN})",
                          R"({"n":.5})",
                          R"({"n":"\x"})",
                          R"({"n":"\u12"})",
                          R"({"u":[tru]})",
                          R"({"u":{"v":1 2}})",
                          R"({"u":"\q"})",
                          R"({"":1})",
                          R"({".a":1})",
                          R"({"a..b":1})",
                          R"({"n" 1})",
                          "{\"n\":\"a\nb\"}"}) {
    const Outcome outcome = Checked(mapping, bad);
    EXPECT_FALSE(outcome.status.ok()) << bad;
    EXPECT_EQ(outcome.status.reason(), "failed to parse") << bad;
  }
  EXPECT_EQ(Checked(mapping, "").status.reason(), "failed to parse, document is empty");
  ExpectGood(mapping, R"({"n":/*c*/"a"} // c)");
  const std::string deep = R"({"u":)" + std::string(2000, '[') + std::string(2000, ']') + "}";
  EXPECT_FALSE(Checked(mapping, deep).status.ok());
  ExpectGood(mapping, R"({"n":"\u00e9\ud83d\ude00\"\\","\u006e2":1})");
}

TEST(Check, RefusesMetadataInsideDocuments) {
  const Outcome outcome = Checked("{}", R"({"_id":1})");
  EXPECT_THAT(outcome.status.reason(),
              StartsWith("failed to parse field [_id] of type [_id] in document with id '1'."));
  EXPECT_THAT(Checked("{}", R"({"_foo":1})").update, HasSubstr("_foo"));
}

TEST(Check, LimitsDepthAndNestedDocuments) {
  std::string deep = "1";
  for (int i = 0; i < 25; ++i) deep = R"({"a":)" + deep + "}";
  ExpectBad("{}", deep, "The depth of the field has exceeded the allowed limit of [20].");
  const char* const nested = R"({"properties":{"n":{"type":"nested"}}})";
  EXPECT_THAT(Checked(nested, R"({"n":[{},{},{}]})", {.nested_objects = 2}).status.reason(),
              StartsWith("The number of nested documents has exceeded the allowed limit of [2]."));
}

// {"a.a.…":1}
std::string Dotted(int parts) {
  std::string key = "a";
  for (int i = 1; i < parts; ++i) key += ".a";
  return "{\"" + key + "\":1}";
}

TEST(Check, RefusesADottedNameBeforeItGrowsTooDeep) {
  EXPECT_TRUE(Checked("{}", Dotted(20)).status.ok());
  const std::string twenty_parts = Dotted(20).substr(2, 39);
  for (const int parts : {21, 100'000}) {
    const Outcome outcome = Checked("{}", Dotted(parts));
    EXPECT_EQ(outcome.status.type(), "illegal_argument_exception");
    EXPECT_EQ(
        outcome.status.reason(),
        "Limit of mapping depth [20] has been exceeded due to object field [" + twenty_parts + "]");
  }
  // What is not added may have any name.
  EXPECT_TRUE(Checked(R"({"dynamic":false})", Dotted(100'000)).status.ok());
  EXPECT_TRUE(Checked(R"({"properties":{"a":{"enabled":false,"type":"object"}}})", Dotted(100'000))
                  .status.ok());
}

TEST(Check, WalksTheDeepestMappingThatMayBe) {
  const MappingLimits limits = {.total_fields = 10'000, .depth = kMaxMappingDepth};
  const Outcome outcome = Checked("{}", Dotted(kMaxMappingDepth), limits);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.reason();
  const auto merged = Mapping::Parse(LoneTask(), outcome.update, limits);
  ASSERT_TRUE(merged.ok()) << merged.status().reason();
  EXPECT_TRUE(Mapping::Restore((*merged)->json(), limits).ok());
  EXPECT_TRUE((*merged)->Merge(LoneTask(), outcome.update).ok());
  EXPECT_FALSE(Checked("{}", Dotted(kMaxMappingDepth + 1), limits).status.ok());
}

// {"a0":1,"a1":1,…}
std::string Wide(int fields) {
  std::string document = "{";
  for (int i = 0; i < fields; ++i) {
    document += (i > 0 ? ",\"a" : "\"a") + std::to_string(i) + "\":1";
  }
  return document + "}";
}

TEST(Check, GivesUpAtTheFirstFieldThatIsTooMuch) {
  const char* const too_many = "Limit of total fields [3] has been exceeded";
  const MappingLimits limits = {.total_fields = 3};
  EXPECT_EQ(Checked("{}", Wide(3), limits).status.reason(), "");
  EXPECT_EQ(Checked("{}", Wide(4), limits).status.reason(), too_many);
  EXPECT_EQ(Checked("{}", Wide(4), limits).status.type(), "illegal_argument_exception");
  const std::string one = Field("long");
  EXPECT_EQ(Checked(one, Wide(2), limits).status.reason(), "");
  EXPECT_EQ(Checked(one, Wide(3), limits).status.reason(), too_many);
  // A text has a keyword below it; objects count, also those that a name leads through.
  EXPECT_EQ(Checked(one, R"({"a":"x"})", limits).status.reason(), "");
  EXPECT_EQ(Checked(one, R"({"a":"x","b":1})", limits).status.reason(), too_many);
  EXPECT_EQ(Checked(one, R"({"a":[{"b":1},{"b":2}],"n":3})", limits).status.reason(), "");
  EXPECT_EQ(Checked(one, R"({"a.b":1,"a.c":1})", limits).status.reason(), too_many);
}

TEST(Check, LetsAMappingBeThatIsAboveALimitLoweredSince) {
  const auto mapping = *Mapping::Restore(
      R"({"properties":{"a0":{"type":"long"},"a1":{"type":"long"}}})", {.total_fields = 1});
  const auto check = [&](const std::string& document) {
    return mapping->Check(LoneTask(), "1", "", document).status();
  };
  EXPECT_TRUE(check(Wide(2)).ok());
  EXPECT_EQ(check(Wide(3)).reason(), "Limit of total fields [1] has been exceeded");
  EXPECT_EQ(mapping->Merge(LoneTask(), Field("long")).status().reason(),
            "Limit of total fields [1] has been exceeded");
}

TEST(Check, ObeysWhatTheIndexSaysOfAllItsFields) {
  const MappingLimits lenient = {.ignore_malformed = true};
  EXPECT_TRUE(Checked(Field("long"), R"({"n":"x"})", lenient).status.ok());
  EXPECT_FALSE(
      Checked(Field("long", R"(,"ignore_malformed":false)"), R"({"n":"x"})", lenient).status.ok());
  EXPECT_FALSE(Checked(Field("boolean"), R"({"n":"x"})", lenient).status.ok())
      << "has no such word";
  const MappingLimits exact = {.coerce = false};
  EXPECT_FALSE(Checked(Field("long"), R"({"n":"12"})", exact).status.ok());
  EXPECT_TRUE(Checked(Field("long", R"(,"coerce":true)"), R"({"n":"12"})", exact).status.ok());
  // Also once it has been stored and read again.
  const auto stored =
      *Mapping::Parse(LoneTask(), Field("long", R"(,"ignore_malformed":false)"), lenient);
  const auto restored = *Mapping::Restore(stored->json(), lenient);
  EXPECT_FALSE(restored->Check(LoneTask(), "1", "", R"({"n":"x"})").ok()) << stored->json();
}

TEST(Check, TakesPointsRangesAndWhatElseIsNoScalar) {
  const std::string point = Field("geo_point");
  for (const char* good : {"\"1,2\"", "[1,2]", R"({"lat":1,"lon":2})", "\"POINT (1 2)\"",
                           "\"drm3btev3e86\"", "[[1,2],[3,4]]", "null"}) {
    ExpectGood(point, std::string(R"({"n":)") + good + "}");
  }
  ExpectBad(point, R"({"n":{"lat":100,"lon":2}})", "illegal latitude value [100.0] for n");
  ExpectBad(point, R"({"n":{"lat":1}})", "field [lon] missing");
  ExpectGood(Field("integer_range"), R"({"n":{"gte":1,"lt":5}})");
  ExpectBad(Field("integer_range"), R"({"n":{"gte":6,"lte":5}})",
            "min value (6) is greater than max value (5)");
  ExpectGood(Field("flat_object"), R"({"n":{"a":{"b":[1,{"c":2}]}}})");
  ExpectBad(Field("flat_object"), R"({"n":"x"})",
            "[n] unexpected token [VALUE_STRING] in flat_object field value");
  ExpectBad(Field("constant_keyword", R"(,"value":"v")"), R"({"n":"w"})",
            "constant keyword field [n] must have a value of [v]");
  ExpectGood(Field("completion"), R"({"n":{"input":["a"],"weight":5}})");
}

TEST(Check, TakesAChildOnlyWithTheRoutingOfItsParent) {
  const auto mapping =
      *Mapping::Parse(LoneTask(), Field("join", R"(,"relations":{"q":["a","b"],"a":"v"})"));
  const auto check = [&](std::string_view routing, std::string_view document) {
    const base::Status status = mapping->Check(LoneTask(), "1", routing, document).status();
    return status.ok() || status.cause() == nullptr ? status.reason() : status.cause()->reason();
  };
  const std::string child = R"({"n":{"name":"a","parent":"1"}})";
  EXPECT_EQ(check("", R"({"n":"q"})"), "");
  EXPECT_EQ(check("1", child), "");
  EXPECT_EQ(check("", child), "[routing] is missing for join field [n]");
  EXPECT_EQ(check("", R"({"n":"a"})"), "[parent] is missing for join field [n]");
  EXPECT_EQ(check("1", R"({"n":{"name":5}})"), "unknown field name [name] in join field [n]");
}

TEST(Check, NeedsNothingButTheTextIfItIsPadded) {
  const auto mapping = *Mapping::Parse(LoneTask(), Field("long"));
  const std::string buffer = "{\"n\":1}\n{\"n\":\"abc\"}\n" + std::string(64, '"');
  const std::string_view view = buffer;
  EXPECT_TRUE(mapping->CheckPadded(LoneTask(), "1", "", view.substr(0, 7)).ok());
  EXPECT_FALSE(mapping->CheckPadded(LoneTask(), "1", "", view.substr(8, 11)).ok());
}

TEST(Check, RemembersNothingOfOtherMappingsOrDocuments) {
  const auto one =
      *Mapping::Parse(LoneTask(), R"({"dynamic":"strict","properties":{"a":{"type":"long"},
      "o":{"properties":{"a":{"type":"keyword"}}}}})");
  const auto two =
      *Mapping::Parse(LoneTask(), R"({"dynamic":"strict","properties":{"a":{"type":"keyword"}}})");
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(one->Check(LoneTask(), "1", "", R"({"a":1,"o":{"a":"x"}})").ok());
    EXPECT_TRUE(two->Check(LoneTask(), "1", "", R"({"a":"x"})").ok());
    EXPECT_TRUE(one->Check(LoneTask(), "1", "", R"({"o":{"a":"x"},"a":1})").ok());
    EXPECT_FALSE(one->Check(LoneTask(), "1", "", R"({"a":"x","o":{"a":"x"}})").ok());
    EXPECT_FALSE(two->Check(LoneTask(), "1", "", R"({"o":{}})").ok());
  }
}

TEST(Check, AcceptsADocumentOnceItsFieldsAreThere) {
  const char* const document =
      R"({"s":"x","l":5,"d":"2020/01/01","o":[{"a":1},{"b":{"c":"2020-01-01"}}],"x.y":true})";
  auto mapping = *Mapping::Parse(LoneTask(), R"({"properties":{"n":{"type":"nested"}}})");
  const auto update = mapping->Check(LoneTask(), "1", "", document);
  ASSERT_TRUE(update.ok() && update->has_value());
  const auto grown = mapping->Merge(LoneTask(), **update);
  ASSERT_TRUE(grown.ok()) << grown.status().reason();
  const auto again = (*grown)->Check(LoneTask(), "1", "", document);
  ASSERT_TRUE(again.ok()) << again.status().reason();
  EXPECT_FALSE(again->has_value());
}

// A document may be one long array.
TEST(Check, StopsInTheMiddleOfADocument) {
  std::string items;
  for (int i = 0; i < 2000; ++i) items += (i > 0 ? "," : "") + std::to_string(i);
  const std::string document = R"({"n":[)" + items + R"(],"bad":1})";
  for (const char* mapping : {R"({"properties":{"n":{"type":"long"}}})", "{}"}) {
    const auto parsed = *Mapping::Parse(LoneTask(), mapping);
    LoneTask task;
    EXPECT_TRUE(parsed->Check(task, "1", "", document).ok());
    task.Stop();
    EXPECT_EQ(parsed->Check(task, "1", "", document).status().code(), base::Code::kCancelled);
  }
}

TEST(Check, GuessesANewFieldFromAllValuesOfItsArray) {
  EXPECT_EQ(Checked("{}", R"({"a":[1,2,3],"o":[{"b":1},{"b":2,"c":true},{"b":3}]})").update,
            R"({"properties":{"a":{"type":"long"},"o":{"properties":{"b":{"type":"long"},)"
            R"("c":{"type":"boolean"}}}}})");
  EXPECT_FALSE(Checked("{}", R"({"a":[1,2,true]})").status.ok());
  EXPECT_FALSE(Checked("{}", R"({"o":[{"b":1},{"b":true}]})").status.ok());
}

TEST(Check, LooksAtTheMultiFieldsOfWhatAValueIsCopiedTo) {
  const char* const mapping = R"({"properties":{"a":{"type":"text","copy_to":"t"},
      "t":{"type":"text","fields":{"n":{"type":"long"}}}}})";
  ExpectGood(mapping, R"({"a":"5"})");
  ExpectBad(mapping, R"({"a":"abc"})", "For input string: \"abc\"");
}

TEST(Check, ReadsBoundsOfRangesAtTheEdgeOfTheirType) {
  for (const char* range :
       {R"({"gte":"NaN"})", R"({"gte":9.3e18})", R"({"gte":9223372036854775807.0})",
        R"({"gt":9223372036854775807})", R"({"lt":-9223372036854775808,"gte":null})"}) {
    const Outcome outcome = Checked(Field("long_range"), std::string(R"({"n":)") + range + "}");
    EXPECT_TRUE(outcome.status.ok() || outcome.status.http_status() == 400) << range;
  }
  ExpectBad(Field("long_range"), R"({"n":{"gte":5,"lt":5}})",
            "min value (5) is greater than max value (4)");
  ExpectBad(Field("date_range", R"(,"format":"uuuu-MM-dd e")"),
            R"({"n":{"gte":"+999999999-01-01 7","lte":"+999999999-01-01 1"}})", "failed to parse");
}

}  // namespace
}  // namespace engine
