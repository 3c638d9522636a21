// cluster/settings/analysis_settings.h
//
// Whether `index.analysis.*` names only what exists. Text is not analyzed yet, but a misspelt
// filter must not be found out only when it will be. Names and texts are OpenSearch's.
//
// Threads: pure functions.

#pragma once

#include <map>
#include <string>

#include "base/status.h"

namespace cluster {

// 400 for an analyzer, normalizer, tokenizer, filter or character filter of an unknown type, and
// for an analyzer put together of unknown ones.
base::Status CheckAnalysis(const std::map<std::string, std::string>& settings);

}  // namespace cluster
