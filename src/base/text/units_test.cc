#include "base/text/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(TimeValue, IsReadInEveryUnit) {
  EXPECT_EQ(TimeValue::Parse("7nanos", "t")->nanos(), 7);
  EXPECT_EQ(TimeValue::Parse("7micros", "t")->nanos(), 7'000);
  EXPECT_EQ(TimeValue::Parse("7ms", "t")->millis(), 7);
  EXPECT_EQ(TimeValue::Parse(" 30 s ", "t")->seconds(), 30);
  EXPECT_EQ(TimeValue::Parse("5m", "t")->seconds(), 300);
  EXPECT_EQ(TimeValue::Parse("2H", "t")->seconds(), 7200);
  EXPECT_EQ(TimeValue::Parse("1d", "t")->seconds(), 86'400);
  EXPECT_EQ(TimeValue::Parse("0", "t")->nanos(), 0);
  EXPECT_EQ(TimeValue::Parse("000", "t")->nanos(), 0);
  EXPECT_EQ(TimeValue::Parse("-1", "t")->millis(), -1);
  EXPECT_EQ(TimeValue::Parse("-01", "t")->millis(), -1);
  EXPECT_EQ(TimeValue::Parse("-1s", "t")->seconds(), -1);
}

TEST(TimeValue, IsCutDownToWhatFits) {
  EXPECT_EQ(TimeValue::Parse("9999999d", "t")->nanos(), kMax);
  EXPECT_EQ(TimeValue::Days(kMax).nanos(), kMax);
}

std::string TimeError(std::string_view text) {
  const Result<TimeValue> parsed = TimeValue::Parse(text, "timeout");
  return parsed.ok() ? "parsed" : parsed.status().reason();
}

TEST(TimeValue, SaysWhatIsWrongInOpenSearchsWords) {
  const std::string named = "failed to parse setting [timeout] with value [";
  for (const char* text : {"5", "abc", "5M", "", "1.5", "-2", "5w"}) {
    EXPECT_EQ(TimeError(text), named + text + "] as a time value: unit is missing or unrecognized");
  }
  EXPECT_EQ(TimeError("-2s"), named + "-2s] as a time value: negative durations are not supported");
  EXPECT_EQ(TimeError("1.5s"), "failed to parse [1.5s], fractional time values are not supported");
  EXPECT_EQ(TimeError("xs"), "failed to parse [xs]");
  EXPECT_EQ(TimeError("s"), "failed to parse [s]");
  const Status status = TimeValue::Parse("xs", "timeout").status();
  EXPECT_EQ(status.type(), "illegal_argument_exception");
  EXPECT_EQ(status.cause()->reason(), "For input string: \"x\"");
}

TEST(TimeValue, PrintsOneDecimalCutOff) {
  EXPECT_EQ(TimeValue::Nanos(277'999).ToString(), "277.9micros");
  EXPECT_EQ(TimeValue::Nanos(514'183'301).ToString(), "514.1ms");
  EXPECT_EQ(TimeValue::Millis(1055).ToString(), "1s");
  EXPECT_EQ(TimeValue::Millis(4623).ToString(), "4.6s");
  EXPECT_EQ(TimeValue::Minutes(90).ToString(), "1.5h");
  EXPECT_EQ(TimeValue::Seconds(59).ToString(), "59s");
  EXPECT_EQ(TimeValue::Nanos(999).ToString(), "999nanos");
  EXPECT_EQ(TimeValue::Nanos(kMax).ToString(), "106751.9d");
  EXPECT_EQ(TimeValue().ToString(), "0s");
  EXPECT_EQ(TimeValue::Millis(-1).ToString(), "-1");
}

TEST(ByteSize, IsReadInEveryUnit) {
  EXPECT_EQ(ByteSize::Parse("12b", "s")->bytes(), 12);
  EXPECT_EQ(ByteSize::Parse("1k", "s")->bytes(), 1024);
  EXPECT_EQ(ByteSize::Parse("10MB", "s")->bytes(), 10 << 20);
  EXPECT_EQ(ByteSize::Parse("2g", "s")->bytes(), 2LL << 30);
  EXPECT_EQ(ByteSize::Parse("3tb", "s")->bytes(), 3LL << 40);
  EXPECT_EQ(ByteSize::Parse("4 pb", "s")->bytes(), 4LL << 50);
  EXPECT_EQ(ByteSize::Parse("1.5kb", "s")->bytes(), 1536);
  EXPECT_EQ(ByteSize::Parse("0", "s")->bytes(), 0);
  EXPECT_EQ(ByteSize::Parse("-1", "s")->bytes(), -1);
}

TEST(ByteSize, SaysWhatIsWrongInOpenSearchsWords) {
  const Status unit = ByteSize::Parse("12", "max").status();
  EXPECT_EQ(unit.type(), "parse_exception");
  EXPECT_EQ(unit.http_status(), 400);
  EXPECT_EQ(unit.reason(),
            "failed to parse setting [max] with value [12] as a size in bytes: unit is missing or "
            "unrecognized");
  EXPECT_EQ(ByteSize::Parse("xkb", "max").status().reason(),
            "failed to parse setting [max] with value [xkb]");
  const Status negative = ByteSize::Parse("-2k", "max").status();
  EXPECT_EQ(negative.reason(), "failed to parse setting [max] with value [-2k] as a size in bytes");
  EXPECT_EQ(negative.cause()->reason(), "Values less than -1 bytes are not supported: -2kb");
  EXPECT_EQ(ByteSize::Parse("9000000pb", "max").status().cause()->reason(),
            "Values greater than 9223372036854775807 bytes are not supported: 9000000pb");
  EXPECT_FALSE(ByteSize::Parse("1e300kb", "max").ok());
  EXPECT_FALSE(ByteSize::Parse("nankb", "max").ok());
}

TEST(ByteSize, PrintsOneDecimalCutOff) {
  EXPECT_EQ(ByteSize(0).ToString(), "0b");
  EXPECT_EQ(ByteSize(1023).ToString(), "1023b");
  EXPECT_EQ(ByteSize(1024).ToString(), "1kb");
  EXPECT_EQ(ByteSize(1536).ToString(), "1.5kb");
  EXPECT_EQ(ByteSize(10 << 20).ToString(), "10mb");
  EXPECT_EQ(ByteSize((1LL << 30) * 199 / 100).ToString(), "1.9gb");
  EXPECT_EQ(ByteSize(kMax).ToString(), "8191.9pb");
  EXPECT_EQ(ByteSize(-1).ToString(), "-1b");
}

TEST(IsoUtcMillis, PrintsUtcToTheMillisecond) {
  EXPECT_EQ(IsoUtcMillis(1795473357695), "2026-11-23T22:35:57.695Z");
  EXPECT_EQ(IsoUtcMillis(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(IsoUtcMillis(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Bool, IsTrueOrFalseAndNothingElse) {
  EXPECT_TRUE(*ParseBool("true"));
  EXPECT_FALSE(*ParseBool("false"));
  for (const char* bad : {"", "True", "1", "yes", " true"}) {
    EXPECT_EQ(ParseBool(bad).status().reason(), "Failed to parse value [" + std::string(bad) +
                                                    "] as only [true] or [false] are allowed.");
  }
}

TEST(BoolParam, IsTrueWhenItIsJustThere) {
  EXPECT_TRUE(*ParseBoolParam("", false));
  EXPECT_TRUE(*ParseBoolParam(std::nullopt, true));
  EXPECT_FALSE(*ParseBoolParam(std::nullopt, false));
  EXPECT_FALSE(*ParseBoolParam("  ", false)) << "blanks count as absent";
  EXPECT_FALSE(ParseBoolParam("maybe", false).ok());
}

TEST(NumberParam, NamesParameterAndValue) {
  EXPECT_EQ(*ParseIntParam("size", "10"), 10);
  const Status status = ParseIntParam("size", "abc").status();
  EXPECT_EQ(status.reason(), "Failed to parse int parameter [size] with value [abc]");
  EXPECT_EQ(status.http_status(), 400);
  EXPECT_EQ(status.cause()->type(), "number_format_exception");
  EXPECT_EQ(ParseLongParam("seq", "").status().reason(),
            "Failed to parse long parameter [seq] with value []");
  EXPECT_EQ(ParseFloatParam("rps", "fast").status().reason(),
            "Failed to parse float parameter [rps] with value [fast]");
}

}  // namespace
}  // namespace base
