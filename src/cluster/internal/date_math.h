// cluster/internal/date_math.h
//
// Date math from now, and dates as text, for names of indices. Pure functions; errors are 400 in
// OpenSearch's words.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cluster {

// `Z`, `UTC`, `+01:00`, `-5`, `GMT+5`. Names of regions are refused: their rules are not at hand.
base::Result<std::int64_t> ParseZoneOffset(std::string_view zone);

// Milliseconds since 1970 of `now+1M-2d/d` in a zone; `pattern` is named in errors.
base::Result<std::int64_t> EvaluateDateMath(std::string_view math, std::string_view pattern,
                                            std::int64_t now_millis, std::int64_t offset_seconds);

// By a pattern of java.time whose letters are numbers (`yyyy.MM.dd-HH`), or by the name of one
// (`strict_date`).
base::Result<std::string> FormatDate(std::string_view pattern, std::int64_t millis,
                                     std::int64_t offset_seconds);

}  // namespace cluster
