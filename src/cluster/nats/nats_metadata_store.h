// cluster/nats/nats_metadata_store.h
//
// Cluster metadata in a JetStream stream that the nodes of a cluster share: one message a write,
// each conditional on the last sequence of the whole stream. What happened to a write without an
// answer is found out by writing an empty one in its place: one of the two comes first, for good.
//
// Lifetime: made by server/; holds the connection; Watch(nullptr) before what `news` uses ends.
// Threads: any. Every call may wait for the server: at most the timeout and half a second for an
// answer, and not at all while the connection is away; Watch() up to a second then.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cluster/metadata_store.h"
#include "cluster/nats/connection.h"

namespace cluster::nats {

namespace internal {
class Compactor;
class Lineage;
class Watcher;
class WriteLog;
struct StoredWrite;
struct StreamState;
}  // namespace internal

class NatsMetadataStore final : public MetadataStore {
 public:
  struct Options {
    // The log of writes is compacted above this many, and four times as many as there are records.
    std::uint64_t compact_above_messages = 1000;
    // `news` comes at least so often.
    std::chrono::milliseconds look_every{1000};
  };

  // Makes the cluster's stream if there is none.
  static base::Result<std::unique_ptr<NatsMetadataStore>> Open(
      std::shared_ptr<Connection> connection, const Options& options);
  static base::Result<std::unique_ptr<NatsMetadataStore>> Open(
      std::shared_ptr<Connection> connection) {
    return Open(std::move(connection), Options());
  }
  ~NatsMetadataStore() override;

  base::Result<Contents> Load() override;
  // Further failures: 413 for more than the server takes; 503 not written, as no server is there,
  // or one with other data; kOutcomeUnknown.
  base::Result<std::uint64_t> Write(std::uint64_t expected_sequence,
                                    const std::vector<Change>& changes) override;
  // A write of this store whose outcome is unknown will not be made any more once this has said
  // that it was not.
  base::Result<std::optional<std::vector<Update>>> Since(std::uint64_t sequence) override;
  // Not from within `news`.
  void Watch(std::function<void()> news) override;

 private:
  NatsMetadataStore(std::unique_ptr<internal::WriteLog> log, std::string nudges,
                    const Options& options);

  using Deadline = std::chrono::steady_clock::time_point;
  // The stream as it is once no write of ours can come late any more.
  base::Result<internal::StreamState> Settle(std::uint64_t connection, Deadline deadline);
  base::Result<std::uint64_t> Resolve(const internal::StoredWrite& write, Deadline deadline,
                                      base::Status failure);
  void Remember(std::uint64_t expected_sequence);
  void Forget(std::uint64_t expected_sequence);
  std::optional<std::uint64_t> unknown();
  void Nudge(const std::string& who);

  const std::unique_ptr<internal::WriteLog> log_;     // constant
  const std::unique_ptr<internal::Lineage> lineage_;  // constant
  const std::string nudges_;                          // constant; a subject
  const std::string name_;                            // constant; of this store among all
  const Options options_;                             // constant
  std::mutex mutex_;
  // Guarded by mutex_: the highest sequence behind which a write of ours may still come.
  std::optional<std::uint64_t> unknown_;
  std::mutex watch_mutex_;                          // held while a watcher ends
  std::unique_ptr<internal::Watcher> watcher_;      // guarded by watch_mutex_
  std::unique_ptr<internal::Compactor> compactor_;  // last
};

}  // namespace cluster::nats
