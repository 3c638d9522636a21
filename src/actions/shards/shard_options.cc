#include "actions/shards/shard_options.h"

#include "base/text/strings.h"
#include "base/text/units.h"

namespace actions {

using cluster::IndexMetadata;
using engine::Shard;

namespace {

std::string_view Setting(const IndexMetadata& index, const char* name) {
  const auto found = index.settings.find(name);
  return found == index.settings.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::int64_t RefreshInterval(const IndexMetadata& index) {
  const auto text = Setting(index, "index.refresh_interval");
  if (text.empty()) return kUsualRefreshNanos;
  const auto interval = base::TimeValue::Parse(text, "index.refresh_interval");
  if (!interval.ok()) return kUsualRefreshNanos;
  return interval->nanos() == 0 ? kUsualRefreshNanos / 1000 : interval->nanos();
}

std::uint64_t MaxDocumentBytes(const IndexMetadata& index) {
  const auto limit =
      base::ByteSize::Parse(Setting(index, "index.max_document_bytes"), "index.max_document_bytes");
  return limit.ok() ? static_cast<std::uint64_t>(limit->bytes())
                    : Shard::Options().max_document_bytes;
}

Shard::Options ShardOptions(const IndexMetadata& index, int number) {
  const auto at = static_cast<std::size_t>(number);
  Shard::Options options;
  options.index = index.name;
  options.index_uuid = index.uuid;
  options.number = number;
  options.key = index.shard_keys[at];
  options.primary_term = index.primary_terms[at];
  if (base::ToLowerAscii(Setting(index, "index.translog.durability")) == "async") {
    options.durability = journal::Durability::kAsync;
  }
  const auto interval = base::TimeValue::Parse(Setting(index, "index.translog.sync_interval"),
                                               "index.translog.sync_interval");
  if (interval.ok()) options.sync_interval_nanos = interval->nanos();
  options.max_document_bytes = static_cast<std::size_t>(MaxDocumentBytes(index));
  return options;
}

}  // namespace actions
