// base/text/memory_size.h
//
// Sizes of memory in settings: bytes, or a share of what the process may use. Threads: pure
// functions.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace base {

// "512mb", or "60%" of `whole`; 400 parse_exception. `name` is the setting, for the error.
Result<std::int64_t> ParseMemorySize(std::string_view text, std::string_view name,
                                     std::int64_t whole);

// What percentages are of: half of the least of the machine's memory, its control group's and the
// process's limit of addresses. The other half is for the store, its files in the page cache, and
// others. Read once.
std::int64_t HalfOfMemory();

}  // namespace base
