#include "engine/mapping/date_match.h"

#include <algorithm>
#include <array>

#include "base/text/numbers.h"

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

// How Java reads the offset of each pattern: +HH, then minutes and perhaps seconds.
struct OffsetForm {
  bool minutes = true;  // must be there
  bool plain = true, colon = true, seconds = true;
  bool zulu = true;
};
OffsetForm FormOf(const Element& element) {
  const char letter = element.letter;
  const int count = element.min;
  if (letter == 0) return {.minutes = false};
  if (letter == 'Z') {
    return count < 5 ? OffsetForm{.colon = false, .seconds = false, .zulu = false}
                     : OffsetForm{.plain = false};
  }
  const bool colon = count == 3 || count == 5;
  return {.minutes = count > 1,
          .plain = !colon,
          .colon = colon,
          .seconds = count > 3,
          .zulu = letter == 'X'};
}

bool IsZoneChar(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || IsDigit(c) || c == '/' || c == '_' ||
         c == '-' || c == '+' || c == ':';
}

// Names without a region, which others than these do not lack.
bool IsLoneZone(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "UTC",  "GMT",  "UT",   "CET",   "EET",   "MET",    "WET",     "EST",       "MST",
      "HST",  "Cuba", "Eire", "GB",    "Iran",  "Israel", "Jamaica", "NZ",        "PRC",
      "Zulu", "ROK",  "UCT",  "Egypt", "Japan", "Turkey", "Navajo",  "Singapore", "W-SU"};
  return std::ranges::find(kNames, name) != std::end(kNames);
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
      return TakeOffset(element, at, fields);
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
  constexpr std::size_t kYearDigits = 4;
  const bool year = element.max == 9;
  const bool plus = year && at < text_.size() && text_[at] == '+';
  const bool minus = year && at < text_.size() && text_[at] == '-';
  const std::size_t first = plus || minus ? at + 1 : at;
  auto most = static_cast<std::size_t>(element.max);
  // More digits than letters only behind a sign.
  if (year && !plus && !minus) most = element.min == 4 ? kYearDigits : kYearDigits + 1;
  std::size_t end = first;
  while (end < text_.size() && end - first < most && IsDigit(text_[end])) ++end;
  if (end - first < static_cast<std::size_t>(element.min)) return kNone;
  if (plus && end - first <= kYearDigits) return kNone;
  std::int64_t value = Digits(text_.substr(first, end - first));
  if (element.max == 2 && (element.letter == 'y' || element.letter == 'u')) value += 2000;
  fields.Set(element.letter, minus ? -value : value);
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

std::size_t DateMatch::TakeOffset(const Element& element, std::size_t at, Fields& fields) const {
  constexpr int kMostSeconds = 18 * 3600;
  const OffsetForm form = FormOf(element);
  if (at >= text_.size()) return kNone;
  if (text_[at] == 'Z') return form.zulu ? at + 1 : kNone;
  if (text_[at] != '+' && text_[at] != '-') return kNone;
  int seconds = 0;
  std::size_t end = at + 1;
  bool colon = false;
  for (const int unit : {3600, 60, 1}) {
    const bool here = unit != 3600 && end < text_.size() && text_[end] == ':';
    const std::size_t begin = here ? end + 1 : end;
    const bool digits =
        begin + 2 <= text_.size() && IsDigit(text_[begin]) && IsDigit(text_[begin + 1]);
    const bool wanted = unit == 3600 || (unit == 60 && (here ? form.colon : form.plain)) ||
                        (unit == 1 && form.seconds && colon == here && (here || !form.colon));
    if (!digits || !wanted) {
      if (unit == 3600 || (unit == 60 && form.minutes)) return kNone;
      break;
    }
    const int value = static_cast<int>(Digits(text_.substr(begin, 2)));
    if (unit != 3600 && value > 59) return kNone;
    seconds += unit * value;
    end = begin + 2;
    colon = here;
  }
  if (seconds > kMostSeconds) return kNone;
  fields.offset_seconds = text_[at] == '-' ? -seconds : seconds;
  return end;
}

std::size_t DateMatch::TakeZone(std::size_t at, Fields& fields) const {
  const std::size_t offset = TakeOffset({.kind = Element::Kind::kZone}, at, fields);
  if (offset != kNone && (offset == text_.size() || !IsZoneChar(text_[offset]))) return offset;
  std::size_t end = at;
  while (end < text_.size() && IsZoneChar(text_[end])) ++end;
  const std::string_view name = text_.substr(at, end - at);
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    if (TakeOffset({.kind = Element::Kind::kZone}, at + prefix.size(), fields) == end) return end;
  }
  const bool known = name.find('/') != kNone || IsLoneZone(name);
  return known && !IsDigit(name.front()) ? end : offset;
}

std::size_t DateMatch::TakeWord(const Element& element, std::size_t at, Fields& fields) const {
  const std::string_view rest = text_.substr(std::min(at, text_.size()));
  if (element.letter == 'a') {
    if (!rest.starts_with("AM") && !rest.starts_with("PM")) return kNone;
    fields.Set('a', rest.starts_with('P') ? 1 : 0);
    return at + 2;
  }
  if (element.letter == 'G') {
    fields.Set('G', 0);
    fields.before_common_era = rest.starts_with("BC");
    return rest.starts_with("AD") || rest.starts_with("BC") ? at + 2 : kNone;
  }
  const bool month = element.letter == 'M' || element.letter == 'L';
  const int place =
      month ? FindName(kMonths, rest, element.min) : FindName(kWeekDays, rest, element.min);
  if (place < 0) return kNone;
  fields.Set(month ? 'M' : 'E', place + 1);
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
  const std::size_t most_fraction = element.min == 3 ? 6 : 9;
  if (!digits || whole.empty() || fraction.size() > most_fraction) return kNone;
  const auto parsed = base::ParseInt64(whole);
  if (!parsed.ok()) return kNone;
  const std::int64_t count = *parsed;
  const std::int64_t per_second = element.min == 3 ? 1000 : 1;
  std::int64_t seconds = count / per_second;
  std::int64_t nanos = count % per_second * (1'000'000'000 / per_second);
  std::int64_t part = Digits(fraction);
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
  const auto instant = fields.Resolve(problem_);
  if (instant) instant_ = *instant;
  return instant.has_value();
}

}  // namespace engine
