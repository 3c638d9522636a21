// tasks/memory/memory_account.h
//
// MemoryAccount bounds what all requests of a node hold at once: bodies, parsed trees, tables,
// answers, queues. Whatever grows with what a client sends holds a Reservation (reservation.h) and
// grows it first; one that does not fit fails alone, with OpenSearch's circuit_breaking_exception.
//
//     parent            all of it, and     indices.breaker.total.limit
//                       what the store has
//       request         what work makes    indices.breaker.request.limit
//       in_flight_...   what was sent      network.breaker.inflight_requests.limit
//
// Lifetime: one a node, outlives every task and answer. Threads: any.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/status.h"

namespace tasks {

enum class Breaker : std::uint8_t {
  kRequest,           // trees, tables, results, answers
  kInFlightRequests,  // bodies as they were sent
};

class MemoryAccount {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t kBreakers = 2;

  struct Limits {
    std::int64_t total = kUnlimited;
    std::int64_t request = kUnlimited;
    std::int64_t in_flight_requests = kUnlimited;
    // What the node's store may hold in buffers and caches, whoever writes. It counts towards the
    // total, at most an eighth of it: with a small total most is still there for requests.
    std::int64_t store = 0;
  };
  struct Figures {
    std::int64_t limit = 0;
    std::int64_t reserved = 0;
    std::int64_t tripped = 0;  // how often it has refused
  };

  MemoryAccount() = default;
  explicit MemoryAccount(const Limits& limits) { SetLimits(limits); }
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;

  // What is reserved stays so, even above the new limits.
  void SetLimits(const Limits& limits);

  Figures parent() const;
  Figures breaker(Breaker breaker) const;
  // "request"
  static std::string_view Name(Breaker breaker);

 private:
  friend class Reservation;

  struct Count {
    std::atomic<std::int64_t> limit = kUnlimited;
    std::atomic<std::int64_t> reserved = 0;
    std::atomic<std::int64_t> tripped = 0;
  };

  // 429 if it does not fit: then nothing is added. `label` says what for.
  base::Status AddIfItFits(Breaker breaker, std::int64_t bytes, std::string_view label);
  void Add(Breaker breaker, std::int64_t bytes);

  Count& Of(Breaker breaker) { return counts_[static_cast<std::size_t>(breaker)]; }
  const Count& Of(Breaker breaker) const { return counts_[static_cast<std::size_t>(breaker)]; }

  std::array<Count, kBreakers> counts_;
  std::atomic<std::int64_t> total_limit_ = kUnlimited;
  std::atomic<std::int64_t> store_ = 0;
  std::atomic<std::int64_t> total_ = 0;  // of all breakers
  std::atomic<std::int64_t> total_tripped_ = 0;
};

}  // namespace tasks
