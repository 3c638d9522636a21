// rest/http/internal/turn_queue.h
//
// TurnQueue is who waits for a turn of a thread, in order. Those that hurry come first, but every
// eighth turn is one of the others', however many hurry.
//
// Lifetime: a member of what gives the turns. Threads: one at a time.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace rest::http {

// kHurried: its client has stopped it, and waits for the end.
enum class Haste : std::uint8_t { kNone, kHurried };

// A place in the queue, for ever.
using Ticket = std::uint64_t;

template <typename Member>
class TurnQueue {
 public:
  bool empty() const { return queue_.empty(); }

  Ticket Push(std::shared_ptr<Member> member, Haste haste) {
    const Ticket ticket = ++pushed_ + (haste == Haste::kHurried ? 0 : kOthers);
    queue_.emplace(ticket, std::move(member));
    return ticket;
  }

  // There must be one.
  std::shared_ptr<Member> Pop() {
    auto next = queue_.begin();
    if (++popped_ % kOneOfOthersIn == 0) {
      if (const auto other = queue_.lower_bound(kOthers); other != queue_.end()) next = other;
    }
    return std::move(queue_.extract(next).mapped());
  }

  // False: it has had its turn.
  bool Erase(Ticket ticket) { return queue_.erase(ticket) > 0; }
  void Clear() { queue_.clear(); }

 private:
  static constexpr Ticket kOthers = Ticket{1} << 63;
  static constexpr std::uint64_t kOneOfOthersIn = 8;

  std::map<Ticket, std::shared_ptr<Member>> queue_;
  Ticket pushed_ = 0;
  std::uint64_t popped_ = 0;
};

}  // namespace rest::http
