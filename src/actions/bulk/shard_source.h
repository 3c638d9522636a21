// actions/bulk/shard_source.h
//
// The operations of one shard, cut into chunks of at most one unit's size as they are asked for.
//
// Lifetime: that of the call they are sent with. Threads: Next() by one at a time; handed() any.

#pragma once

#include <atomic>

#include "actions/bulk/prepare.h"
#include "tasks/peer.h"

namespace actions::bulk {

class ShardSource final : public tasks::PayloadSource {
 public:
  ShardSource(RequestPtr request, const ShardGroup& group)
      : request_(std::move(request)), reader_(request_->body.bytes()), next_(group.first) {}

  base::Result<std::optional<std::string>> Next() override;
  bool MayWait() const override;

  // How many operations have been given away: those after them cannot have been done.
  std::uint64_t handed() const { return handed_.load(std::memory_order_acquire); }

 private:
  base::Status AppendItem(const Item& item, std::string& chunk);

  const RequestPtr request_;
  SpillReader reader_;
  std::uint32_t next_;
  std::atomic<std::uint64_t> handed_{0};
};

}  // namespace actions::bulk
