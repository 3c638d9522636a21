#include "base/text/units.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <limits>

#include "base/text/strings.h"

namespace base {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// In the order in which suffixes are tried: "ms" before "s" and "m", "kb" before "b".
constexpr std::array<Unit, 7> kTimeUnits = {{{"nanos", 1},
                                             {"micros", 1'000},
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 11> kByteUnits = {{{"k", 1LL << 10},
                                              {"kb", 1LL << 10},
                                              {"m", 1LL << 20},
                                              {"mb", 1LL << 20},
                                              {"g", 1LL << 30},
                                              {"gb", 1LL << 30},
                                              {"t", 1LL << 40},
                                              {"tb", 1LL << 40},
                                              {"p", 1LL << 50},
                                              {"pb", 1LL << 50},
                                              {"b", 1}}};

std::int64_t SaturatingProduct(std::int64_t count, std::int64_t unit) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count, unit, &product)) return count < 0 ? -kMax - 1 : kMax;
  return product;
}

// "12.3s": one decimal, cut off, and none if it is zero.
std::string WithOneDecimal(std::int64_t value, const Unit& unit) {
  std::string text = std::to_string(value / unit.size);
  // The nanoseconds of a day and the bytes of a petabyte leave room for a factor of ten.
  const std::int64_t tenth = value % unit.size * 10 / unit.size;
  if (tenth > 0) {
    text.push_back('.');
    text.push_back(static_cast<char>('0' + tenth));
  }
  return text.append(unit.name);
}

std::string Named(std::string_view name, std::string_view text) {
  return "failed to parse setting [" + std::string(name) + "] with value [" + std::string(text) +
         "]";
}

// All zeros, perhaps behind a minus and with a one at the end.
bool IsZero(std::string_view text) {
  return !text.empty() && text.find_first_not_of('0') == std::string_view::npos;
}
bool IsMinusOne(std::string_view text) {
  if (!text.starts_with('-') || !text.ends_with('1')) return false;
  text = text.substr(1, text.size() - 2);
  return text.empty() || IsZero(text);
}

Status ByteSizeError(std::string_view text, std::string_view name, std::string_view more) {
  return ParseError(Named(name, text) + std::string(more));
}

Result<ByteSize> ScaleBytes(std::int64_t count, const Unit& unit, std::string_view text,
                            std::string_view name) {
  const auto fail = [&](std::string reason) {
    std::string suffix(unit.name);
    if (suffix.size() == 1 && suffix != "b") suffix.push_back('b');
    return ByteSizeError(text, name, " as a size in bytes")
        .CausedBy(IllegalArgument(reason + std::to_string(count) + suffix));
  };
  if (count < -1 || (count == -1 && unit.size != 1)) {
    return fail("Values less than -1 bytes are not supported: ");
  }
  if (count > kMax / unit.size) {
    return fail("Values greater than " + std::to_string(kMax) + " bytes are not supported: ");
  }
  return ByteSize(count * unit.size);
}

template <typename T>
Result<T> Named(Result<T> parsed, std::string_view kind, std::string_view name,
                std::string_view text) {
  if (parsed.ok()) return parsed;
  return IllegalArgument("Failed to parse " + std::string(kind) + " parameter [" +
                         std::string(name) + "] with value [" + std::string(text) + "]")
      .CausedBy(parsed.status());
}

}  // namespace

TimeValue TimeValue::Micros(std::int64_t n) { return Nanos(SaturatingProduct(n, 1'000)); }
TimeValue TimeValue::Millis(std::int64_t n) { return Nanos(SaturatingProduct(n, 1'000'000)); }
TimeValue TimeValue::Seconds(std::int64_t n) { return Nanos(SaturatingProduct(n, 1'000'000'000)); }
TimeValue TimeValue::Minutes(std::int64_t n) { return Seconds(SaturatingProduct(n, 60)); }
TimeValue TimeValue::Hours(std::int64_t n) { return Seconds(SaturatingProduct(n, 3'600)); }
TimeValue TimeValue::Days(std::int64_t n) { return Seconds(SaturatingProduct(n, 86'400)); }

Result<TimeValue> TimeValue::Parse(std::string_view text, std::string_view name) {
  const std::string lower = ToLowerAscii(TrimAscii(text));
  for (const Unit& unit : kTimeUnits) {
    // Minutes are the one unit whose case counts: an M would be months.
    const bool fits = unit.name == "m" ? text.ends_with('m') : lower.ends_with(unit.name);
    if (!fits) continue;
    const std::string_view number =
        TrimAscii(std::string_view(lower).substr(0, lower.size() - unit.name.size()));
    const Result<std::int64_t> count = ParseInt64(number);
    if (count.ok()) {
      if (*count >= -1) return Nanos(SaturatingProduct(*count, unit.size));
      return IllegalArgument(Named(name, text) +
                             " as a time value: negative durations are not supported");
    }
    const bool fraction = ParseDouble(number).ok();
    return IllegalArgument("failed to parse [" + std::string(text) + "]" +
                           (fraction ? ", fractional time values are not supported" : ""))
        .CausedBy(count.status());
  }
  if (IsMinusOne(lower)) return Millis(-1);
  if (IsZero(lower)) return TimeValue();
  return IllegalArgument(Named(name, text) + " as a time value: unit is missing or unrecognized");
}

std::string TimeValue::ToString() const {
  if (nanos_ < 0) return "-1";
  if (nanos_ == 0) return "0s";
  const Unit* unit = &kTimeUnits.back();
  while (nanos_ < unit->size) --unit;
  return WithOneDecimal(nanos_, *unit);
}

Result<ByteSize> ByteSize::Parse(std::string_view text, std::string_view name) {
  const std::string lower = ToLowerAscii(TrimAscii(text));
  for (const Unit& unit : kByteUnits) {
    if (!lower.ends_with(unit.name)) continue;
    const std::string_view number =
        TrimAscii(std::string_view(lower).substr(0, lower.size() - unit.name.size()));
    const Result<std::int64_t> count = ParseInt64(number);
    if (count.ok()) return ScaleBytes(*count, unit, text, name);
    const Result<double> fraction = ParseDouble(number);
    if (!fraction.ok()) return ByteSizeError(text, name, "").CausedBy(count.status());
    const double bytes = *fraction * static_cast<double>(unit.size);
    if (!(bytes > -0x1p63 && bytes < 0x1p63)) {
      return ByteSizeError(text, name, " as a size in bytes");
    }
    return ScaleBytes(static_cast<std::int64_t>(bytes), kByteUnits.back(), text, name);
  }
  if (lower == "-1") return ByteSize(-1);
  if (lower == "0") return ByteSize(0);
  return ByteSizeError(text, name, " as a size in bytes: unit is missing or unrecognized");
}

std::string ByteSize::ToString() const {
  constexpr std::array<Unit, 6> kPrinted = {{{"b", 1},
                                             {"kb", 1LL << 10},
                                             {"mb", 1LL << 20},
                                             {"gb", 1LL << 30},
                                             {"tb", 1LL << 40},
                                             {"pb", 1LL << 50}}};
  if (bytes_ <= 0) return std::to_string(bytes_) + "b";
  const Unit* unit = &kPrinted.back();
  while (bytes_ < unit->size) --unit;
  return WithOneDecimal(bytes_, *unit);
}

std::string IsoUtcMillis(std::int64_t wall_millis) {
  std::int64_t millis = wall_millis % 1000;
  if (millis < 0) millis += 1000;
  const auto seconds = static_cast<std::time_t>((wall_millis - millis) / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                   utc.tm_min, utc.tm_sec, static_cast<int>(millis));
  return {text.data(), static_cast<std::size_t>(length)};
}

Result<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return IllegalArgument("Failed to parse value [" + std::string(text) +
                         "] as only [true] or [false] are allowed.");
}

Result<bool> ParseBoolParam(std::optional<std::string_view> text, bool if_absent) {
  if (!text) return if_absent;
  if (text->empty()) return true;
  if (TrimAscii(*text).empty()) return if_absent;
  return ParseBool(*text);
}

Result<std::int32_t> ParseIntParam(std::string_view name, std::string_view text) {
  return Named(ParseInt32(text), "int", name, text);
}

Result<std::int64_t> ParseLongParam(std::string_view name, std::string_view text) {
  return Named(ParseInt64(text), "long", name, text);
}

Result<float> ParseFloatParam(std::string_view name, std::string_view text) {
  return Named(ParseFloat(text), "float", name, text);
}

}  // namespace base
