// engine/mapping/date_format.h
//
// What a date may look like: one or more patterns joined by `||`, each a name OpenSearch knows
// (strict_date_optional_time, epoch_millis, basic_date, …) or letters as Java's DateTimeFormatter
// has them (yyyy/MM/dd HH:mm:ss).
//
// Lifetime: a value, immutable after Parse(). Threads: any. Matching allocates nothing.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace engine {

struct Instant {
  std::int64_t seconds = 0;  // since 1970-01-01 UTC
  std::int32_t nanos = 0;
};

// As Java's Instant prints it: "+12345-01-01T00:00:00Z", a fraction in three, six or nine digits.
std::string JavaText(const Instant& instant);

class DateFormat {
 public:
  // 400 illegal_argument_exception "Invalid format: [nope]: Unknown pattern letter: o".
  static base::Result<DateFormat> Parse(std::string_view patterns);
  // Names in `patterns` that OpenSearch takes in camel case with a deprecation warning.
  struct OldName {
    std::string camel_case, snake_case;
  };
  static std::vector<OldName> OldNamesIn(std::string_view patterns);
  // `strict_date_optional_time||epoch_millis`, what a date field has that says nothing else.
  static const DateFormat& Default();

  // What `text` means, by the first pattern it fits as a whole; fields it leaves out are their
  // least. nullopt: it fits none.
  std::optional<Instant> Read(std::string_view text) const;

  // `instant` in UTC, to the millisecond, as the first pattern has it with all of its optional
  // parts.
  std::string Print(const Instant& instant) const;

  const std::string& text() const { return text_; }
  // Why `text` fits no pattern.
  std::string Failure(std::string_view text) const;
  bool IsCombined() const { return patterns_.size() > 1; }

  struct Element {
    enum class Kind : std::uint8_t {
      kLiteral,   // text
      kNumber,    // letter, min, max digits
      kFraction,  // min, max digits
      kZone,      // any offset, Z or a region's name
      kOffset,    // an offset or Z
      kWord,      // a month, a day of the week, AM or PM
      kBegin,     // of an optional part, which goes to element `end`
      kEnd,
      kEpoch,  // number of seconds (min 0) or milliseconds (min 3)
    };
    Kind kind;
    char letter = 0;
    int min = 0, max = 0;
    int letters = 0;  // of a number, which is printed as wide at least
    std::size_t end = 0;
    std::string text = {};
  };
  using Pattern = std::vector<Element>;

 private:
  std::string text_;
  std::vector<std::shared_ptr<const Pattern>> patterns_;
};

}  // namespace engine
