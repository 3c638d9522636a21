// actions/bulk/service.h
//
// What all writes of a node share: where large bodies are put down, and ids for documents.
//
// Lifetime: shared by the routes that begin writes; the node outlives it. Threads: any.

#pragma once

#include "actions/bulk/spill_buffer.h"
#include "actions/node.h"
#include "base/ids.h"

namespace actions::bulk {

struct Service {
  explicit Service(Node& of);

  Node& node;
  const SpillBuffer::Options spill;   // constant; of uploads
  const SpillBuffer::Options memory;  // constant; of what has been collected in memory anyway
  base::DocIdGenerator ids;
};

}  // namespace actions::bulk
