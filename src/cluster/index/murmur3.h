// cluster/index/murmur3.h
//
// The hash that decides which shard a document lives in: murmur3 x86_32 with seed 0 over the UTF-16
// code units of the routing value, low byte first, as OpenSearch computes it. Threads: pure.

#pragma once

#include <cstdint>
#include <string_view>

namespace cluster {

// `text` is UTF-8; what is not counts as U+FFFD.
std::int32_t Murmur3OfUtf16(std::string_view text);

}  // namespace cluster
