// Settings and kept metadata: nothing crashes, and what was read is what was written.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cluster/cluster_service.h"
#include "cluster/index/date_math_name.h"
#include "cluster/index/murmur3.h"
#include "support/lone_task.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto body = base::json::Document::Parse(text); body.ok()) {
    const auto settings = cluster::ParseIndexSettings(LoneTask(), body->root());
    if (settings.ok() && !cluster::CheckSettings(*settings).ok()) std::abort();
  }
  if (const auto index = cluster::IndexMetadata::Decode(text); index.ok()) {
    const auto again = cluster::IndexMetadata::Decode((*index)->Encode());
    if (!again.ok() || (*again)->Encode() != (*index)->Encode()) std::abort();
    const int shard = (*index)->ShardOf(text, "");
    if (shard < 0 || shard >= (*index)->number_of_shards) std::abort();
  }
  cluster::CheckIndexName(text).Ignore();
  cluster::ResolveDateMathName("<" + std::string(text) + ">").status().Ignore();
  static_cast<void>(cluster::Murmur3OfUtf16(text));
  return 0;
}
