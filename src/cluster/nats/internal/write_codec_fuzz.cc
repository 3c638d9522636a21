// What comes from a stream: nothing crashes, what was read is what was written, and what was
// written is read. The checksum is made to fit, or nothing would get past it.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "cluster/nats/internal/base64.h"
#include "cluster/nats/internal/names.h"
#include "cluster/nats/internal/write_codec.h"

using namespace cluster::nats::internal;  // NOLINT: a fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(DecodeWrite(text));
  static_cast<void>(DecodeBase64(text));
  static_cast<void>(ParseAddresses(text));
  static_cast<void>(Presentable(text));
  static_cast<void>(FromToken(text));
  if (*FromToken(ToToken(text)) != text) std::abort();

  std::string bytes(9, '\1');
  const std::uint64_t checksum = ChecksumOf(text);
  std::memcpy(bytes.data() + 1, &checksum, sizeof checksum);
  bytes.append(text);
  const auto write = DecodeWrite(bytes);
  if (!write.ok()) return 0;
  const auto again = EncodeWrite(*write);
  if (!again.ok()) std::abort();
  const auto same = DecodeWrite(*again);
  if (!same.ok() || same->id != write->id || same->previous != write->previous ||
      same->changes.size() != write->changes.size()) {
    std::abort();
  }
  for (std::size_t i = 0; i < same->changes.size(); ++i) {
    if (same->changes[i].key != write->changes[i].key ||
        same->changes[i].value != write->changes[i].value) {
      std::abort();
    }
  }
  return 0;
}
