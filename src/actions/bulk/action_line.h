// actions/bulk/action_line.h
//
// Reads one action line of a bulk body: {"index":{"_index":"a","_id":"1"}}. Errors are those of
// OpenSearch, with the number of the line. Threads: any; each has a parser of its own.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actions/bulk/item.h"
#include "actions/bulk/source_filter.h"
#include "base/result.h"

namespace actions::bulk {

// Texts are valid until this thread reads the next line.
struct ActionLine {
  static constexpr std::size_t kElsewhere = SIZE_MAX;

  engine::OpType type = engine::OpType::kIndex;
  std::optional<std::string_view> index;
  std::optional<std::string_view> id;
  std::size_t id_offset = kElsewhere;  // in the line, if the id stands there as it is
  Extra extra;                         // but for `source`
  std::optional<SourceFilter> source;
};

// `number` counts from 1. Nothing for a blank line.
base::Result<std::optional<ActionLine>> ParseActionLine(std::string_view line, std::size_t number);

// "internal", "external", "external_gte"; else 400 "No version type match [x]".
base::Result<engine::VersionType> ParseVersionType(std::string_view text);

}  // namespace actions::bulk
