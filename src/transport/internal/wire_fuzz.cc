// Whatever comes from another node is decoded without harm, and what was decoded can be sent on.

#include "transport/internal/lease_book.h"
#include "transport/internal/wire.h"

namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void TryStart(transport::proto::Start&& message) {
  using namespace transport::internal;
  LeaseBook leases(1'000'000'000);
  const std::uint64_t beat = leases.NextBeat(1);
  const Upstream left{.number = message.upstream().number(),
                      .left_nanos = message.upstream().left_nanos()};
  const auto lease = leases.ForCall(message.beat() % 3, left, 2);
  if (lease.ok()) Require((*lease)->valid_until_boot_nanos <= 1'000'000'001);
  leases.Echoed(beat, std::span(&left, 1));
  auto start = Decode(std::move(message));
  if (!start.ok()) return;
  Require(!start->action.empty());
  start->request.action = start->action;
  transport::proto::Start again;
  Encode(std::move(start->request), again);
  Require(Decode(std::move(again)).ok());
}

void TryEnd(transport::proto::End&& message) {
  using namespace transport::internal;
  tasks::End end = Decode(std::move(message));
  Require((end.outcome == tasks::Outcome::kDone) == end.error.ok());
  const base::Code code = end.error.code();
  const std::string reason = end.error.reason();
  transport::proto::End again;
  Encode(std::move(end), again);
  const tasks::End same = Decode(std::move(again));
  Require(same.error.code() == code && same.error.reason() == reason);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto length = static_cast<int>(size);
  transport::proto::WorkUp up;
  if (up.ParseFromArray(data, length)) {
    if (up.has_start()) TryStart(std::move(*up.mutable_start()));
    if (up.has_cancel()) static_cast<void>(transport::internal::Decode(up.cancel()));
  }
  transport::proto::WorkDown down;
  if (down.ParseFromArray(data, length) && down.has_end()) TryEnd(std::move(*down.mutable_end()));
  return 0;
}
