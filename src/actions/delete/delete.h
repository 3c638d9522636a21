// actions/delete/delete.h
//
// Deleting one document: DELETE /{index}/_doc/{id}. Threads: pure functions.

#pragma once

#include "actions/bulk/single.h"

namespace actions::delete_ {

// "delete {[src][78]}"
std::string Describe(std::string_view index, std::string_view id);

bulk::SingleWrite DeleteWrite(bulk::BulkParams params, std::string id, bulk::Extra extra);

}  // namespace actions::delete_
