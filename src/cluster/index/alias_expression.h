// cluster/index/alias_expression.h
//
// AliasExpression selects aliases by a list of names and patterns, as `GET _alias/{name}` and the
// removal of aliases take it. The last item that fits an alias decides: `-x` excludes what `x`
// fits, any other item includes it. Lifetime: owns its items. Threads: constant after construction.

#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task_context.h"

namespace cluster {

class AliasExpression {
 public:
  // An empty list matches every alias.
  explicit AliasExpression(std::vector<std::string> items);

  bool Matches(std::string_view alias) const;
  // What the expression selects from the keys of `aliases`, in order. A stop of `task` ends it;
  // null: nothing does.
  template <typename Map>
  base::Result<std::vector<std::string>> Select(const Map& aliases,
                                                const tasks::TaskContext* task) const {
    std::vector<std::string> selected;
    if (plain_) {
      for (const std::string& name : items_) {
        if (aliases.contains(name)) selected.push_back(name);
      }
      return selected;
    }
    for (const auto& entry : aliases) {
      if (task != nullptr) RETURN_IF_ERROR(task->Checkpoint());
      if (Matches(entry.first)) selected.push_back(entry.first);
    }
    return selected;
  }

  // Plain names, sorted, that are not in `selected` though no later item excludes them. Before the
  // first wildcard `-x` is a plain name, too.
  std::vector<std::string> Missing(const std::set<std::string>& selected) const;
  // Items, in order, that fit nothing in `selected`; a `-x` never does.
  std::vector<std::string> Unmatched(const std::vector<std::string>& selected) const;

 private:
  const std::vector<std::string> items_;
  const bool plain_;  // names only: neither wildcards nor exclusions
};

}  // namespace cluster
