// base/arena.h
//
// Memory for many small things that die together. Lifetime: what it gives lives until the arena
// ends, and keeps its address when the arena is moved. Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace base {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    next_ = std::exchange(other.next_, nullptr);
    left_ = std::exchange(other.left_, 0);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }

  void* Allocate(std::size_t size, std::size_t align) {
    const std::size_t skip = -reinterpret_cast<std::uintptr_t>(next_) & (align - 1);
    if (size + skip > left_) return AllocateFromNewChunk(size);
    void* const place = next_ + skip;
    next_ += skip + size;
    left_ -= skip + size;
    return place;
  }

  // Room for `count` objects that need no destructor.
  template <typename T>
  T* AllocateArray(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may well be a pointer
    return static_cast<T*>(Allocate(count * sizeof(T), alignof(T)));
  }

  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* const place = AllocateArray<char>(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  // What it holds, used or not.
  std::size_t bytes() const { return bytes_; }

 private:
  void* AllocateFromNewChunk(std::size_t size);

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace base
