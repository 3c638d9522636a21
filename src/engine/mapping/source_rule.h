// engine/mapping/source_rule.h
//
// What readers may see of a document by the `_source` of its mapping. The store keeps documents
// complete, because searches are derived from them, and a rule never changes: so it is applied
// when a document is read, and reads of indices without a rule pay nothing for it.
//
// Lifetime: a value, immutable once made. Threads: any.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/path_filter.h"
#include "base/result.h"
#include "tasks/task_context.h"

namespace engine {

class SourceRule {
 public:
  // Of the mapping's `_source` as JSON, empty if it has none. nullopt: documents are seen as they
  // are.
  static std::optional<SourceRule> Parse(std::string_view json);

  // nullopt: there is no source to be seen. 429 if there is no memory to filter it; Cancelled.
  base::Result<std::optional<std::string>> Apply(const tasks::TaskContext& task,
                                                 std::string_view source) const;

 private:
  SourceRule() = default;

  std::optional<base::json::PathFilter> filter_;  // nullopt: nothing is seen
};

}  // namespace engine
