#include "actions/index/index.h"

#include "base/text/units.h"

namespace actions::index {

namespace {

// As the description has it.
std::string Shown(std::string_view source) {
  constexpr std::size_t kMaxSource = 2048;
  if (source.size() <= kMaxSource) return std::string(source);
  return "n/a, actual length: [" +
         base::ByteSize(static_cast<std::int64_t>(source.size())).ToString() + "], max length: 2kb";
}

}  // namespace

std::string Describe(std::string_view index, const std::optional<std::string>& id,
                     std::optional<std::string_view> source) {
  return "index {[" + std::string(index) + "][" + id.value_or("null") + "], source[" +
         (source ? Shown(*source) : "_na_") + "]}";
}

bulk::SingleWrite IndexWrite(bulk::BulkParams params, std::optional<std::string> id, bool create,
                             bulk::Extra extra, std::string source) {
  bulk::SingleWrite write;
  write.description = Describe(params.index, id, source);
  write.type = create ? engine::OpType::kCreate : engine::OpType::kIndex;
  write.id = std::move(id);
  write.extra = extra;
  write.source = std::move(source);
  write.params = std::move(params);
  return write;
}

}  // namespace actions::index
