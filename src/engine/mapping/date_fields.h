// engine/mapping/date_fields.h
//
// The numbers and words that a date pattern has read from a text, by the letters of Java's
// DateTimeFormatter, and the instant they make.
//
// Lifetime: a value. Threads: any.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/mapping/date_format.h"

namespace engine {

struct DateFields {
  // Letters of our own: weeks as ISO 8601 counts them, from Monday. Java's depend on the locale.
  static constexpr char kWeekYear = 'J', kWeek = 'j', kWeekDay = 'i';

  std::optional<Instant> epoch;
  int nanos = 0;
  int offset_seconds = 0;
  bool before_common_era = false;

  void Set(char letter, std::int64_t value);
  bool Has(char letter) const { return (seen_ >> Bit(letter) & 1) != 0; }

  // nullopt: there is no such day or time, or the fields contradict each other. `problem`, unless
  // null, is then what Java says of it, if that is known.
  std::optional<Instant> Resolve(std::string* problem) const;

 private:
  static constexpr int Bit(char letter) { return letter - 'A'; }
  static constexpr std::uint64_t Mask(std::string_view letters) {
    std::uint64_t mask = 0;
    for (const char letter : letters) mask |= std::uint64_t{1} << Bit(letter);
    return mask;
  }

  bool InRange(std::string* problem) const;
  bool TimeExists() const;
  bool WeekExists(std::string* problem) const;
  // Days since 1970.
  std::optional<std::int64_t> Day(std::string* problem) const;
  bool Agrees(std::int64_t day, std::string* problem) const;
  // A year that Java checks against the other fields, as it does not check a bare `yyyy`.
  bool IsChecked() const { return Has('u') || (Has('y') && Has('G')); }
  int Hour() const;

  std::uint64_t seen_ = 0;  // letters
  std::int64_t year_ = 1970, week_year_ = 1970;
  // Small: a pattern copies the fields at each of its optional parts.
  std::int16_t month_ = 1, day_ = 1, day_of_year_ = 0;
  std::int16_t week_ = 1, week_day_ = 1, quarter_ = 0;
  std::int16_t hour_ = 0, minute_ = 0, second_ = 0, half_ = 0;
  char hour_letter_ = 'H';
};

// Here, as dates of documents are read number by number.
inline void DateFields::Set(char letter, std::int64_t value) {
  seen_ |= std::uint64_t{1} << Bit(letter);
  const auto small = static_cast<std::int16_t>(std::min<std::int64_t>(value, 10'000));
  switch (letter) {
    case 'y':
    case 'u':
      year_ = value;
      break;
    case 'Y':
    case kWeekYear:
      week_year_ = value;
      break;
    case 'w':
    case kWeek:
      week_ = small;
      break;
    case 'e':
    case 'c':
    case 'E':
    case kWeekDay:
      week_day_ = small;
      break;
    case 'M':
    case 'L':
      month_ = small;
      break;
    case 'd':
      day_ = small;
      break;
    case 'D':
      day_of_year_ = small;
      break;
    case 'Q':
    case 'q':
      quarter_ = small;
      break;
    case 'H':
    case 'k':
    case 'h':
    case 'K':
      hour_ = small;
      hour_letter_ = letter;
      break;
    case 'a':
      half_ = small;
      break;
    case 'm':
      minute_ = small;
      break;
    case 's':
      second_ = small;
      break;
    default:
      break;  // must be there, and says nothing
  }
}

}  // namespace engine
