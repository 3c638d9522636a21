// base/text/units.h
//
// Durations, sizes and the other scalars of URLs and settings: read with OpenSearch's rules and its
// error texts, printed as its `human` members are. Threads: values and pure functions.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text/numbers.h"

namespace base {

// A duration in whole nanoseconds (at most 292 years, more is cut down to that). Negative means
// "none" or "no limit", as `-1` does in settings.
class TimeValue {
 public:
  constexpr TimeValue() = default;
  static constexpr TimeValue Nanos(std::int64_t n) { return TimeValue(n); }
  static TimeValue Micros(std::int64_t n);
  static TimeValue Millis(std::int64_t n);
  static TimeValue Seconds(std::int64_t n);
  static TimeValue Minutes(std::int64_t n);
  static TimeValue Hours(std::int64_t n);
  static TimeValue Days(std::int64_t n);

  // "30s", "500micros", "0", "-1". `name` is the setting or parameter, for the error.
  static Result<TimeValue> Parse(std::string_view text, std::string_view name);

  constexpr std::int64_t nanos() const { return nanos_; }
  constexpr std::int64_t millis() const { return nanos_ / 1'000'000; }
  constexpr std::int64_t seconds() const { return nanos_ / 1'000'000'000; }

  // "277.9micros", "1s", "1.5h", "0s"; one decimal, cut off; "-1" if negative.
  std::string ToString() const;

  friend constexpr auto operator<=>(TimeValue, TimeValue) = default;

 private:
  explicit constexpr TimeValue(std::int64_t nanos) : nanos_(nanos) {}

  std::int64_t nanos_ = 0;
};

// A number of bytes; -1 means "no limit".
class ByteSize {
 public:
  constexpr ByteSize() = default;
  explicit constexpr ByteSize(std::int64_t bytes) : bytes_(bytes) {}

  // "10mb", "1k", "0", "-1"; powers of 1024. `name` is the setting or parameter, for the error.
  static Result<ByteSize> Parse(std::string_view text, std::string_view name);

  constexpr std::int64_t bytes() const { return bytes_; }

  // "1kb", "1.5gb", "12b"; one decimal, cut off.
  std::string ToString() const;

  friend constexpr auto operator<=>(ByteSize, ByteSize) = default;

 private:
  std::int64_t bytes_ = 0;
};

// "2026-11-23T22:35:57.695Z".
std::string IsoUtcMillis(std::int64_t wall_millis);

// `true` or `false` and nothing else, as in settings and bodies.
Result<bool> ParseBool(std::string_view text);
// Parameters of URLs. A boolean that is there and empty is true; one of blanks counts as absent.
Result<bool> ParseBoolParam(std::optional<std::string_view> text, bool if_absent);
Result<std::int32_t> ParseIntParam(std::string_view name, std::string_view text);
Result<std::int64_t> ParseLongParam(std::string_view name, std::string_view text);
Result<float> ParseFloatParam(std::string_view name, std::string_view text);

}  // namespace base
