// transport/internal/lease_book.h
//
// The two ends of a session's lease. The callee's LeaseBook knows until when it may begin effects
// for the caller: its own send time of the newest echoed beat + min(lease, what the caller had left
// itself). The caller's EchoBook knows from when on nothing new can begin over there: its last
// echo + lease * 1.1. Neither reads the other's clock (docs/design/0011).
//
// Times are Clock::BootNanos() of the own node. Threads: any.

#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "tasks/task_types.h"

namespace transport::internal {

// A lease that the caller depends on, by the number it has given it; 0: it depends on none.
struct Upstream {
  std::uint64_t number = 0;
  std::int64_t left_nanos = INT64_MAX;
};

// Leases a session can be bounded by besides its own; a Start above it is refused.
inline constexpr std::size_t kMaxUpstreams = 1000;

class LeaseBook {
 public:
  explicit LeaseBook(std::int64_t lease_nanos) : lease_nanos_(lease_nanos) {
    own_->valid_until_boot_nanos = INT64_MIN;
  }

  // The number of the beat that is sent from now on. The caller cannot have seen it before.
  std::uint64_t NextBeat(std::int64_t now);

  // The caller has heard `beat`, and afterwards looked at what it has left. One that was not sent,
  // or that is older than a lease, moves nothing.
  void Echoed(std::uint64_t beat, std::span<const Upstream> left);

  // What bounds a call whose caller had heard `beat` when it looked. Failed if it is over already.
  base::Result<std::shared_ptr<const tasks::Lease>> ForCall(std::uint64_t beat, Upstream left,
                                                            std::int64_t now);

  // Nothing may begin for the caller any more; never taken back, also if an echo comes later.
  bool Over(std::int64_t now);

 private:
  struct SentBeat {
    std::uint64_t number;
    std::int64_t at;
  };
  using LeasePtr = std::shared_ptr<tasks::Lease>;

  std::optional<std::int64_t> SentAt(std::uint64_t beat) const;            // needs mutex_
  void Extend(tasks::Lease& lease, std::int64_t sent, std::int64_t left);  // needs mutex_
  void ForgetUnused(std::int64_t now);                                     // needs mutex_

  const std::int64_t lease_nanos_;  // constant
  mutable std::mutex mutex_;
  std::uint64_t last_beat_ = 0;                            // guarded by mutex_
  std::deque<SentBeat> sent_;                              // guarded by mutex_
  bool over_ = false;                                      // guarded by mutex_
  const LeasePtr own_ = std::make_shared<tasks::Lease>();  // moves under mutex_
  std::map<std::uint64_t, LeasePtr> upstream_;             // guarded by mutex_
};

class EchoBook {
 public:
  EchoBook(std::int64_t lease_nanos, std::uint64_t first_beat, std::int64_t now)
      : lease_nanos_(lease_nanos), beat_(first_beat), last_echo_(now) {}

  // `beat` has come and is going to be echoed. False: too late, nothing may be echoed any more.
  bool Heard(std::uint64_t beat, std::int64_t now);

  // From then on nothing new can begin over there.
  std::int64_t nothing_begins_from() const;

  struct Look {
    std::uint64_t beat = 0;
    Upstream upstream;
  };
  // What a Start has to say of its parent's lease (null: none). Failed if that is over, or if there
  // are too many.
  base::Result<Look> ForStart(const std::shared_ptr<const tasks::Lease>& lease, std::int64_t now);

  // What an echo has to say of the leases that are still in use.
  std::vector<Upstream> Left(std::int64_t now);

 private:
  std::int64_t NothingBeginsFrom() const { return last_echo_ + lease_nanos_ + lease_nanos_ / 10; }
  void ForgetUnused();  // needs mutex_

  const std::int64_t lease_nanos_;  // constant
  mutable std::mutex mutex_;
  std::uint64_t beat_;             // guarded by mutex_; the newest one
  std::int64_t last_echo_;         // guarded by mutex_
  std::uint64_t last_number_ = 0;  // guarded by mutex_
  std::map<std::shared_ptr<const tasks::Lease>, std::uint64_t> numbers_;  // guarded by mutex_
};

}  // namespace transport::internal
