#include "rest/build_info.h"

#ifndef QUELL_BUILD_HASH
#define QUELL_BUILD_HASH "unknown"
#endif
#ifndef QUELL_BUILD_DATE
#define QUELL_BUILD_DATE "1970-01-01T00:00:00Z"
#endif

namespace rest::build {

std::string_view Hash() { return QUELL_BUILD_HASH; }
std::string_view Date() { return QUELL_BUILD_DATE; }

}  // namespace rest::build
