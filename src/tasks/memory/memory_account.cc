#include "tasks/memory/memory_account.h"

#include <algorithm>
#include <string>

#include "base/text/units.h"

namespace tasks {

namespace {

using base::Status;

std::string Both(std::int64_t bytes) {
  return std::to_string(bytes) + "/" + base::ByteSize(bytes).ToString();
}

std::string TooLarge(std::string_view breaker, std::string_view label, std::int64_t wanted,
                     std::int64_t limit) {
  return "[" + std::string(breaker) + "] Data too large, data for [" + std::string(label) +
         "] would be [" + Both(wanted) + "], which is larger than the limit of [" + Both(limit) +
         "]";
}

Status Refusal(std::string reason, std::int64_t wanted, std::int64_t limit) {
  return Status(429, "circuit_breaking_exception", std::move(reason))
      .With("bytes_wanted", std::to_string(wanted), true)
      .With("bytes_limit", std::to_string(limit), true)
      .With("durability", "TRANSIENT");
}

}  // namespace

std::string_view MemoryAccount::Name(Breaker breaker) {
  return breaker == Breaker::kRequest ? "request" : "in_flight_requests";
}

void MemoryAccount::SetLimits(const Limits& limits) {
  total_limit_ = limits.total;
  store_ = std::min(limits.store, limits.total / 8);
  Of(Breaker::kRequest).limit = limits.request;
  Of(Breaker::kInFlightRequests).limit = limits.in_flight_requests;
}

MemoryAccount::Figures MemoryAccount::parent() const {
  return {.limit = total_limit_, .reserved = total_ + store_, .tripped = total_tripped_};
}

MemoryAccount::Figures MemoryAccount::breaker(Breaker breaker) const {
  const Count& count = Of(breaker);
  return {.limit = count.limit, .reserved = count.reserved, .tripped = count.tripped};
}

// Adds first and looks then, so that two who come together never both fit where one does.
Status MemoryAccount::AddIfItFits(Breaker breaker, std::int64_t bytes, std::string_view label) {
  Count& count = Of(breaker);
  const std::int64_t wanted = count.reserved += bytes;
  const std::int64_t store = store_, total = (total_ += bytes) + store;
  if (const std::int64_t limit = count.limit; wanted > limit) {
    Add(breaker, -bytes);
    ++count.tripped;
    return Refusal(TooLarge(Name(breaker), label, wanted, limit), wanted, limit);
  }
  if (const std::int64_t limit = total_limit_; total > limit) {
    Add(breaker, -bytes);
    ++total_tripped_;
    std::string reason = TooLarge("parent", label, total, limit) + ", usages [";
    for (const Breaker each : {Breaker::kRequest, Breaker::kInFlightRequests}) {
      reason += std::string(Name(each)) + "=" + Both(Of(each).reserved) + ", ";
    }
    return Refusal(reason + "store=" + Both(store) + "]", total, limit);
  }
  return {};
}

void MemoryAccount::Add(Breaker breaker, std::int64_t bytes) {
  Of(breaker).reserved += bytes;
  total_ += bytes;
}

}  // namespace tasks
