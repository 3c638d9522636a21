#include "engine/mapping/date_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text/strings.h"
#include "engine/mapping/date_match.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using Element = DateFormat::Element;
using Pattern = DateFormat::Pattern;

// In Java's letters, and: ~ for one to nine digits of a fraction, @ for any zone, # and % for the
// seconds and milliseconds since 1970. In what follows a name stands for itself strictly; without
// `strict_` in front its numbers may have fewer digits.
struct Named {
  std::string_view name;
  std::string_view pattern;
};
constexpr std::array kNamed = std::to_array<Named>({
    {"epoch_second", "#"},
    {"epoch_millis", "%"},
    {"date_optional_time", "yyyy[-MM[-dd]]['T'[HH[:mm[:ss[.~][,~]]][@]]]"},
    {"date_optional_time_nanos", "yyyy[-MM[-dd]]['T'[HH[:mm[:ss[.~][,~]]][@]]]"},
    {"iso8601", "yyyy[-MM[-dd]]['T'[HH[:mm[:ss[.~][,~]]][@]]]"},
    {"rfc3339_lenient", "yyyy[-MM[-dd]]['T'[HH:mm[:ss[.~][,~]]ZZZZZ]]"},
    {"basic_date", "yyyyMMdd"},
    {"basic_date_time", "yyyyMMdd'T'HHmmss.~@"},
    {"basic_date_time_no_millis", "yyyyMMdd'T'HHmmss@"},
    {"basic_ordinal_date", "yyyyDDD"},
    {"basic_ordinal_date_time", "yyyyDDD'T'HHmmss.~@"},
    {"basic_ordinal_date_time_no_millis", "yyyyDDD'T'HHmmss@"},
    {"basic_time", "HHmmss.~@"},
    {"basic_time_no_millis", "HHmmss@"},
    {"basic_t_time", "'T'HHmmss.~@"},
    {"basic_t_time_no_millis", "'T'HHmmss@"},
    {"basic_week_date", "YYYY'W'wwe"},
    {"basic_week_date_time", "YYYY'W'wwe'T'HHmmss.~@"},
    {"basic_week_date_time_no_millis", "YYYY'W'wwe'T'HHmmss@"},
    {"date", "yyyy-MM-dd"},
    {"date_hour", "yyyy-MM-dd'T'HH"},
    {"date_hour_minute", "yyyy-MM-dd'T'HH:mm"},
    {"date_hour_minute_second", "yyyy-MM-dd'T'HH:mm:ss"},
    {"date_hour_minute_second_fraction", "yyyy-MM-dd'T'HH:mm:ss.~"},
    {"date_hour_minute_second_millis", "yyyy-MM-dd'T'HH:mm:ss.~"},
    {"date_time", "yyyy-MM-dd'T'HH:mm:ss.~@"},
    {"date_time_no_millis", "yyyy-MM-dd'T'HH:mm:ss@"},
    {"hour", "HH"},
    {"hour_minute", "HH:mm"},
    {"hour_minute_second", "HH:mm:ss"},
    {"hour_minute_second_fraction", "HH:mm:ss.~"},
    {"hour_minute_second_millis", "HH:mm:ss.~"},
    {"ordinal_date", "yyyy-DDD"},
    {"ordinal_date_time", "yyyy-DDD'T'HH:mm:ss.~@"},
    {"ordinal_date_time_no_millis", "yyyy-DDD'T'HH:mm:ss@"},
    {"time", "HH:mm:ss.~@"},
    {"time_no_millis", "HH:mm:ss@"},
    {"t_time", "'T'HH:mm:ss.~@"},
    {"t_time_no_millis", "'T'HH:mm:ss@"},
    {"week_date", "YYYY-'W'ww-e"},
    {"week_date_time", "YYYY-'W'ww-e'T'HH:mm:ss.~@"},
    {"week_date_time_no_millis", "YYYY-'W'ww-e'T'HH:mm:ss@"},
    {"week_year", "YYYY"},
    {"weekyear", "YYYY"},
    {"weekyear_week", "YYYY-'W'ww"},
    {"weekyear_week_day", "YYYY-'W'ww-e"},
    {"year", "yyyy"},
    {"year_month", "yyyy-MM"},
    {"year_month_day", "yyyy-MM-dd"},
});

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

constexpr std::string_view kLetters = "GuyDMLdQqYwWEecFahKkHmsSAnNVvzOxXZpB";
constexpr std::string_view kNumbers = "uyDMLdYwWecFhKkHmsAnNQq";

// Reads one pattern of letters into elements.
class PatternReader {
 public:
  PatternReader(std::string_view text, bool strict) : text_(text), strict_(strict) {}

  Result<Pattern> Read() {
    while (at_ < text_.size()) RETURN_IF_ERROR(Next());
    if (!open_.empty()) {
      return IllegalArgument("Pattern invalid as it contains ] without previous [");
    }
    PackNumbers();
    return std::move(pattern_);
  }

 private:
  Status Next() {
    const char c = text_[at_];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) return Letters(c);
    ++at_;
    switch (c) {
      case '\'':
        return Quoted();
      case '[':
        open_.push_back(pattern_.size());
        pattern_.push_back({.kind = Element::Kind::kBegin});
        return {};
      case ']':
        if (open_.empty()) {
          return IllegalArgument("Pattern invalid as it contains ] without previous [");
        }
        pattern_[open_.back()].end = pattern_.size();
        open_.pop_back();
        pattern_.push_back({.kind = Element::Kind::kEnd});
        return {};
      case '{':
      case '}':
        return IllegalArgument(std::string("Pattern includes reserved character: '") + c + "'");
      case '~':
        pattern_.push_back({.kind = Element::Kind::kFraction, .min = 1, .max = 9});
        return {};
      case '@':
        pattern_.push_back({.kind = Element::Kind::kZone});
        return {};
      case '#':
        if (named_) return Epoch(0);
        break;
      case '%':
        if (named_) return Epoch(3);
        break;
      default:
        break;
    }
    Literal(std::string_view(&text_[at_ - 1], 1));
    return {};
  }

 public:
  // The pattern is one of ours, in which # and % mean something.
  PatternReader& OfName() {
    named_ = true;
    return *this;
  }

 private:
  Status Epoch(int digits) {
    pattern_.push_back({.kind = Element::Kind::kEpoch, .min = digits});
    return {};
  }

  void Literal(std::string_view text) {
    pattern_.push_back({.kind = Element::Kind::kLiteral, .text = std::string(text)});
  }

  Status Quoted() {
    std::string literal;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] != '\'') {
        literal.push_back(text_[at_]);
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
        literal.push_back(text_[++at_]);
      } else {
        ++at_;
        Literal(literal.empty() ? "'" : literal);
        return {};
      }
    }
    return IllegalArgument("Pattern ends with an incomplete string literal: " + std::string(text_));
  }

  Status Letters(char letter) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] == letter) ++at_;
    const int count = static_cast<int>(at_ - begin);
    if (kLetters.find(letter) == std::string_view::npos) {
      return IllegalArgument(std::string("Unknown pattern letter: ") + letter);
    }
    const int most = letter == 'S' || letter == 'n' || letter == 'N' || letter == 'A' ? 19 : 6;
    if (count > most && letter != 'y' && letter != 'u') {
      return IllegalArgument("Too many pattern letters: " + std::string(1, letter));
    }
    pattern_.push_back(ElementOf(letter, count));
    pattern_.back().letters = count;
    return {};
  }

  Element ElementOf(char letter, int count) const {
    using Kind = Element::Kind;
    if (letter == 'S') return {.kind = Kind::kFraction, .min = count, .max = count};
    if (letter == 'X' || letter == 'x' || letter == 'Z') {
      return {.kind = Kind::kOffset, .letter = letter, .min = count};
    }
    if (letter == 'V' || letter == 'v' || letter == 'z' || letter == 'O') {
      return {.kind = Kind::kZone};
    }
    const bool named_month = (letter == 'M' || letter == 'L') && count >= 3;
    const bool number = kNumbers.find(letter) != std::string_view::npos && !named_month &&
                        !((letter == 'e' || letter == 'c') && count >= 3);
    if (!number) return {.kind = Kind::kWord, .letter = letter, .min = count};
    const bool year = letter == 'y' || letter == 'u' || letter == 'Y';
    if (year && count == 2) return {.kind = Kind::kNumber, .letter = letter, .min = 2, .max = 2};
    const int least = strict_ || letter == 'Y' ? count : 1;
    if (year) return {.kind = Kind::kNumber, .letter = Meant(letter), .min = least, .max = 9};
    const int digits = letter == 'D' ? 3 : 2;
    const int widest = count == 1 || !strict_ ? digits : count;
    return {.kind = Kind::kNumber,
            .letter = Meant(letter),
            .min = least,
            .max = std::max(widest, least)};
  }

  // Names mean ISO weeks and years that may lie before our era.
  char Meant(char letter) const {
    if (!named_) return letter;
    if (letter == 'Y') return DateFields::kWeekYear;
    if (letter == 'w') return DateFields::kWeek;
    if (letter == 'e') return DateFields::kWeekDay;
    return letter == 'y' ? 'u' : letter;
  }

  // Numbers that touch have as many digits as letters.
  void PackNumbers() {
    for (std::size_t i = 0; i + 1 < pattern_.size(); ++i) {
      if (pattern_[i].kind != Element::Kind::kNumber) continue;
      const auto next = pattern_[i + 1].kind;
      if (next != Element::Kind::kNumber && next != Element::Kind::kFraction) continue;
      const bool year = pattern_[i].max == 9;
      pattern_[i].min = pattern_[i].max = year ? std::max(pattern_[i].min, 4) : pattern_[i].max;
    }
  }

  std::string_view text_;
  const bool strict_;
  bool named_ = false;
  std::size_t at_ = 0;
  Pattern pattern_;
  std::vector<std::size_t> open_;
};

// "dateOptionalTime" for date_optional_time, "tTimeNoMillis" for t_time_no_millis.
std::string SnakeCase(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (c < 'A' || c > 'Z') {
      snake.push_back(c);
    } else {
      snake.push_back('_');
      snake.push_back(static_cast<char>(c - 'A' + 'a'));
    }
  }
  return snake;
}

struct NamedFormat {
  const Named* named = nullptr;  // null: the text is no name
  bool strict = false;
};

// Which forms OpenSearch has of a name: with `strict_` in front, without, or both.
NamedFormat FindName(std::string_view name) {
  const bool strict = name.starts_with("strict_");
  if (strict) name.remove_prefix(7);
  const auto found = std::ranges::find(kNamed, name, &Named::name);
  if (found == kNamed.end()) return {};
  const bool week = name.starts_with("basic_week");
  const bool only_plain = name.starts_with("epoch_") || name == "iso8601" ||
                          name == "rfc3339_lenient" || name == "week_year" ||
                          (name.starts_with("basic_") && !week);
  const bool only_strict = name == "date_optional_time_nanos";
  if (strict ? only_plain : only_strict) return {};
  return {&*found, strict || name.starts_with("basic_") || name == "iso8601"};
}

// The name in snake case; empty: the text is no name in camel case.
std::string FromCamelCase(std::string_view name) {
  if (name.find('_') != name.npos || std::ranges::none_of(name, IsUpper)) return "";
  std::string snake = SnakeCase(name);
  // Younger than the habit.
  constexpr std::string_view kSnakeOnly[] = {"epoch_second", "epoch_millis", "rfc3339_lenient",
                                             "week_year"};
  const bool known = FindName(snake).named != nullptr &&
                     std::ranges::find(kSnakeOnly, snake) == std::end(kSnakeOnly);
  return known ? snake : "";
}

Result<Pattern> ReadPattern(std::string_view text) {
  const std::string from_camel = FromCamelCase(text);
  const NamedFormat format = FindName(from_camel.empty() ? text : from_camel);
  if (format.named == nullptr) return PatternReader(text, true).Read();
  return PatternReader(format.named->pattern, format.strict).OfName().Read();
}

// Indices made by 6.x may mark their patterns as those of Java 8.
std::string_view WithoutMark(std::string_view patterns) {
  if (patterns.starts_with('8')) patterns.remove_prefix(1);
  return patterns;
}

}  // namespace

Result<DateFormat> DateFormat::Parse(std::string_view patterns) {
  DateFormat format;
  format.text_ = patterns;
  const std::string_view all = patterns = WithoutMark(patterns);
  while (true) {
    const std::size_t bar = patterns.find("||");
    const std::string_view one = base::TrimAscii(patterns.substr(0, bar));
    if (one.empty() && base::TrimAscii(all).empty()) {
      return IllegalArgument("No date pattern provided");
    }
    if (one.empty()) {
      return IllegalArgument("Cannot have empty element in multi date format pattern: " +
                             std::string(all));
    }
    auto pattern = ReadPattern(one);
    if (!pattern.ok()) {
      return IllegalArgument("Invalid format: [" + std::string(one) +
                             "]: " + pattern.status().reason())
          .CausedBy(pattern.status());
    }
    format.patterns_.push_back(std::make_shared<const Pattern>(std::move(*pattern)));
    if (bar == std::string_view::npos) return format;
    patterns.remove_prefix(bar + 2);
  }
}

std::vector<DateFormat::OldName> DateFormat::OldNamesIn(std::string_view patterns) {
  std::vector<OldName> names;
  patterns = WithoutMark(patterns);
  while (true) {
    const std::size_t bar = patterns.find("||");
    const std::string_view one = base::TrimAscii(patterns.substr(0, bar));
    if (std::string name = FromCamelCase(one); !name.empty()) {
      names.push_back({std::string(one), std::move(name)});
    }
    if (bar == std::string_view::npos) return names;
    patterns.remove_prefix(bar + 2);
  }
}

const DateFormat& DateFormat::Default() {
  static const DateFormat format = *Parse("strict_date_optional_time||epoch_millis");
  return format;
}

std::optional<Instant> DateFormat::Read(std::string_view text) const {
  for (const auto& pattern : patterns_) {
    DateMatch match(*pattern, text);
    if (match.Run()) return match.instant();
  }
  return std::nullopt;
}

std::string DateFormat::Failure(std::string_view text) const {
  if (IsCombined()) return "Failed to parse with all enclosed parsers";
  std::string problem;
  DateMatch match(*patterns_.front(), text);
  match.Explain(problem);
  match.Run();
  const std::string subject = "Text '" + std::string(text) + "' could not be parsed";
  return problem.empty() ? subject + " at index " + std::to_string(match.furthest())
                         : subject + ": " + problem;
}

}  // namespace engine
