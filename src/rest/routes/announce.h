// rest/routes/announce.h
//
// What most requests with a body are while it arrives. Threads: pure functions.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

// A task named `action` (static storage) about the indices that the path names. `node` outlives the
// router.
Announce AnnounceOnIndices(actions::Node& node, std::string_view action);

}  // namespace rest::routes
