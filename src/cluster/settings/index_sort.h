// cluster/settings/index_sort.h
//
// What index.sort.* of an index's settings says. Threads: pure functions.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace cluster {

// The fields that the index is sorted by, none if it is not. 400 unless order, mode and missing, if
// they are given, are as many.
base::Result<std::vector<std::string>> SortFieldsOf(
    const std::map<std::string, std::string>& settings);

// Whether there are any.
bool IsSorted(const std::map<std::string, std::string>& settings);

}  // namespace cluster
