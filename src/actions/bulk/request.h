// actions/bulk/request.h
//
// One bulk request on its way: what was asked, where it goes, what became of it.
//
// Lifetime: shared by the upload, the coordinator, its shards' sources and the answer.
// Threads: the stages work on it one after another; see Results for the one that is shared.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actions/bulk/body.h"
#include "actions/bulk/params.h"
#include "actions/bulk/results.h"
#include "actions/node.h"
#include "tasks/memory/reservation.h"

namespace actions::bulk {

struct Request {
  Request(BulkParams what, const SpillBuffer::Options& options)
      : params(std::move(what)), body(options) {}

  // What a name of the request turned out to be. Neither index nor failure: not looked up yet.
  struct Target {
    cluster::IndexPtr index;
    std::string routing;         // of the alias; empty: none
    base::Status failure;        // of every action on it but deletions
    base::Status erase_failure;  // of these
    bool made = false;           // the index, for this request
  };

  // Before it grows by about `more` bytes: 429 if there is no room for it.
  base::Status Reserve(std::size_t more = 0) {
    const std::size_t held =
        body.memory_bytes() + targets.size() * sizeof(Target) + results.memory_bytes();
    return memory.Resize(static_cast<std::int64_t>(held + more));
  }

  BulkParams params;
  // Puts the operations into `body` before anything else, on the coordinator's thread: of writes
  // that came whole. Null: they are there already.
  std::function<base::Status(Request&)> fill;
  std::size_t fill_bytes = 0;  // about so many
  // Set: all targets are there in it, so that nothing has to be waited for.
  std::optional<cluster::StatePtr> state;
  std::string_view shard_action = names::kBulkShard;  // of the children
  Body body;
  std::vector<Target> targets;  // by Item::index
  Results results;              // sized once the body is whole
  tasks::Reservation memory;    // of all this, until it has been answered
  std::int64_t took_millis = 0;
  bool with_pipelines = false;  // the answer has `ingest_took`
};
using RequestPtr = std::shared_ptr<Request>;

}  // namespace actions::bulk
