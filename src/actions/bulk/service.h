// actions/bulk/service.h
//
// What all writes of a node share: where large bodies are put down, ids for documents, and the
// thread that does what must not hold up an I/O thread.
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
  tasks::Loop spool;  // reads and writes the files of large bodies
};

}  // namespace actions::bulk
