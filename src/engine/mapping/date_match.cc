#include "engine/mapping/date_match.h"

#include <algorithm>
#include <array>

namespace engine {
namespace {

using Element = DateFormat::Element;

constexpr std::size_t kNone = std::string_view::npos;
// A pattern with many optional parts tries that many ways at most.
constexpr int kMaxSteps = 2000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The value of at most 18 digits.
std::int64_t Digits(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekDays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

// The place in `names` of the one that stands at the start of `text`, whole or as its first three
// letters, as the pattern wants it.
template <std::size_t N>
int FindName(const std::array<std::string_view, N>& names, std::string_view text, int letters) {
  for (std::size_t i = 0; i < N; ++i) {
    if (text.starts_with(letters >= 4 ? names[i] : names[i].substr(0, 3))) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

void SetField(char letter, std::int64_t value, auto& fields) {
  const int small = static_cast<int>(std::min<std::int64_t>(value, 1'000'000));
  switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
      fields.year = value;
      break;
    case 'M':
    case 'L':
      fields.month = small;
      break;
    case 'd':
      fields.day = small;
      break;
    case 'D':
      fields.day_of_year = small;
      break;
    case 'H':
      fields.hour = small;
      break;
    case 'k':
      fields.hour = small == 24 ? 0 : small;
      break;
    case 'h':
    case 'K':
      fields.hour = small == 12 && letter == 'h' ? 0 : small;
      fields.half_day = true;
      break;
    case 'm':
      fields.minute = small;
      break;
    case 's':
      fields.second = small;
      break;
    default:
      break;  // weeks, quarters: must be there, say nothing
  }
}

}  // namespace

bool DateMatch::Run() {
  Fields fields;
  return !text_.empty() && From(0, 0, fields);
}

bool DateMatch::From(std::size_t element, std::size_t at, Fields& fields) {
  if (++steps_ > kMaxSteps) return false;
  for (; element < pattern_.size(); ++element) {
    furthest_ = std::max(furthest_, at);
    const Element& next = pattern_[element];
    if (next.kind == Element::Kind::kBegin) {
      Fields taken = fields;
      if (From(element + 1, at, taken)) return true;
      element = next.end;
      continue;
    }
    at = Take(next, at, fields);
    if (at == kNone) return false;
  }
  return at == text_.size() && Resolve(fields);
}

std::size_t DateMatch::Take(const Element& element, std::size_t at, Fields& fields) const {
  switch (element.kind) {
    case Element::Kind::kLiteral:
      return text_.substr(at).starts_with(element.text) ? at + element.text.size() : kNone;
    case Element::Kind::kNumber:
      return TakeNumber(element, at, fields);
    case Element::Kind::kFraction:
      return TakeFraction(element, at, fields);
    case Element::Kind::kZone:
      return TakeZone(at, fields);
    case Element::Kind::kOffset:
      return TakeOffset(at, fields);
    case Element::Kind::kWord:
      return TakeWord(element, at, fields);
    case Element::Kind::kEpoch:
      return TakeEpoch(element, at, fields);
    case Element::Kind::kBegin:
    case Element::Kind::kEnd:
      break;
  }
  return at;
}

std::size_t DateMatch::TakeNumber(const Element& element, std::size_t at, Fields& fields) const {
  const bool signs =
      element.max == 9 && at < text_.size() && (text_[at] == '-' || text_[at] == '+');
  const std::size_t first = signs ? at + 1 : at;
  // More digits than letters only behind a sign.
  const auto most = static_cast<std::size_t>(
      element.max == 9 && element.min == 4 && !(signs && text_[at] == '+') ? 4 : element.max);
  std::size_t end = first;
  while (end < text_.size() && end - first < most && IsDigit(text_[end])) ++end;
  if (end - first < static_cast<std::size_t>(element.min)) return kNone;
  std::int64_t value = Digits(text_.substr(first, end - first));
  if (element.max == 2 && (element.letter == 'y' || element.letter == 'u')) value += 2000;
  SetField(element.letter, signs && text_[at] == '-' ? -value : value, fields);
  return end;
}

std::size_t DateMatch::TakeFraction(const Element& element, std::size_t at, Fields& fields) const {
  std::size_t end = at;
  while (end < text_.size() && end - at < static_cast<std::size_t>(element.max) &&
         IsDigit(text_[end])) {
    ++end;
  }
  if (end - at < static_cast<std::size_t>(element.min)) return kNone;
  const std::size_t kept = std::min<std::size_t>(end - at, 9);
  std::int64_t nanos = Digits(text_.substr(at, kept));
  for (std::size_t i = kept; i < 9; ++i) nanos *= 10;
  fields.nanos = static_cast<int>(nanos);
  return end;
}

// Z, +01, +0100, +01:00, +01:00:00.
std::size_t DateMatch::TakeOffset(std::size_t at, Fields& fields) const {
  if (at >= text_.size()) return kNone;
  if (text_[at] == 'Z') return at + 1;
  if (text_[at] != '+' && text_[at] != '-') return kNone;
  const int sign = text_[at] == '-' ? -1 : 1;
  int seconds = 0;
  std::size_t end = at + 1;
  for (const int unit : {3600, 60, 1}) {
    const std::size_t begin =
        unit != 3600 && end < text_.size() && text_[end] == ':' ? end + 1 : end;
    if (begin + 2 > text_.size() || !IsDigit(text_[begin]) || !IsDigit(text_[begin + 1])) {
      if (unit == 3600) return kNone;
      break;
    }
    const int value = static_cast<int>(Digits(text_.substr(begin, 2)));
    if (value > (unit == 3600 ? 18 : 59)) return kNone;
    seconds += unit * value;
    end = begin + 2;
  }
  fields.offset_seconds = sign * seconds;
  return end;
}

std::size_t DateMatch::TakeZone(std::size_t at, Fields& fields) const {
  const std::size_t offset = TakeOffset(at, fields);
  const auto region_char = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || IsDigit(c) || c == '/' || c == '_' ||
           c == '-' || c == '+' || c == ':';
  };
  if (offset != kNone && (offset == text_.size() || !region_char(text_[offset]))) return offset;
  std::size_t end = at;
  while (end < text_.size() && region_char(text_[end])) ++end;
  const std::string_view name = text_.substr(at, end - at);
  const bool known = name.find('/') != kNone || name == "UTC" || name == "GMT" || name == "UT";
  return known && !IsDigit(name.front()) ? end : offset;
}

std::size_t DateMatch::TakeWord(const Element& element, std::size_t at, Fields& fields) const {
  const std::string_view rest = text_.substr(std::min(at, text_.size()));
  if (element.letter == 'a') {
    if (!rest.starts_with("AM") && !rest.starts_with("PM")) return kNone;
    fields.afternoon = rest.starts_with('P');
    return at + 2;
  }
  if (element.letter == 'G') {
    return rest.starts_with("AD") || rest.starts_with("BC") ? at + 2 : kNone;
  }
  const bool month = element.letter == 'M' || element.letter == 'L';
  const int place =
      month ? FindName(kMonths, rest, element.min) : FindName(kWeekDays, rest, element.min);
  if (place < 0) return kNone;
  if (month) fields.month = place + 1;
  const auto index = static_cast<std::size_t>(place);
  const std::string_view name = month ? kMonths[index] : kWeekDays[index];
  return at + (element.min >= 4 ? name.size() : 3);
}

// The rest of the text: -?digits, perhaps with a fraction.
std::size_t DateMatch::TakeEpoch(const Element& element, std::size_t at, Fields& fields) const {
  std::string_view rest = text_.substr(std::min(at, text_.size()));
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const std::string_view whole = rest.substr(0, std::min(rest.find('.'), rest.size()));
  std::string_view fraction = rest.substr(std::min(whole.size() + 1, rest.size()));
  const bool digits = std::ranges::all_of(whole, IsDigit) && std::ranges::all_of(fraction, IsDigit);
  if (!digits || whole.empty() || whole.size() > 18 || fraction.size() > 9) return kNone;
  if (rest.size() > whole.size() && fraction.empty()) return kNone;
  const std::int64_t count = Digits(whole);
  const std::int64_t per_second = element.min == 3 ? 1000 : 1;
  std::int64_t seconds = count / per_second;
  std::int64_t nanos = count % per_second * (1'000'000'000 / per_second);
  std::int64_t part = Digits(fraction.substr(0, std::min<std::size_t>(fraction.size(), 9)));
  for (std::size_t i = fraction.size(); i < 9; ++i) part *= 10;
  nanos += part / per_second;
  if (negative && (seconds != 0 || nanos != 0)) {
    seconds = -seconds - (nanos > 0 ? 1 : 0);
    nanos = nanos > 0 ? 1'000'000'000 - nanos : 0;
  }
  fields.epoch = Instant{seconds, static_cast<std::int32_t>(nanos)};
  return text_.size();
}

bool DateMatch::Resolve(const Fields& fields) {
  if (fields.epoch) {
    instant_ = *fields.epoch;
    return true;
  }
  const int hour = fields.hour + (fields.half_day && fields.afternoon ? 12 : 0);
  if (hour > 23 || fields.minute > 59 || fields.second > 59) return false;
  if (fields.month < 1 || fields.month > 12 || fields.day < 1 || fields.day > 31) return false;
  const std::int64_t year = fields.year;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr std::array kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int length = kLengths[static_cast<std::size_t>(fields.month - 1)];
  if (fields.day > length + (leap && fields.month == 2 ? 1 : 0)) return false;
  if (fields.day_of_year > (leap ? 366 : 365)) return false;
  // Days since 1970 of a date whose years begin in March.
  const std::int64_t y = fields.month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t of_era = y - era * 400;
  const std::int64_t month = (fields.month + 9) % 12;
  const std::int64_t day = (153 * month + 2) / 5 + fields.day - 1;
  std::int64_t days = era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719'468;
  if (fields.day_of_year > 0) days += fields.day_of_year - 1;
  instant_.seconds =
      days * 86'400 + hour * 3'600 + fields.minute * 60 + fields.second - fields.offset_seconds;
  instant_.nanos = fields.nanos;
  return true;
}

}  // namespace engine
