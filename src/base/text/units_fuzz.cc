// Any text as a duration, a size, a number or a boolean: never a crash, and what was read as a
// number comes back from its own print.

#include "base/text/units.h"

#include <cmath>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto require = [](bool promise) {
    if (!promise) std::abort();
  };
  if (const auto time = base::TimeValue::Parse(text, "t"); time.ok()) {
    require(!time->ToString().empty());
  } else {
    require(time.status().http_status() == 400);
  }
  if (const auto bytes = base::ByteSize::Parse(text, "s"); bytes.ok()) {
    require(bytes->bytes() >= -1);
    require(!bytes->ToString().empty());
  }
  if (const auto whole = base::ParseInt64(text); whole.ok()) {
    std::string printed;
    base::AppendInt(printed, *whole);
    require(*base::ParseInt64(printed) == *whole);
    require(!base::IsoUtcMillis(*whole / 1'000'000).empty());
  }
  if (const auto number = base::ParseDouble(text); number.ok() && !std::isnan(*number)) {
    std::string printed;
    base::AppendJavaDouble(printed, *number);
    require(*base::ParseDouble(printed) == *number);
  }
  if (const auto number = base::ParseFloat(text); number.ok() && !std::isnan(*number)) {
    std::string printed;
    base::AppendJavaFloat(printed, *number);
    require(*base::ParseFloat(printed) == *number);
  }
  base::ParseBoolParam(text, false).status().Ignore();
  base::ParseIntParam("n", text).status().Ignore();
  return 0;
}
