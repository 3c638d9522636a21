// engine/mapping/date_fields.h
//
// The numbers and words that a date pattern has read from a text, by the letters of Java's
// DateTimeFormatter, and the instant they make.
//
// Lifetime: a value. Threads: any.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
  static int Bit(char letter) { return letter - 'A'; }

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
  int month_ = 1, day_ = 1, day_of_year_ = 0;
  int week_ = 1, week_day_ = 1, quarter_ = 0;
  int hour_ = 0, minute_ = 0, second_ = 0, half_ = 0;
  char hour_letter_ = 'H';
};

}  // namespace engine
