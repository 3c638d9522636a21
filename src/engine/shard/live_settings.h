// engine/shard/live_settings.h
//
// What of a shard's settings may change while it is open.
//
// Lifetime: owned by the shard. Threads: any; a change counts for what is prepared or appended
// after it.

#pragma once

#include <atomic>
#include <cstddef>

#include "journal/journal.h"

namespace engine {

struct LiveSettings {
  std::atomic<journal::Durability> durability;
  std::atomic<std::int64_t> sync_interval_nanos;
  std::atomic<std::size_t> max_document_bytes;
};

}  // namespace engine
