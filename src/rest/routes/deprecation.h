// rest/routes/deprecation.h
//
// Answers that warn of what OpenSearch 2.x takes and its next version does not.
// Threads: that of the route, before it answers.

#pragma once

#include <string_view>

#include "rest/request.h"

namespace rest::routes {

// Adds a header: Warning: 299 OpenSearch-2.19.1-… "text". Quotes and backslashes are escaped; `%`,
// control characters and what is not ASCII are percent-encoded. A long text is cut, and what would
// make the headers longer than 8 KB is left out: many clients refuse an answer with more.
void AddDeprecation(Request& request, std::string_view text);

// Warns of `master_node` among the metrics of a cluster state.
void WarnOfMasterMetric(Request& request);

// Warns of what is old in the mappings of the body, once of each: names of date formats in camel
// case, `boost`, parameters without effect. A body that cannot be read gets its error elsewhere.
void WarnOfMappings(Request& request);
// Bodies of more bytes are not looked through for what is old: that would hold the I/O thread for
// more than a millisecond, with a tree on no account.
inline constexpr std::size_t kMostLookedThrough = 64 << 10;

}  // namespace rest::routes
