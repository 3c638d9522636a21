#include "cluster/index/date_math_name.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

constexpr std::int64_t kNow = 1'709'210'096'789;  // 2024-02-29T12:34:56.789Z, a Thursday

std::string Named(std::string_view expression) {
  const auto name = ResolveDateMathName(expression, kNow);
  return name.ok() ? *name : name.status().reason();
}

TEST(DateMathName, LeavesOtherNamesAsTheyAre) {
  for (const char* name : {"logs", "<logs", "logs>", "<", "", "-<logs-{now/d}>"})
    EXPECT_EQ(Named(name), name);
}

TEST(DateMathName, PutsTheDayInPlaceOfEachPlaceholder) {
  EXPECT_EQ(Named("<logs-{now/d}-000001>"), "logs-2024.02.29-000001");
  EXPECT_EQ(Named("<a-{now}-{now/M}-b*>"), "a-2024.02.29-2024.02.01-b*");
  EXPECT_EQ(Named("<plain>"), "plain");
  EXPECT_EQ(Named("<a-\\{x\\}-{now/y}>"), "a-{x}-2024.01.01");
}

TEST(DateMathName, AddsAndRoundsInItsOrder) {
  EXPECT_EQ(Named("<{now-1y}>"), "2023.02.28") << "the last day of the month";
  EXPECT_EQ(Named("<{now/M-1d}>"), "2024.01.31");
  EXPECT_EQ(Named("<{now+1M/M}>"), "2024.03.01");
  EXPECT_EQ(Named("<{now/w}>"), "2024.02.26") << "a Monday";
  EXPECT_EQ(Named("<{now-13h}>"), "2024.02.28");
  EXPECT_EQ(Named("<{now+2w-1440m+86400s}>"), "2024.03.14");
}

TEST(DateMathName, FormatsByAPatternInAZone) {
  EXPECT_EQ(Named("<{now{yyyy.MM.dd.HH.mm.ss.SSS}}>"), "2024.02.29.12.34.56.789");
  EXPECT_EQ(Named("<{now/d{yyyy.MM.dd|+12:00}}>"), "2024.03.01");
  EXPECT_EQ(Named("<{now{HH|-03}}-{now{HH|GMT+5}}-{now{HHmm|+0530}}>"), "09-17-1804");
  EXPECT_EQ(Named("<{now{YYYY.ww}}-{now{yy-D}}-{now{y'w'e}}>"), "2024.09-24-60-2024w4");
  EXPECT_EQ(Named("<{now/M{yyyy-MM}}-{now{strict_date}}>"), "2024-02-2024-02-29");
}

TEST(DateMathName, CountsWeeksAsIsoDoes) {
  const auto at = [](std::int64_t days) {
    return *ResolveDateMathName("<{now{YYYY.ww}}>", days * 86'400'000);
  };
  EXPECT_EQ(at(18'628), "2020.53") << "2021-01-01, a Friday";
  EXPECT_EQ(at(18'631), "2021.01") << "2021-01-04";
  EXPECT_EQ(at(20'088), "2025.01") << "2024-12-31, a Tuesday";
}

TEST(DateMathName, RefusesWhatItCannotRead) {
  EXPECT_EQ(Named("<j-{now>"),
            "invalid dynamic name expression [j-{now>]. date math placeholder is open ended");
  EXPECT_EQ(Named("<k-now}>"),
            "invalid dynamic name expression [k-now}>]. invalid character at position [6]. `{` and "
            "`}` are reserved characters and should be escaped when used as part of the index name "
            "using `\\` (e.g. `\\{text\\}`)");
  EXPECT_EQ(Named("<bb-{now/d{yyyy{x}}}>"),
            "invalid dynamic name expression [bb-{now/d{yyyy{x}}}>]. invalid character in "
            "placeholder at position [15]");
  EXPECT_EQ(Named("<{now{}}>"), "invalid dynamic name expression [now{}]. missing date format");
  EXPECT_EQ(Named("<>"), "nothing captured");
  EXPECT_EQ(Named("<{}>"), "cannot parse empty date");
  EXPECT_EQ(Named("<{nope}>"),
            "failed to parse date field [nope] with format [uuuu.MM.dd]: [failed to parse date "
            "field [nope] with format [uuuu.MM.dd]]");
  EXPECT_EQ(Named("<{now{nope}}>"), "Invalid format: [nope]: Unknown pattern letter: n");
  EXPECT_EQ(Named("<{now+1dx}>"), "operator not supported for date math [+1dx]");
  EXPECT_EQ(Named("<{now+1}>"), "truncated date math [+1]");
  EXPECT_EQ(Named("<{now/2d}>"), "rounding `/` can only be used on single unit types [/2d]");
  EXPECT_EQ(Named("<{now+1q}>"), "unit [q] not supported for date math [+1q]");
  EXPECT_EQ(Named("<{now+999999999y}>"), "date math [now+999999999y] leaves the years 0 to 9999");
  EXPECT_EQ(Named("<{now{yyyy|Mars}}>"),
            "time zone [Mars] is not supported in index names, use its offset as in [+02:00]");
}

}  // namespace
}  // namespace cluster
