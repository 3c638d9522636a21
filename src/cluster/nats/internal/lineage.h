// cluster/nats/internal/lineage.h
//
// Whether the stream is still the one that this node has followed. A nats-server that comes back
// may have lost its last writes, or have another cluster's: the same number is then another write.
// So over each new connection the write that was told last is looked at, by its random id, before
// anything else is read or written.
//
// Lifetime: a NatsMetadataStore's. Threads: any.

#pragma once

#include <cstdint>
#include <mutex>

#include "cluster/nats/internal/write_log.h"

namespace cluster::nats::internal {

class Lineage {
 public:
  explicit Lineage(WriteLog& log) : log_(log) {}

  struct Checked {
    std::uint64_t connection = 0;  // over which it is so
    bool kept = true;              // false: compacted meanwhile, so all has to be loaded
  };
  // 503 while the write is not there, and for good once it was another one.
  base::Result<Checked> Check(Deadline deadline);
  // 503: the stream, which ends before it, lacks a write.
  base::Status Lacks(std::uint64_t sequence, const StreamState& state) const;
  // 503 once there is a newer connection than `connection`, so what was read meanwhile is
  // unchecked.
  base::Status Unbroken(std::uint64_t connection) const;
  // What has been read or written over `connection`: where it has broken meanwhile, part of it may
  // be another stream's.
  base::Status Told(std::uint64_t sequence, const WriteId& id, std::uint64_t connection);

 private:
  base::Status Diverged(std::uint64_t sequence);

  WriteLog& log_;  // constant
  std::mutex mutex_;
  std::uint64_t sequence_ = 0;    // guarded by mutex_; of the write that was told last; 0: none
  WriteId id_{};                  // guarded by mutex_; its id
  std::uint64_t connection_ = 0;  // guarded by mutex_; over which it was seen
  base::Status diverged_;         // guarded by mutex_
};

}  // namespace cluster::nats::internal
