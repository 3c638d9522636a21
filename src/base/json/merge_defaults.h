// base/json/merge_defaults.h
//
// Completes a JSON object with defaults, by the rules of OpenSearch's XContentHelper.mergeDefaults:
// legacy templates and the `_meta` of mappings are merged so. Threads: pure functions.

#pragma once

#include "base/json/tree.h"

namespace base::json {

// Adds to `content`, a value of `document`, what `defaults` has and it has not, at every level;
// both must be objects. Of two lists whose items all have a single member, items of the same name
// are merged and the others follow; any other two lists become the defaults, then what is new.
void MergeDefaults(Document& document, Value& content, const Value& defaults);

}  // namespace base::json
