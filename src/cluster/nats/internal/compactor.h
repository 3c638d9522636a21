// cluster/nats/internal/compactor.h
//
// Keeps the log of writes short: writes all current records again behind its end, in chunks that
// are conditional like every write, and purges what stands before the first of them once all are
// in. Until then a reader sees records again that it has, so it does not matter where this stops,
// who writes in between, or how many nodes do it at once: a chunk that a write has overtaken is
// made anew from the records as they are then.
//
// Lifetime: a NatsMetadataStore's. Threads: any; works on one of its own, under no lock.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "cluster/nats/internal/write_log.h"

namespace cluster::nats::internal {

class Compactor {
 public:
  struct Options {
    // Compacts above this many messages, and four times as many as there are records.
    std::uint64_t above_messages = 1000;
  };

  // `written` is called on its thread after it has written.
  Compactor(WriteLog& log, Options options, std::function<void()> written);
  ~Compactor();  // gives up and waits
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  // After a write; does not wait.
  void Noticed(std::uint64_t sequence);

 private:
  void Run();
  // When it is worth looking again.
  base::Result<std::uint64_t> Compact();
  // Puts one chunk of the records after `*key` behind the end; `*key` is then its last one, or
  // nothing if none are left. Its sequence.
  base::Result<std::uint64_t> WriteChunk(MetadataStore::Contents& contents,
                                         std::uint64_t connection, std::optional<std::string>* key);
  base::Status CatchUp(MetadataStore::Contents& contents);
  bool stopped();

  WriteLog& log_;                        // constant
  const Options options_;                // constant
  const std::function<void()> written_;  // constant
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t noticed_ = 0;     // guarded by mutex_; the last write; 0: nothing to do
  std::uint64_t not_before_ = 0;  // guarded by mutex_; a sequence
  bool stopped_ = false;          // guarded by mutex_
  std::thread thread_;            // last
};

}  // namespace cluster::nats::internal
