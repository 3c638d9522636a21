// cluster/metadata_store.h
//
// Where cluster metadata is kept: records under keys, written all or nothing and only if nobody
// wrote since. Embedded (the node's own store, brought by server/) for one node; NATS
// (cluster/nats) for several: one stream, every write conditional on its last sequence, so whoever
// did not see the newest write, an old cluster manager among them, cannot write.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace cluster {

class MetadataStore {
 public:
  struct Change {
    std::string key;                   // "index/<uuid>", "node/<id>", "cluster"
    std::optional<std::string> value;  // nullopt deletes
  };
  struct Update {
    std::uint64_t sequence = 0;
    std::vector<Change> changes;
  };
  struct Contents {
    std::uint64_t sequence = 0;  // of the last write
    std::map<std::string, std::string> records;
  };

  virtual ~MetadataStore() = default;
  virtual base::Result<Contents> Load() = 0;
  // Durable when it returns the new sequence. WriteConflict() if `expected_sequence` is not the
  // last one; any other failure: what became of it is not known until Since() has told.
  virtual base::Result<std::uint64_t> Write(std::uint64_t expected_sequence,
                                            const std::vector<Change>& changes) = 0;
  // What was written after `sequence`, the oldest first, up to now. nullopt if some of it is no
  // longer kept: then Load().
  virtual base::Result<std::optional<std::vector<Update>>> Since(std::uint64_t sequence) = 0;
  // `news` is called, on a thread of the store's, whenever others may have written. Once, before
  // the first write; null ends it and waits for a call under way.
  virtual void Watch(std::function<void()> news) = 0;

  static base::Status WriteConflict() {
    return base::Status(503, "write_conflict_exception", "the cluster's state has moved on");
  }
  static bool IsWriteConflict(const base::Status& status) {
    return status.type() == "write_conflict_exception";
  }
};

}  // namespace cluster
