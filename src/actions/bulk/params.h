// actions/bulk/params.h
//
// What a write request asks for beside its operations. Plain values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actions/bulk/source_filter.h"
#include "base/result.h"
#include "base/text/units.h"

namespace actions::bulk {

enum class Refresh : std::uint8_t { kNone, kImmediate, kWaitUntil };

// nullopt: the parameter is absent. 400 "Unknown value for refresh: [x]."
base::Result<Refresh> ParseRefresh(std::optional<std::string_view> text);

// How many copies of a shard must be there before it is written.
inline constexpr int kAllCopies = -1;
// "all" or a number; 400 "cannot parse ActiveShardCount[x]".
base::Result<int> ParseActiveShards(std::string_view text);

struct WriteParams {
  Refresh refresh = Refresh::kNone;
  // Or kAllCopies; nullopt: as the index says, index.write.wait_for_active_shards.
  std::optional<int> active_shards;
  base::TimeValue timeout = base::TimeValue::Minutes(1);
};

struct BulkParams {
  std::string index;  // of actions that name none; empty: they must
  std::string routing;
  std::optional<std::string> pipeline;
  std::optional<bool> require_alias;
  std::optional<SourceFilter> source;
  WriteParams write;
  bool cancel_on_disconnect = false;
};

}  // namespace actions::bulk
