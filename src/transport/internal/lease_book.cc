#include "transport/internal/lease_book.h"

#include <algorithm>

namespace transport::internal {

using base::Result;
using base::Status;

namespace {

Status TooMany() {
  return base::Rejected("a call depends on one lease too many, the limit is " +
                        std::to_string(kMaxUpstreams));
}

}  // namespace

std::uint64_t LeaseBook::NextBeat(std::int64_t now) {
  std::lock_guard lock(mutex_);
  // Until the first one comes back its sending bounds everything.
  if (last_beat_ == 0) own_->valid_until_boot_nanos = now + lease_nanos_;
  sent_.push_back({++last_beat_, now});
  while (sent_.front().at + lease_nanos_ <= now) sent_.pop_front();
  ForgetUnused(now);
  return last_beat_;
}

std::optional<std::int64_t> LeaseBook::SentAt(std::uint64_t beat) const {
  const auto found = std::ranges::lower_bound(sent_, beat, {}, &SentBeat::number);
  if (found == sent_.end() || found->number != beat) return std::nullopt;
  return found->at;
}

// Never back: each bound that was true stays true.
void LeaseBook::Extend(tasks::Lease& lease, std::int64_t sent, std::int64_t left) {
  const std::int64_t until = sent + std::min(lease_nanos_, left);
  if (until > lease.valid_until_boot_nanos) lease.valid_until_boot_nanos = until;
}

void LeaseBook::Echoed(std::uint64_t beat, std::span<const Upstream> left) {
  std::lock_guard lock(mutex_);
  const auto sent = SentAt(beat);
  if (!sent || over_) return;
  Extend(*own_, *sent, INT64_MAX);
  for (const Upstream& upstream : left) {
    const auto found = upstream_.find(upstream.number);
    if (found != upstream_.end()) Extend(*found->second, *sent, upstream.left_nanos);
  }
}

Result<std::shared_ptr<const tasks::Lease>> LeaseBook::ForCall(std::uint64_t beat, Upstream left,
                                                               std::int64_t now) {
  std::lock_guard lock(mutex_);
  LeasePtr lease = own_;
  if (left.number != 0) {
    ForgetUnused(now);
    const auto found = upstream_.find(left.number);
    if (found == upstream_.end() && upstream_.size() >= kMaxUpstreams) return TooMany();
    lease = found != upstream_.end() ? found->second : std::make_shared<tasks::Lease>();
    if (found == upstream_.end()) lease->valid_until_boot_nanos = INT64_MIN;
  }
  if (const auto sent = SentAt(beat); sent && !over_) Extend(*lease, *sent, left.left_nanos);
  if (over_ || now >= lease->valid_until_boot_nanos)
    return Status(503, "node_not_connected_exception",
                  "the lease of the caller is over, nothing new may begin for it");
  if (left.number != 0) upstream_[left.number] = lease;
  return std::shared_ptr<const tasks::Lease>(std::move(lease));
}

bool LeaseBook::Over(std::int64_t now) {
  std::lock_guard lock(mutex_);
  over_ = over_ || (last_beat_ != 0 && now >= own_->valid_until_boot_nanos);
  return over_;
}

void LeaseBook::ForgetUnused(std::int64_t now) {
  std::erase_if(upstream_, [now](const auto& entry) {
    return entry.second.use_count() == 1 && now >= entry.second->valid_until_boot_nanos;
  });
}

bool EchoBook::Heard(std::uint64_t beat, std::int64_t now) {
  std::lock_guard lock(mutex_);
  if (now >= NothingBeginsFrom()) return false;
  beat_ = std::max(beat_, beat);
  last_echo_ = now;
  return true;
}

std::int64_t EchoBook::nothing_begins_from() const {
  std::lock_guard lock(mutex_);
  return NothingBeginsFrom();
}

Result<EchoBook::Look> EchoBook::ForStart(const std::shared_ptr<const tasks::Lease>& lease,
                                          std::int64_t now) {
  std::lock_guard lock(mutex_);
  Look look{.beat = beat_, .upstream = {}};
  if (!lease) return look;
  const std::int64_t left = lease->valid_until_boot_nanos - now;
  if (left <= 0) return Status(base::Code::kFailed, "the lease of the own caller is over");
  auto found = numbers_.find(lease);
  if (found == numbers_.end()) {
    ForgetUnused();
    if (numbers_.size() >= kMaxUpstreams) return TooMany();
    found = numbers_.emplace(lease, ++last_number_).first;
  }
  look.upstream = {.number = found->second, .left_nanos = left};
  return look;
}

std::vector<Upstream> EchoBook::Left(std::int64_t now) {
  std::lock_guard lock(mutex_);
  ForgetUnused();
  std::vector<Upstream> left;
  left.reserve(numbers_.size());
  for (const auto& [lease, number] : numbers_)
    left.push_back({.number = number, .left_nanos = lease->valid_until_boot_nanos - now});
  return left;
}

void EchoBook::ForgetUnused() {
  std::erase_if(numbers_, [](const auto& entry) { return entry.first.use_count() == 1; });
}

}  // namespace transport::internal
