// journal/ledger.h
//
// Remembers, outside of the store, what the store must contain: the node's id, the last change of
// the embedded metadata and the last record of each shard. A store that was truncated, replaced or
// removed is intact by its own checksums; only somebody else can tell what it lacks.
//
// Costs nothing where documents are written: the owner notes positions every few seconds and at a
// clean stop.
//
// Lifetime: one a node, opened before the store. Threads: any; Save() waits for the disk.

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.h"

namespace journal {

class Ledger {
 public:
  struct Shard {
    std::string index, index_uuid;  // the name is for messages
    int number = 0;
    std::int64_t primary_term = 1;  // under which the shard was open
    std::uint64_t record = 0;
    std::int64_t last_seq_no = -1;
    std::uint64_t checksum = 0;
    friend bool operator==(const Shard&, const Shard&) = default;
  };

  // A file that is missing or damaged is an empty ledger; damage() says why.
  static base::Result<std::unique_ptr<Ledger>> Open(const std::string& path);
  // Of a file that could not be read; OK if it was read or there was none.
  const base::Status& damage() const { return damage_; }
  bool found() const { return found_; }  // there was a file

  // Empty, 0, nullopt: nothing is remembered.
  std::string node_id() const;
  std::uint64_t metadata_sequence() const;
  std::optional<Shard> Find(std::uint64_t key) const;
  std::map<std::uint64_t, Shard> shards() const;  // by the key of their data

  void SetNodeId(std::string id);
  void SetMetadataSequence(std::uint64_t sequence);
  void Note(std::uint64_t key, Shard shard);
  // Nothing is to be there under `key` any more.
  void Forget(std::uint64_t key);

  // Durable when it returns. Does nothing if nothing has changed since.
  base::Status Save();

 private:
  struct Contents {
    std::string node_id;
    std::uint64_t metadata_sequence = 0;
    std::map<std::uint64_t, Shard> shards;
  };

  explicit Ledger(std::string path) : path_(std::move(path)) {}
  static std::string Encode(const Contents& contents);
  static base::Result<Contents> Decode(std::string_view bytes);

  const std::string path_;
  base::Status damage_;  // constant after Open()
  bool found_ = false;   // constant after Open()
  std::mutex saving_;    // one Save() at a time
  mutable std::mutex mutex_;
  Contents contents_;     // guarded by mutex_
  bool changed_ = false;  // guarded by mutex_
};

// 500 if a shard that ends at `end` lacks what `remembered` says; `there` is the record of that
// position, if it is still kept.
base::Status CheckAgainst(const Ledger::Shard& remembered, const Position& end,
                          const std::optional<Position>& there);
bool IsDataLost(const base::Status& status);

}  // namespace journal
