// actions/bulk/block_vector.h
//
// A vector that grows without moving what it holds, so that a hundred thousand items never need
// twice their memory: blocks of one size, the first of which begins small. Blocks are large because
// jemalloc adds a page to each.
//
// Threads: as a std::vector; different elements may be written by different threads.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace actions::bulk {

template <typename T>
class BlockVector {
 public:
  static constexpr std::size_t kBlock = 8192;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return blocks_[i / kBlock][i % kBlock]; }
  const T& operator[](std::size_t i) const { return blocks_[i / kBlock][i % kBlock]; }

  T& Append(T value) {
    if (size_ % kBlock == 0) {
      blocks_.emplace_back();
      if (size_ > 0) blocks_.back().reserve(kBlock);
    }
    ++size_;
    return blocks_.back().emplace_back(std::move(value));
  }

  void RemoveLast() {
    blocks_.back().pop_back();
    if (blocks_.back().empty()) blocks_.pop_back();
    --size_;
  }

  // Makes it `size` elements of T{}; it must have been empty.
  void Fill(std::size_t size) {
    for (size_ = size; size > 0; size -= blocks_.back().size()) {
      blocks_.emplace_back(size < kBlock ? size : kBlock);
    }
  }

  std::size_t memory_bytes() const {
    return blocks_.empty()
               ? 0
               : ((blocks_.size() - 1) * kBlock + blocks_.back().capacity()) * sizeof(T);
  }

 private:
  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace actions::bulk
