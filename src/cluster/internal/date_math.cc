#include "cluster/internal/date_math.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "base/text/numbers.h"

namespace cluster {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;
using Time = std::chrono::local_time<milliseconds>;

Status BadUnit(char unit, std::string_view math) {
  return base::ParseError("unit [" + std::string(1, unit) + "] not supported for date math [" +
                          std::string(math) + "]");
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status UnknownZone(std::string_view zone) {
  return IllegalArgument("time zone [" + std::string(zone) +
                         "] is not supported in index names, use its offset as in [+02:00]");
}

Time LocalTime(std::int64_t millis, std::int64_t offset_seconds) {
  return Time(milliseconds(millis) + seconds(offset_seconds));
}

constexpr int kLastYear = 9999;

bool InRange(Time time) {
  return time >= local_days(std::chrono::year(0) / 1 / 1) &&
         time < local_days(std::chrono::year(kLastYear + 1) / 1 / 1);
}

// The last day of the month where the day is not in it; out of range if the result would be.
Time PlusMonths(Time time, std::int64_t count) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date(day);
  const std::int64_t months = 12LL * int(date.year()) + unsigned(date.month()) - 1 + count;
  if (months < 0 || months / 12 > kLastYear) return Time::max();
  const std::chrono::year_month month(std::chrono::year(int(months / 12)),
                                      std::chrono::month(unsigned(months % 12 + 1)));
  const year_month_day same = month / date.day();
  return local_days(same.ok() ? same : year_month_day(month / std::chrono::last)) + (time - day);
}

Result<Time> Plus(Time time, std::int64_t count, char unit, std::string_view math) {
  switch (unit) {
    case 'y':
      return PlusMonths(time, 12 * count);
    case 'M':
      return PlusMonths(time, count);
    case 'w':
      return time + days(7 * count);
    case 'd':
      return time + days(count);
    case 'h':
    case 'H':
      return time + hours(count);
    case 'm':
      return time + minutes(count);
    case 's':
      return time + seconds(count);
    default:
      return BadUnit(unit, math);
  }
}

Result<Time> RoundDown(Time time, char unit, std::string_view math) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date(day);
  switch (unit) {
    case 'y':
      return Time(local_days(date.year() / 1 / 1));
    case 'M':
      return Time(local_days(date.year() / date.month() / 1));
    case 'w':
      return Time(day - (std::chrono::weekday(day) - std::chrono::Monday));
    case 'd':
      return Time(day);
    case 'h':
    case 'H':
      return Time(std::chrono::floor<hours>(time));
    case 'm':
      return Time(std::chrono::floor<minutes>(time));
    case 's':
      return Time(std::chrono::floor<seconds>(time));
    default:
      return BadUnit(unit, math);
  }
}

// One step of the math: `+1d`, `-M`, `/d`.
struct Step {
  char sign;
  std::int64_t count;
  char unit;
};

Result<Step> ReadStep(std::string_view math, std::size_t& at) {
  // Beyond any date there is, and small enough for every unit.
  constexpr std::size_t kMostDigits = 9;
  const std::string all(math);
  Step step{math[at++], 1, 0};
  if (step.sign != '/' && step.sign != '+' && step.sign != '-')
    return base::ParseError("operator not supported for date math [" + all + "]");
  const std::size_t digits = at;
  while (at < math.size() && IsDigit(math[at])) ++at;
  if (at >= math.size()) return base::ParseError("truncated date math [" + all + "]");
  if (at - digits > kMostDigits) return base::NumberFormat(math.substr(digits, at - digits));
  if (at > digits) {
    ASSIGN_OR_RETURN(step.count, base::ParseInt64(math.substr(digits, at - digits)));
  }
  if (step.sign == '/' && step.count != 1)
    return base::ParseError("rounding `/` can only be used on single unit types [" + all + "]");
  step.unit = math[at++];
  return step;
}

std::string Padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

struct WeekOfYear {
  int year;
  std::int64_t week;
};

// As ISO 8601 counts: the week belongs to the year that has its Thursday.
WeekOfYear WeekOf(local_days day) {
  const local_days thursday = day - (std::chrono::weekday(day) - std::chrono::Monday) + days(3);
  const std::chrono::year year = year_month_day(thursday).year();
  return {int(year), (thursday - local_days(year / 1 / 1)).count() / 7 + 1};
}

std::string OffsetText(char letter, std::size_t width, std::int64_t offset_seconds) {
  if (letter == 'X' && offset_seconds == 0) return "Z";
  const std::int64_t in_minutes = std::abs(offset_seconds) / 60;
  const std::string sign = offset_seconds < 0 ? "-" : "+";
  const std::string hour = Padded(in_minutes / 60, 2), minute = Padded(in_minutes % 60, 2);
  if (width == 1) return sign + hour + (in_minutes % 60 == 0 ? "" : minute);
  return sign + hour + (width == 3 || width == 5 ? ":" : "") + minute;
}

std::string YearText(std::int64_t year, std::size_t width) {
  return width == 2 ? Padded(year % 100, 2) : Padded(year, width);
}

// What a letter of a pattern stands for; `width` is how often it is repeated.
class DateFields {
 public:
  DateFields(std::int64_t millis, std::int64_t offset_seconds)
      : offset_seconds_(offset_seconds),
        time_(LocalTime(millis, offset_seconds)),
        day_(std::chrono::floor<days>(time_)),
        date_(day_),
        clock_(std::chrono::floor<milliseconds>(time_ - day_)) {}

  Result<std::string> Text(char letter, std::size_t width, std::string_view pattern) const {
    if (letter == 'x' || letter == 'X') return OffsetText(letter, width, offset_seconds_);
    if (letter == 'y' || letter == 'u') return YearText(int(date_.year()), width);
    if (letter == 'Y') return YearText(WeekOf(day_).year, width);
    if (letter == 'S') return Padded(clock_.subseconds().count(), 3).substr(0, width);
    ASSIGN_OR_RETURN(const std::int64_t number, Number(letter, pattern));
    if ((letter != 'M' && letter != 'L') || width <= 2) return Padded(number, width);
    return IllegalArgument("Invalid format: [" + std::string(pattern) +
                           "]: names of months are not supported in index names");
  }

 private:
  Result<std::int64_t> Number(char letter, std::string_view pattern) const {
    const std::int64_t hour = clock_.hours().count();
    switch (letter) {
      case 'M':
      case 'L':
        return unsigned(date_.month());
      case 'd':
        return unsigned(date_.day());
      case 'D':
        return (day_ - local_days(date_.year() / 1 / 1)).count() + 1;
      case 'w':
        return WeekOf(day_).week;
      case 'e':
        return std::chrono::weekday(day_).iso_encoding();
      case 'H':
        return hour;
      case 'k':
        return hour == 0 ? 24 : hour;
      case 'K':
        return hour % 12;
      case 'h':
        return (hour + 11) % 12 + 1;
      case 'm':
        return clock_.minutes().count();
      case 's':
        return clock_.seconds().count();
      default:
        return IllegalArgument("Invalid format: [" + std::string(pattern) +
                               "]: Unknown pattern letter: " + letter);
    }
  }

  const std::int64_t offset_seconds_;
  const Time time_;
  const local_days day_;
  const year_month_day date_;
  const std::chrono::hh_mm_ss<milliseconds> clock_;
};

std::string_view PatternOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNamed = {{
      {"basic_date", "uuuuMMdd"},
      {"basic_week_date", "YYYY'W'wwe"},
      {"date", "uuuu-MM-dd"},
      {"year", "uuuu"},
      {"year_month", "uuuu-MM"},
      {"year_month_day", "uuuu-MM-dd"},
      {"weekyear", "YYYY"},
      {"weekyear_week", "YYYY-'W'ww"},
      {"ordinal_date", "uuuu-DDD"},
  }};
  constexpr std::string_view kStrict = "strict_";
  const std::string_view plain = name.starts_with(kStrict) ? name.substr(kStrict.size()) : name;
  const auto* const found = std::ranges::find(kNamed, plain, [](const auto& p) { return p.first; });
  return found == kNamed.end() ? name : found->second;
}

}  // namespace

Result<std::int64_t> ParseZoneOffset(std::string_view zone) {
  if (zone == "Z" || zone == "UTC" || zone == "GMT" || zone == "UT") return 0;
  std::string_view rest = zone;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (rest.starts_with(prefix)) {
      rest.remove_prefix(prefix.size());
      break;
    }
  }
  if (rest.size() < 2 || (rest.front() != '+' && rest.front() != '-')) return UnknownZone(zone);
  const std::int64_t sign = rest.front() == '-' ? -1 : 1;
  rest.remove_prefix(1);
  std::string digits;
  std::ranges::copy_if(rest, std::back_inserter(digits), IsDigit);
  const bool colon = rest.size() == 5 && rest[2] == ':' && digits.size() == 4;
  if (!colon && (digits.size() != rest.size() || digits.size() == 3 || digits.size() > 4))
    return UnknownZone(zone);
  ASSIGN_OR_RETURN(const std::int64_t number, base::ParseInt64(digits));
  const std::int64_t hour = digits.size() == 4 ? number / 100 : number;
  const std::int64_t minute = digits.size() == 4 ? number % 100 : 0;
  if (hour > 18 || minute > 59 || (hour == 18 && minute > 0)) return UnknownZone(zone);
  return sign * (hour * 3600 + minute * 60);
}

Result<std::int64_t> EvaluateDateMath(std::string_view math, std::string_view pattern,
                                      std::int64_t now_millis, std::int64_t offset_seconds) {
  constexpr std::string_view kNow = "now";
  if (math.empty()) return base::ParseError("cannot parse empty date");
  if (!math.starts_with(kNow)) {
    const std::string why = "failed to parse date field [" +
                            std::string(math.substr(0, math.find("||"))) + "] with format [" +
                            std::string(pattern) + "]";
    return base::ParseError(why + ": [" + why + "]").CausedBy(IllegalArgument(why));
  }
  Time time = LocalTime(now_millis, offset_seconds);
  const std::string_view steps = math.substr(kNow.size());
  for (std::size_t at = 0; at < steps.size();) {
    ASSIGN_OR_RETURN(const Step step, ReadStep(steps, at));
    if (step.sign == '/') {
      ASSIGN_OR_RETURN(time, RoundDown(time, step.unit, steps));
    } else {
      const std::int64_t count = step.sign == '-' ? -step.count : step.count;
      ASSIGN_OR_RETURN(time, Plus(time, count, step.unit, steps));
    }
    if (!InRange(time))
      return IllegalArgument("date math [" + std::string(math) + "] leaves the years 0 to 9999");
  }
  return (time.time_since_epoch() - seconds(offset_seconds)).count();
}

Result<std::string> FormatDate(std::string_view pattern, std::int64_t millis,
                               std::int64_t offset_seconds) {
  const DateFields fields(millis, offset_seconds);
  const std::string_view rest = PatternOf(pattern);
  std::string text;
  bool quoted = false;
  for (std::size_t at = 0; at < rest.size();) {
    const char c = rest[at];
    const std::size_t end = std::min(rest.find_first_not_of(c, at), rest.size());
    if (c == '\'') {
      if (end - at > 1) text += c;
      quoted ^= (end - at) % 2 == 1;
    } else if (quoted || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
      text.append(rest.substr(at, end - at));
    } else {
      ASSIGN_OR_RETURN(const std::string field, fields.Text(c, end - at, pattern));
      text += field;
    }
    at = end;
  }
  return text;
}

}  // namespace cluster
