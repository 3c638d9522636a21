// actions/delete/delete.h
//
// Deleting one document: DELETE /{index}/_doc/{id}. Threads: pure functions.

#pragma once

#include "actions/bulk/single.h"

namespace actions::delete_ {

// Its description is "delete {[src][78]}".
bulk::SingleWrite DeleteWrite(bulk::BulkParams params, std::string id, bulk::Extra extra);

}  // namespace actions::delete_
