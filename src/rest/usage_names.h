// rest/usage_names.h
//
// What `_nodes/usage` calls a route: the name of OpenSearch's handler for it. Threads: pure.

#pragma once

#include <string_view>

namespace rest {

// `pattern` is like "/{index}/_doc/{id}". Static storage; routes that OpenSearch does not have have
// names of their own.
std::string_view UsageName(std::string_view method, std::string_view pattern);

}  // namespace rest
