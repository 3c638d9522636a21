#include "base/arena.h"

#include <algorithm>

namespace base {

void* Arena::AllocateFromNewChunk(std::size_t size) {
  // Grows with what is there, so that a large document needs few chunks and a small one little.
  constexpr std::size_t kLeast = 1024, kMost = 256 * 1024;
  const std::size_t usual = std::clamp(bytes_, kLeast, kMost);
  if (size > usual / 4) {  // a chunk of its own; the open one stays open
    bytes_ += size;
    return chunks_.emplace_back(new std::byte[size]).get();
  }
  bytes_ += usual;
  std::byte* const chunk = chunks_.emplace_back(new std::byte[usual]).get();
  next_ = chunk + size;
  left_ = usual - size;
  return chunk;
}

}  // namespace base
