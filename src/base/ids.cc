#include "base/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/text/strings.h"

namespace base {
namespace {

constexpr std::uint64_t kSequences = 1 << 24;

}  // namespace

void FillRandom(void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // an id that might not be unique is worse than no server
    }
    at += got;
    size -= static_cast<std::size_t>(got);
  }
}

std::uint64_t RandomUint64() {
  std::uint64_t value = 0;
  FillRandom(&value, sizeof(value));
  return value;
}

std::string RandomId() {
  std::array<char, 16> bytes;
  FillRandom(bytes.data(), bytes.size());
  return Base64UrlEncode({bytes.data(), bytes.size()});
}

std::string DocIdBase::Id(std::uint32_t index) const {
  const std::uint64_t count = std::uint64_t{sequence} + index;
  // Once the sequence has come round, the timestamp must tell the rounds apart.
  const std::uint64_t time = timestamp + count / kSequences;
  const std::uint64_t number = count % kSequences;
  std::array<char, 15> bytes;
  auto at = bytes.begin();
  const auto put = [&at](std::uint64_t byte) { *at++ = static_cast<char>(byte); };
  for (int shift = 40; shift >= 0; shift -= 8) put(time >> shift);
  for (int shift = 16; shift >= 0; shift -= 8) put(number >> shift);
  std::copy(node.begin(), node.end(), at);
  return Base64UrlEncode({bytes.data(), bytes.size()});
}

DocIdGenerator::DocIdGenerator() {
  FillRandom(node_.data(), node_.size());
  // A clock that went back over a restart then does not meet the same sequence again.
  sequence_ = static_cast<std::uint32_t>(RandomUint64() % kSequences);
}

DocIdBase DocIdGenerator::Reserve(std::uint32_t count, std::uint64_t wall_millis) {
  std::lock_guard lock(mutex_);
  timestamp_ = std::max(timestamp_, wall_millis);
  const DocIdBase base{timestamp_, sequence_, node_};
  const std::uint64_t end = std::uint64_t{sequence_} + count;
  timestamp_ += end / kSequences;
  sequence_ = static_cast<std::uint32_t>(end % kSequences);
  return base;
}

}  // namespace base
