// cluster/index/date_math_name.h
//
// Names of indices that are made from the date, as in `<logs-{now/d}-000001>`. Pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace cluster {

inline bool IsDateMathName(std::string_view name) {
  return name.starts_with('<') && name.ends_with('>');
}

// The name that an expression in angle brackets stands for at `now_millis`; any other text is
// returned as it is. `{now-1d/d{yyyy.MM.dd|+02:00}}` is date math, a pattern and the zone's offset,
// the latter two with defaults. 400 parse_exception or illegal_argument_exception in OpenSearch's
// words.
base::Result<std::string> ResolveDateMathName(
    std::string_view name, std::int64_t now_millis = base::Clock::System().WallMillis());

}  // namespace cluster
