// How a date format prints an instant.

#include <array>
#include <chrono>

#include "engine/mapping/date_fields.h"
#include "engine/mapping/date_format.h"

namespace engine {

namespace {

using Element = DateFormat::Element;

// Java's root locale has no longer names.
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekDays = {"Mon", "Tue", "Wed", "Thu",
                                                       "Fri", "Sat", "Sun"};

std::string Padded(std::int64_t value, int width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  const auto wanted = static_cast<std::size_t>(width);
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

// An instant taken apart, in UTC.
class Printer {
 public:
  explicit Printer(const Instant& instant) : instant_(instant) {
    const std::chrono::sys_seconds seconds{std::chrono::seconds(instant.seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    second_ = static_cast<int>((seconds - day).count());
    // std::chrono has years to 32767; the calendar, week days too, is the same every 400 years.
    constexpr std::int64_t kDaysOf400Years = 146'097;
    const std::int64_t days = day.time_since_epoch().count();
    day_ = ((days % kDaysOf400Years) + kDaysOf400Years) % kDaysOf400Years;
    years_ = (days - day_) / kDaysOf400Years * 400;
    date_ = std::chrono::sys_days(std::chrono::days(day_));
  }

  void Append(const Element& element, std::string& out) const {
    using Kind = Element::Kind;
    switch (element.kind) {
      case Kind::kLiteral:
        out += element.text;
        break;
      case Kind::kNumber:
        AppendNumber(element, out);
        break;
      case Kind::kFraction:
        out += Fraction(element);
        break;
      case Kind::kZone:
        out += 'Z';
        break;
      case Kind::kOffset:
        out += Offset(element);
        break;
      case Kind::kWord:
        out += Word(element);
        break;
      case Kind::kEpoch:
        out += element.min == 0 ? Seconds() : std::to_string(instant_.seconds * 1000 + Millis());
        break;
      case Kind::kBegin:
      case Kind::kEnd:
        break;
    }
  }

 private:
  int Millis() const { return instant_.nanos / 1'000'000; }
  std::string Seconds() const {
    std::string whole = std::to_string(instant_.seconds);
    if (Millis() == 0) return whole;
    std::string fraction = Padded(Millis(), 3);
    while (fraction.ends_with('0')) fraction.pop_back();
    return whole + "." + fraction;
  }
  int Hour() const { return second_ / 3600; }
  std::int64_t Year() const { return years_ + static_cast<int>(date_.year()); }
  int Month() const { return static_cast<int>(static_cast<unsigned>(date_.month())); }
  // From Monday, which is 1.
  int WeekDay() const { return static_cast<int>(((day_ + 3) % 7 + 7) % 7) + 1; }
  int DayOfYear() const {
    const std::chrono::sys_days first(date_.year() / 1 / 1);
    return static_cast<int>(day_ - first.time_since_epoch().count()) + 1;
  }
  // The week and year of the Thursday in the week of this day.
  std::pair<std::int64_t, int> IsoWeek() const {
    const std::chrono::sys_days thursday{std::chrono::days(day_ - WeekDay() + 4)};
    const std::chrono::year year = std::chrono::year_month_day(thursday).year();
    const auto days = (thursday - std::chrono::sys_days(year / 1 / 1)).count();
    return {years_ + static_cast<int>(year), static_cast<int>(days / 7) + 1};
  }

  std::int64_t Number(char letter) const {
    const std::int64_t year = Year();
    switch (letter) {
      case 'u':
        return year;
      case 'y':
        return year > 0 ? year : 1 - year;
      case 'Y':
      case DateFields::kWeekYear:
        return IsoWeek().first;
      case 'w':
      case DateFields::kWeek:
        return IsoWeek().second;
      case 'e':
      case 'c':
      case DateFields::kWeekDay:
        return WeekDay();
      case 'M':
      case 'L':
        return Month();
      case 'Q':
      case 'q':
        return (Month() - 1) / 3 + 1;
      case 'd':
        return static_cast<unsigned>(date_.day());
      case 'D':
        return DayOfYear();
      default:
        return TimeNumber(letter);
    }
  }
  std::int64_t TimeNumber(char letter) const {
    switch (letter) {
      case 'H':
        return Hour();
      case 'k':
        return Hour() == 0 ? 24 : Hour();
      case 'K':
        return Hour() % 12;
      case 'h':
        return Hour() % 12 == 0 ? 12 : Hour() % 12;
      case 'm':
        return second_ / 60 % 60;
      case 's':
        return second_ % 60;
      case 'A':
        return std::int64_t{second_} * 1000 + Millis();
      case 'n':
        return std::int64_t{Millis()} * 1'000'000;
      case 'N':
        return (std::int64_t{second_} * 1000 + Millis()) * 1'000'000;
      default:
        return 0;
    }
  }

  void AppendNumber(const Element& element, std::string& out) const {
    std::int64_t value = Number(element.letter);
    const bool short_year =
        element.letters == 2 && (element.letter == 'y' || element.letter == 'u');
    if (short_year) value = (value % 100 + 100) % 100;
    out += Padded(value, element.letters);
  }

  // Milliseconds, unless the pattern says how many digits.
  std::string Fraction(const Element& element) const {
    const std::string digits = Padded(Millis(), 3) + "000000";
    return digits.substr(0, element.min == element.max ? static_cast<std::size_t>(element.max) : 3);
  }

  static std::string Offset(const Element& element) {
    if (element.letter == 'X' || (element.letter == 'Z' && element.min == 5)) return "Z";
    if (element.letter == 'Z' && element.min == 4) return "GMT";
    if (element.letter == 'x' && element.min == 1) return "+00";
    return element.letter == 'x' && element.min % 2 == 1 ? "+00:00" : "+0000";
  }

  std::string Word(const Element& element) const {
    std::string_view word;
    if (element.letter == 'M' || element.letter == 'L') {
      word = kMonths[static_cast<std::size_t>(Month() - 1)];
    } else if (element.letter == 'a') {
      return Hour() < 12 ? "AM" : "PM";
    } else if (element.letter == 'G') {
      return Year() > 0 ? "AD" : "BC";
    } else {
      word = kWeekDays[static_cast<std::size_t>(WeekDay() - 1)];
    }
    return std::string(word.substr(0, element.min == 5 ? 1 : word.size()));
  }

  const Instant instant_;
  std::int64_t years_ = 0;  // multiples of 400 that day_ and date_ leave out
  std::int64_t day_ = 0;    // since 1970
  int second_ = 0;          // of the day
  std::chrono::year_month_day date_;
};

}  // namespace

std::string JavaText(const Instant& instant) {
  static const DateFormat format = *DateFormat::Parse("uuuu-MM-dd'T'HH:mm:ss");
  std::string text = format.Print(instant);
  if (text.find('-', 1) > 4 && !text.starts_with('-')) text.insert(0, "+");
  std::string fraction = Padded(instant.nanos, 9);
  while (fraction.ends_with("000")) fraction.resize(fraction.size() - 3);
  return text + (fraction.empty() ? "" : "." + fraction) + "Z";
}

std::string DateFormat::Print(const Instant& instant) const {
  const Pattern& pattern = *patterns_.front();
  const Printer printer(instant);
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    // Of two ways to write a fraction the first is taken.
    const bool other = pattern[i].kind == Element::Kind::kBegin && i + 1 < pattern.size() &&
                       pattern[i + 1].kind == Element::Kind::kLiteral && pattern[i + 1].text == ",";
    if (other) {
      i = pattern[i].end;
    } else {
      printer.Append(pattern[i], out);
    }
  }
  return out;
}

}  // namespace engine
