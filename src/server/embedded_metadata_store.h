// server/embedded_metadata_store.h
//
// Cluster metadata of a single node: records in the `meta` family of its own store. Brings together
// cluster's port and journal's store, which do not know each other.
//
// Lifetime: made by server/ after the store. Threads: any.

#pragma once

#include <mutex>

#include "cluster/metadata_store.h"
#include "journal/node_store.h"

namespace server {

class EmbeddedMetadataStore final : public cluster::MetadataStore {
 public:
  explicit EmbeddedMetadataStore(journal::NodeStore& store) : store_(store) {}

  base::Result<Contents> Load() override;
  base::Result<std::uint64_t> Write(std::uint64_t expected_sequence,
                                    const std::vector<Change>& changes) override;
  // Nobody else writes: what is not known is whether a write of ours that failed is there.
  base::Result<std::optional<std::vector<Update>>> Since(std::uint64_t) override {
    return std::optional<std::vector<Update>>();
  }
  // Of the last write; 0 before Load().
  std::uint64_t sequence() const {
    std::lock_guard lock(mutex_);
    return sequence_;
  }
  void Watch(std::function<void()>) override {}

 private:
  journal::NodeStore& store_;
  mutable std::mutex mutex_;
  std::uint64_t sequence_ = 0;  // guarded by mutex_
};

}  // namespace server
