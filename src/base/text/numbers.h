// base/text/numbers.h
//
// Numbers as Java reads and prints them, because that is what OpenSearch's clients see. Threads:
// pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

// Java's Long.parseLong, Integer.parseInt, Double.parseDouble, Float.parseFloat: an optional sign,
// the whole text; floating also blanks around, a trailing f or d, NaN, Infinity.
// number_format_exception otherwise.
Result<std::int64_t> ParseInt64(std::string_view text);
Result<std::int32_t> ParseInt32(std::string_view text);
Result<double> ParseDouble(std::string_view text);
Result<float> ParseFloat(std::string_view text);

// Double.toString and Float.toString: the shortest that reads back, "1.0", "1.0E10", "NaN",
// "-Infinity".
void AppendJavaDouble(std::string& out, double value);
void AppendJavaFloat(std::string& out, float value);

void AppendInt(std::string& out, std::int64_t value);
void AppendUint(std::string& out, std::uint64_t value);

}  // namespace base
