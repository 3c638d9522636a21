// cluster/metadata_store.h
//
// Where cluster metadata is kept: records under keys, written all or nothing and only if nobody
// wrote since. Embedded (the node's own store, brought by server/) for one node; NATS later behind
// the same port: one stream, every write conditional on its last sequence, so a new manager's first
// write fences all earlier ones.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace cluster {

class MetadataStore {
 public:
  struct Change {
    std::string key;                   // "index/<uuid>", "cluster"
    std::optional<std::string> value;  // nullopt deletes
  };
  struct Contents {
    std::uint64_t sequence = 0;  // of the last write
    std::map<std::string, std::string> records;
  };

  virtual ~MetadataStore() = default;
  virtual base::Result<Contents> Load() = 0;
  // Durable when it returns the new sequence. 503 if `expected_sequence` is not the last one.
  virtual base::Result<std::uint64_t> Write(std::uint64_t expected_sequence,
                                            const std::vector<Change>& changes) = 0;
};

}  // namespace cluster
