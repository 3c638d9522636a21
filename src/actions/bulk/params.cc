#include "actions/bulk/params.h"

namespace actions::bulk {

base::Result<Refresh> ParseRefresh(std::optional<std::string_view> text) {
  if (!text || *text == "false") return Refresh::kNone;
  if (text->empty() || *text == "true") return Refresh::kImmediate;
  if (*text == "wait_for") return Refresh::kWaitUntil;
  return base::IllegalArgument("Unknown value for refresh: [" + std::string(*text) + "].");
}

base::Result<int> ParseActiveShards(std::string_view text) {
  if (text == "all") return kAllCopies;
  const auto count = base::ParseInt32(text);
  if (!count.ok()) {
    return base::IllegalArgument("cannot parse ActiveShardCount[" + std::string(text) + "]")
        .CausedBy(count.status());
  }
  if (*count < 0) return base::IllegalArgument("shard count cannot be a negative value");
  return *count;
}

}  // namespace actions::bulk
