#include "actions/bulk/results.h"

#include "actions/bulk/shard_wire.h"
#include "actions/bulk/wire.h"

namespace actions::bulk {

namespace {

constexpr std::size_t kKnownFailures = 64;
constexpr std::int64_t kMaxTerm = 127;

}  // namespace

void Results::Set(std::size_t item, const engine::OperationResult& result) {
  if (!result.error.ok()) return SetFailure(item, result.outcome, result.error);
  Entry& entry = entries_[item];
  entry.outcome = result.outcome;
  entry.result = result.result;
  entry.seq_no = result.seq_no;
  const bool small = result.version >= 0 && result.version <= UINT32_MAX &&
                     result.primary_term >= 0 && result.primary_term <= kMaxTerm && !result.source;
  if (small) {
    entry.version = static_cast<std::uint32_t>(result.version);
    entry.term = static_cast<std::uint8_t>(result.primary_term & kMaxTerm);
  } else {
    std::string more;
    PutSigned(more, result.version);
    PutSigned(more, result.primary_term);
    more.push_back(result.source ? 1 : 0);
    if (result.source) PutText(more, *result.source);
    std::lock_guard lock(mutex_);
    entry.version = side_.Add(more);
    entry.beside = Beside::kMore;
  }
  entry.settled = 1;
  settled_count_.fetch_add(1, std::memory_order_relaxed);
}

bool Results::full() {
  std::lock_guard lock(mutex_);
  return side_.full();
}

void Results::SetFailure(std::size_t item, tasks::UnitOutcome outcome, std::uint32_t kept) {
  Entry& entry = entries_[item];
  entry.outcome = outcome;
  entry.version = kept;
  entry.beside = Beside::kFailure;
  entry.settled = 1;
  settled_count_.fetch_add(1, std::memory_order_relaxed);
  failed_.store(true, std::memory_order_relaxed);
}

std::uint32_t Results::Keep(const base::Status& failure) {
  std::string bytes;
  PutStatus(bytes, failure);
  std::lock_guard lock(mutex_);
  if (const auto found = known_failures_.find(bytes); found != known_failures_.end()) {
    return found->second;
  }
  const bool too_many = error_bytes_ > kFullErrorBytes;
  if (too_many) {  // one text a kind is all that is kept from here on
    bytes.clear();
    PutStatus(bytes, base::Status(failure.http_status(), failure.type(),
                                  "failed, as too many of this request to tell each one's reason"));
    if (const auto found = known_failures_.find(bytes); found != known_failures_.end()) {
      return found->second;
    }
  }
  error_bytes_ += bytes.size();
  const std::uint32_t address = side_.Add(bytes);
  if (too_many || known_failures_.size() < kKnownFailures) {
    known_failures_.emplace(std::move(bytes), address);
  }
  return address;
}

engine::OperationResult Results::Get(std::size_t item) const {
  engine::OperationResult result;
  if (!settled(item)) {
    result.error = rest_;
    return result;
  }
  const Entry& entry = entries_[item];
  result.outcome = entry.outcome;
  result.result = entry.result;
  result.seq_no = entry.seq_no;
  result.version = entry.version;
  result.primary_term = entry.term;
  if (entry.beside == Beside::kFailure) {
    result.error = ReadStatus(side_.At(entry.version));
  } else if (entry.beside == Beside::kMore) {
    WireReader in(side_.At(entry.version));
    result.version = in.Signed();
    result.primary_term = in.Signed();
    if (in.Byte() != 0) result.source = std::string(in.Text());
  }
  return result;
}

}  // namespace actions::bulk
