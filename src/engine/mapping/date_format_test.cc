#include "engine/mapping/date_format.h"

#include <gtest/gtest.h>

#include <ctime>

namespace engine {
namespace {

// As UTC with nanoseconds, "-" if the text does not fit.
std::string Read(std::string_view patterns, std::string_view text) {
  const auto format = DateFormat::Parse(patterns);
  EXPECT_TRUE(format.ok()) << patterns << ": " << format.status().reason();
  if (!format.ok()) return "?";
  const auto instant = format->Read(text);
  if (!instant) return "-";
  const std::time_t seconds = instant->seconds;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char shown[64];
  std::strftime(shown, sizeof(shown), "%Y-%m-%d %H:%M:%S", &utc);
  return instant->nanos == 0 ? shown : std::string(shown) + "." + std::to_string(instant->nanos);
}

constexpr char kDefault[] = "strict_date_optional_time||epoch_millis";

TEST(DateFormat, ReadsIsoDatesOfAnyLength) {
  EXPECT_EQ(Read(kDefault, "2020"), "2020-01-01 00:00:00");
  EXPECT_EQ(Read(kDefault, "2020-05"), "2020-05-01 00:00:00");
  EXPECT_EQ(Read(kDefault, "2020-02-29"), "2020-02-29 00:00:00");
  EXPECT_EQ(Read(kDefault, "2020-01-01T"), "2020-01-01 00:00:00");
  EXPECT_EQ(Read(kDefault, "2020-01-01T10"), "2020-01-01 10:00:00");
  EXPECT_EQ(Read(kDefault, "2020-01-01T10:11Z"), "2020-01-01 10:11:00");
  EXPECT_EQ(Read(kDefault, "2020-01-01T10:11:12.5+01:00"), "2020-01-01 09:11:12.500000000");
  EXPECT_EQ(Read(kDefault, "2020-01-01T10:11:12,000000001-0130"), "2020-01-01 11:41:12.1");
  EXPECT_EQ(Read(kDefault, "+12345-01-01"), "12345-01-01 00:00:00");
}

TEST(DateFormat, RefusesWhatIsNoDate) {
  for (const char* bad : {"abc", "2020-13-01", "2020-02-30", "2019-02-29", "2020-1-1",
                          "2020-01-01T25:00:00", "2020-01-01T24:00:00", "2020-01-01T23:59:60",
                          "2020-01-01T10:10:10.Z", "2020-01-01Z", "2020-001", "12345-01-01", "1e3",
                          "", " 2020", "2020-01-01 00:00:00", "--1", "99999999999999999999"}) {
    EXPECT_EQ(Read(kDefault, bad), "-") << bad;
  }
}

TEST(DateFormat, ReadsSecondsAndMilliseconds) {
  EXPECT_EQ(Read(kDefault, "1577836800123"), "2020-01-01 00:00:00.123000000");
  EXPECT_EQ(Read(kDefault, "-1"), "1969-12-31 23:59:59.999000000");
  EXPECT_EQ(Read("epoch_millis", "1.5"), "1970-01-01 00:00:00.1500000");
  EXPECT_EQ(Read("epoch_second", "1577836800"), "2020-01-01 00:00:00");
  EXPECT_EQ(Read("epoch_second", "-0.25"), "1969-12-31 23:59:59.750000000");
}

TEST(DateFormat, ReadsPatternsOfLetters) {
  EXPECT_EQ(Read("yyyy/MM/dd HH:mm:ss||yyyy/MM/dd", "2020/03/04 05:06:07"), "2020-03-04 05:06:07");
  EXPECT_EQ(Read("yyyy/MM/dd HH:mm:ss||yyyy/MM/dd", "2020/03/04"), "2020-03-04 00:00:00");
  EXPECT_EQ(Read("MM/dd/yyyy", "2020-01-01"), "-");
  EXPECT_EQ(Read("dd/MMM/yyyy:HH:mm:ss Z", "30/Apr/1998:14:30:17 +0000"), "1998-04-30 14:30:17");
  EXPECT_EQ(Read("d MMMM uuuu, h:mm a", "7 March 2021, 1:05 PM"), "2021-03-07 13:05:00");
  EXPECT_EQ(Read("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2020-01-01T00:00:00.250+02:00"),
            "2019-12-31 22:00:00.250000000");
  EXPECT_EQ(Read("yyyyMMddHHmmss", "20200304050607"), "2020-03-04 05:06:07");
  EXPECT_EQ(Read("yyyy[-MM]", "2020"), "2020-01-01 00:00:00");
  EXPECT_EQ(Read("yyyy", "20200"), "-");
}

TEST(DateFormat, KnowsTheNamesOfOpenSearch) {
  EXPECT_EQ(Read("basic_date", "20200304"), "2020-03-04 00:00:00");
  EXPECT_EQ(Read("strict_date_time", "2020-03-04T05:06:07.8Z"), "2020-03-04 05:06:07.800000000");
  EXPECT_EQ(Read("date", "2020-3-4"), "2020-03-04 00:00:00");
  EXPECT_EQ(Read("strict_date", "2020-3-4"), "-");
  EXPECT_EQ(Read("strict_ordinal_date", "2020-060"), "2020-02-29 00:00:00");
  EXPECT_EQ(Read("strict_date_hour_minute_second", "2020-03-04T05:06:07"), "2020-03-04 05:06:07");
}

TEST(DateFormat, TakesNamesInCamelCaseAndSaysSo) {
  EXPECT_EQ(Read("dateOptionalTime", "2020-3-4"), "2020-03-04 00:00:00");
  EXPECT_EQ(Read("basicTTimeNoMillis", "T050607Z"), "1970-01-01 05:06:07");
  EXPECT_EQ(Read("8strictDate", "2020-03-04"), "2020-03-04 00:00:00");
  const auto names = DateFormat::OldNamesIn("date||tTimeNoMillis || strictDate||epochMillis||yyyy");
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].snake_case, "t_time_no_millis");
  EXPECT_EQ(names[1].camel_case, "strictDate");
  for (const char* none : {"epochMillis", "rfc3339Lenient", "weekYear", "strict_basic_date",
                           "strict_epoch_millis", "date_optional_time_nanos", "DateTime"}) {
    EXPECT_FALSE(DateFormat::Parse(none).ok()) << none;
  }
}

TEST(DateFormat, ReadsWeeksAsIsoCountsThem) {
  EXPECT_EQ(Read("strict_week_date", "2024-W01-1"), "2024-01-01 00:00:00");
  EXPECT_EQ(Read("strict_week_date", "2020-W53-7"), "2021-01-03 00:00:00");
  EXPECT_EQ(Read("strict_week_date", "2024-W53-1"), "-");
  EXPECT_EQ(Read("strict_week_date", "2024-W60-1"), "-");
  EXPECT_EQ(Read("strict_week_date", "2024-W01-8"), "-");
  EXPECT_EQ(Read("strict_weekyear_week", "2024-W01"), "-") << "Java makes no date of it";
}

TEST(DateFormat, RefusesFieldsThatContradictEachOther) {
  EXPECT_EQ(Read("E, d MMM uuuu", "Mon, 1 Jan 2024"), "2024-01-01 00:00:00");
  EXPECT_EQ(Read("E, d MMM uuuu", "Tue, 1 Jan 2024"), "-");
  EXPECT_EQ(Read("E, d MMM yyyy", "Tue, 1 Jan 2024"), "2024-01-01 00:00:00") << "as in Java";
  EXPECT_EQ(Read("uuuu-MM-dd e", "2024-01-01 2"), "2024-01-01 00:00:00") << "from Sunday";
  EXPECT_EQ(Read("uuuu-MM-dd e", "2024-01-01 1"), "-");
  EXPECT_EQ(Read("uuuu-MM-dd DDD", "2024-01-01 002"), "-");
  EXPECT_EQ(Read("uuuu-MM-dd Q", "2024-05-01 1"), "-");
  EXPECT_EQ(Read("uuuu-MM-dd HH a", "2024-01-01 10 PM"), "-");
  EXPECT_EQ(Read("uuuu-MM-dd hh a", "2024-01-01 12 AM"), "2024-01-01 00:00:00");
  EXPECT_EQ(Read("uuuu-MM-dd kk", "2024-01-01 24"), "2024-01-01 00:00:00");
  EXPECT_EQ(Read("uuuu-MM-dd kk", "2024-01-01 00"), "-");
}

TEST(DateFormat, TakesOffsetsInTheFormOfTheirLetters) {
  for (const auto& [letters, good, bad] :
       {std::tuple("Z", "+0100", "+01:00"), std::tuple("XX", "+0100", "+01"),
        std::tuple("xx", "+0100", "Z"), std::tuple("X", "+01", "+01:00"),
        std::tuple("ZZZZZ", "+01:00", "+0100")}) {
    EXPECT_NE(Read(std::string("yyyy ") + letters, std::string("2024 ") + good), "-") << letters;
    EXPECT_EQ(Read(std::string("yyyy ") + letters, std::string("2024 ") + bad), "-") << letters;
  }
  EXPECT_EQ(Read("strict_date_time_no_millis", "2024-01-01T10:00:00+18:01"), "-");
  EXPECT_EQ(Read("strict_date_time_no_millis", "2024-01-01T10:00:00+010000"), "-");
}

TEST(DateFormat, KnowsHowFarYearsGo) {
  EXPECT_EQ(Read("strict_date", "+2024-01-01"), "-") << "a sign needs more than four digits";
  EXPECT_NE(Read("strict_date", "-292275055-05-16"), "-");
  EXPECT_EQ(Read("yyyy-MM-dd", "0000-01-01"), "-") << "there is no year 0 of an era";
  EXPECT_NE(Read("epoch_millis", "9223372036854775807"), "-");
  EXPECT_EQ(Read("epoch_millis", "1.1234567"), "-");
  EXPECT_EQ(Read("epoch_second", "31556889864403199"), "-");
}

TEST(DateFormat, SaysWhatIsWrongWithAPattern) {
  EXPECT_EQ(DateFormat::Parse("nope").status().reason(),
            "Invalid format: [nope]: Unknown pattern letter: o");
  EXPECT_FALSE(DateFormat::Parse("").ok());
  EXPECT_FALSE(DateFormat::Parse("yyyy||").ok());
  EXPECT_FALSE(DateFormat::Parse("yyyy 'x").ok());
  EXPECT_FALSE(DateFormat::Parse("[yyyy").ok());
}

TEST(DateFormat, GivesUpOnPatternsThatWouldTakeForEver) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "[d][M]";
  EXPECT_EQ(Read(pattern + "yyyy", "111111111111111111111111111111111111x"), "-");
}

std::string Printed(std::string_view patterns, std::int64_t millis) {
  const auto format = DateFormat::Parse(patterns);
  if (!format.ok()) return format.status().reason();
  const std::int64_t seconds = millis / 1000 - (millis % 1000 < 0 ? 1 : 0);
  return format->Print({seconds, static_cast<std::int32_t>(millis - seconds * 1000) * 1'000'000});
}

TEST(DateFormat, PrintsItsFirstPatternWithAllOptionalParts) {
  constexpr std::int64_t kMarch = 1'583'412'309'123, kBefore = -86'400'001;
  EXPECT_EQ(Printed("strict_date_optional_time||epoch_millis", kMarch), "2020-03-05T12:45:09.123Z");
  EXPECT_EQ(Printed("date_optional_time", kBefore), "1969-12-30T23:59:59.999Z");
  EXPECT_EQ(Printed("date", kMarch), "2020-03-05");
  EXPECT_EQ(Printed("basic_date_time_no_millis", kMarch), "20200305T124509Z");
  EXPECT_EQ(Printed("basic_ordinal_date", kBefore), "1969364");
  EXPECT_EQ(Printed("week_date", kBefore), "1970-W01-2");
  EXPECT_EQ(Printed("epoch_second", kMarch), "1583412309.123");
  // Beyond what std::chrono has of years.
  constexpr std::int64_t kLast = INT64_MAX;
  EXPECT_EQ(Printed("date_optional_time", kLast), "292278994-08-17T07:12:55.807Z");
  EXPECT_EQ(Printed("week_date", kLast), "292278994-W33-7");
  EXPECT_EQ(Printed("ordinal_date", kLast), "292278994-229");
  EXPECT_EQ(Printed("epoch_millis", kBefore), "-86400001");
  EXPECT_EQ(Printed("M/d/yy h:mm a", kMarch), "3/5/20 12:45 PM");
  EXPECT_EQ(Printed("EEE, dd MMMM yyyy HH:mm:ss Z", kMarch), "Thu, 05 Mar 2020 12:45:09 +0000");
  EXPECT_EQ(Printed("uuuu-MM-dd[ HH:mm]xxx", kMarch), "2020-03-05 12:45+00:00");
  EXPECT_EQ(Printed("yyyy.DDD SSSSSS", kMarch), "2020.065 123000");
}

}  // namespace
}  // namespace engine
