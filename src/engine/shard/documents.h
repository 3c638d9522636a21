// engine/shard/documents.h
//
// A shard's documents as they stand in the node's store: its keys, and reading by id.
//
// Lifetime: owned by the shard, on a store that outlives it. Threads: any.

#pragma once

#include "engine/shard/shard.h"
#include "engine/shard/version_check.h"

namespace engine {

class Documents {
 public:
  Documents(journal::NodeStore& store, std::uint64_t shard_key);

  // Where the shard's keys begin, and where they end in every family.
  const std::string& prefix() const { return prefix_; }
  const std::string& end() const { return end_; }

  std::string DocKey(std::int64_t seq_no) const;
  void SetDocKey(std::int64_t seq_no, std::string& key) const;
  void SetIdKey(std::string_view id, std::string& key) const;
  static void SetIdValue(const DocState& state, std::string& value);
  static base::Result<DocState> ParseIdValue(std::string_view value);

  base::Result<DocState> State(std::string_view id,
                               const journal::NodeStore::SnapshotPtr& at = nullptr,
                               journal::ReadTier tier = journal::ReadTier::kAll) const;

  struct Document {
    DocState state;
    std::string routing, source;  // empty unless state.live()
    bool has_source = true;       // false: the mapping lets nobody see it
  };
  base::Result<Document> Read(std::string_view id,
                              const journal::NodeStore::SnapshotPtr& at = nullptr,
                              journal::ReadTier tier = journal::ReadTier::kAll) const;

  journal::NodeStore& store() const { return store_; }
  // Their index was deleted: of a document one part may be left out already and another not yet.
  bool discarded() const { return store_.Discards(prefix_); }

 private:
  journal::NodeStore& store_;
  const std::string prefix_, end_;
};

// Takes from `document` what the mapping's `_source` hides.
base::Status ApplySourceRule(const tasks::TaskContext& task, const Mapping& mapping,
                             Documents::Document& document);

}  // namespace engine
