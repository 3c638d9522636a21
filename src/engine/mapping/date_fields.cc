#include "engine/mapping/date_fields.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text/units.h"

namespace engine {
namespace {

bool IsLeap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int MonthLength(std::int64_t year, int month) {
  constexpr std::array kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kLengths[static_cast<std::size_t>(month - 1)] + (month == 2 && IsLeap(year) ? 1 : 0);
}

// Days since 1970: of a year that begins in March, so that a leap day is its last.
std::int64_t DaysOf(std::int64_t year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t of_era = y - era * 400;
  const std::int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

// Monday is 1; 1970 began on a Thursday.
int WeekDayOf(std::int64_t day) { return static_cast<int>(((day + 3) % 7 + 7) % 7) + 1; }

int WeeksOf(std::int64_t year) {
  const int first = WeekDayOf(DaysOf(year, 1, 1));
  return first == 4 || (first == 3 && IsLeap(year)) ? 53 : 52;
}

std::int64_t FirstMonday(std::int64_t year) {  // of the week that January 4th is in
  const std::int64_t day = DaysOf(year, 1, 4);
  return day - (WeekDayOf(day) - 1);
}

bool Invalid(std::string* problem, const char* field, const std::string& valid,
             std::int64_t value) {
  if (problem != nullptr) {
    *problem = std::string("Invalid value for ") + field + " (valid values " + valid +
               "): " + std::to_string(value);
  }
  return false;
}

bool Conflict(std::string* problem, const char* field, int derived, int given, std::int64_t day) {
  constexpr std::int64_t kMostDays = INT64_MAX / 86'400'000;
  if (problem != nullptr && std::abs(day) < kMostDays) {
    *problem = std::string("Conflict found: Field ") + field + " " + std::to_string(derived) +
               " differs from " + field + " " + std::to_string(given) + " derived from " +
               base::IsoUtcMillis(day * 86'400'000).substr(0, 10);
  }
  return false;
}

}  // namespace

int DateFields::Hour() const {
  if (hour_letter_ == 'k') return hour_ % 24;
  if (hour_letter_ == 'h') return hour_ % 12 + 12 * half_;
  return hour_letter_ == 'K' ? hour_ + 12 * half_ : hour_;
}

bool DateFields::TimeExists() const {
  const bool low = hour_letter_ == 'k' || hour_letter_ == 'h';  // begin with 1
  const int most = hour_letter_ == 'H'   ? 23
                   : hour_letter_ == 'k' ? 24
                   : hour_letter_ == 'h' ? 12
                                         : 11;
  if (hour_ > most || (low && Has(hour_letter_) && hour_ < 1)) return false;
  if (Has('a') && hour_letter_ == 'H' && Has('H') && half_ != hour_ / 12) return false;
  return minute_ <= 59 && second_ <= 59;
}

bool DateFields::WeekExists(std::string* problem) const {
  const int weeks = Has(kWeek) ? WeeksOf(week_year_) : 53;
  if (week_ < 1 || week_ > weeks) {
    return Invalid(problem, "WeekOfWeekBasedYear", "1 - " + std::to_string(weeks), week_);
  }
  return true;
}

bool DateFields::InRange(std::string* problem) const {
  constexpr std::uint64_t kPlain = Mask("uMdHms");
  if (!TimeExists()) return false;
  if (month_ < 1 || month_ > 12 || day_ < 1 || day_ > MonthLength(year_, month_)) return false;
  if ((seen_ & ~kPlain) == 0) return true;
  if (Has('D') && (day_of_year_ < 1 || day_of_year_ > (IsLeap(year_) ? 366 : 365))) return false;
  if (Has('y') && year_ < 1) {
    return Invalid(problem, "YearOfEra", "1 - 999999999/1000000000", year_);
  }
  if (week_day_ < 1 || week_day_ > 7) {
    return Invalid(problem, Has(kWeekDay) ? "DayOfWeek" : "DayOfWeek[WeekFields[SUNDAY,1]]",
                   "1 - 7", week_day_);
  }
  return WeekExists(problem);
}

std::optional<std::int64_t> DateFields::Day(std::string* problem) const {
  if (Has(kWeekYear)) {  // of a week alone Java makes no date
    if (!Has(kWeek) || !Has(kWeekDay)) return std::nullopt;
    return FirstMonday(week_year_) + (week_ - 1) * 7 + week_day_ - 1;
  }
  if (Has('Y') && !Has('y') && !Has('u')) return DaysOf(week_year_, month_, day_) + (week_ - 1) * 7;
  const std::int64_t year = before_common_era ? 1 - year_ : year_;
  std::int64_t day = DaysOf(year, month_, day_);
  if (Has('D') && !Has('M') && !Has('L')) day += day_of_year_ - 1;
  if (IsChecked() && !Agrees(day, problem)) return std::nullopt;
  return day;
}

bool DateFields::Agrees(std::int64_t day, std::string* problem) const {
  constexpr std::uint64_t kMore = Mask("DEecQq");
  if ((seen_ & kMore) == 0) return true;
  if (!Has('D') && !(Has('d') && (Has('M') || Has('L')))) return true;  // no whole date
  int week_day = week_day_;
  if (Has('e') || Has('c')) week_day = (week_day_ + 5) % 7 + 1;  // from Sunday
  const bool names_day = Has('e') || Has('c') || Has('E');
  if (names_day && week_day != WeekDayOf(day)) {
    return Conflict(problem, "DayOfWeek", WeekDayOf(day), week_day, day);
  }
  const int of_year = static_cast<int>(day - DaysOf(year_, 1, 1)) + 1;
  if (Has('D') && of_year != day_of_year_) {
    return Conflict(problem, "DayOfYear", of_year, day_of_year_, day);
  }
  const int quarter = (month_ - 1) / 3 + 1;
  const bool names_quarter = (Has('Q') || Has('q')) && (Has('M') || Has('L'));
  return !names_quarter || quarter_ == quarter ||
         Conflict(problem, "QuarterOfYear", quarter, quarter_, day);
}

std::optional<Instant> DateFields::Resolve(std::string* problem) const {
  // The days that Java's LocalDate has.
  constexpr std::int64_t kFirstDay = -365'243'219'162, kLastDay = 365'241'780'471;
  if (epoch) {
    const std::int64_t day = epoch->seconds / 86'400;
    return day < kFirstDay || day > kLastDay ? std::nullopt : epoch;
  }
  const bool dated = Has('y') || Has('u') || Has('Y') || Has(kWeekYear) || Has('M') || Has('L');
  if (!dated && !Has(hour_letter_)) return std::nullopt;
  if (!InRange(problem)) return std::nullopt;
  const auto day = Day(problem);
  if (!day || *day < kFirstDay || *day > kLastDay) return std::nullopt;
  return Instant{*day * 86'400 + Hour() * 3'600 + minute_ * 60 + second_ - offset_seconds, nanos};
}

}  // namespace engine
