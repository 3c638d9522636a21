// cluster/nats/internal/write_log.h
//
// The stream of metadata writes: one message a write, its sequence the write's. Appending is
// conditional on the sequence before, of the whole stream, so of all who have seen the same state
// one writes.
//
// Lifetime: a NatsMetadataStore's; holds the connection. Threads: any. Every call waits, reading
// for at most the timeout after the last answer, the others until their deadline.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cluster/metadata_store.h"
#include "cluster/nats/connection.h"
#include "cluster/nats/internal/jetstream.h"
#include "cluster/nats/internal/write_codec.h"

namespace cluster::nats::internal {

class WriteLog {
 public:
  static base::Result<std::unique_ptr<WriteLog>> Open(std::shared_ptr<Connection> connection);

  // A deadline the timeout from now.
  Deadline Soon() const;

  base::Result<StreamState> Look(Deadline deadline);
  // Over that connection alone, see Link. kConflict comes with MetadataStore::WriteConflict().
  Published Append(const StoredWrite& write, std::uint64_t connection, Deadline deadline);
  // Calls `take` with each write after `sequence` up to `last`, the oldest first. False if one of
  // them is no longer kept; 500 for one that is missing or damaged.
  using Take = std::function<void(MetadataStore::Update, const WriteId&)>;
  base::Result<bool> Read(std::uint64_t sequence, std::uint64_t last, Deadline deadline,
                          const Take& take);
  // All records as `state` shows them; nothing if the log was purged meanwhile.
  struct Loaded {
    MetadataStore::Contents contents;
    WriteId last{};  // who wrote there last
  };
  base::Result<std::optional<Loaded>> Load(const StreamState& state, Deadline deadline);
  // Who wrote there; nothing if it is no longer kept.
  base::Result<std::optional<WriteId>> IdAt(std::uint64_t sequence, Deadline deadline);
  base::Status PurgeBefore(std::uint64_t sequence, Deadline deadline);

  // A lower bound of the first write kept, as last seen.
  std::uint64_t first_seen() const { return first_seen_.load(std::memory_order_relaxed); }
  std::size_t max_payload() const { return link().max_payload(); }
  Link& link() const { return connection_->link(); }
  const std::string& stream() const { return stream_; }

 private:
  explicit WriteLog(std::shared_ptr<Connection> connection);
  // Why `sequence` could not be read: false if it is no longer kept.
  base::Result<bool> Missing(std::uint64_t sequence, Deadline deadline);
  base::Result<StoredWrite> Decode(const StreamMessage& message) const;
  base::Status TooLarge(const StoredWrite& write, std::size_t size, std::size_t limit) const;

  const std::shared_ptr<Connection> connection_;  // constant
  const std::string stream_, subject_;            // constant
  JetStream jetstream_;                           // constant
  std::atomic<std::uint64_t> first_seen_ = 1;     // orders nothing
};

// What the change leaves of `records`.
void Apply(const MetadataStore::Update& update, MetadataStore::Contents& contents);

}  // namespace cluster::nats::internal
