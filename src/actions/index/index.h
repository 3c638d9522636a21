// actions/index/index.h
//
// Writing one document: PUT /{index}/_doc/{id} and its kin. Threads: pure functions.

#pragma once

#include "actions/bulk/single.h"

namespace actions::index {

// `source` is the document; `create`: only if there is none of that id.
bulk::SingleWrite IndexWrite(bulk::BulkParams params, std::optional<std::string> id, bool create,
                             bulk::Extra extra, std::string source);

// "index {[src][77], source[{"n":7}]}", with "_na_" for a source that has not come yet.
std::string Describe(std::string_view index, const std::optional<std::string>& id,
                     std::optional<std::string_view> source = {});

}  // namespace actions::index
