// actions/bulk/source_filter.h
//
// Which part of a document an update answers with: `_source`, `_source_includes` and
// `_source_excludes`, as parameters or in a body. Plain values.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/result.h"
#include "tasks/memory/memory_account.h"

namespace actions::bulk {

struct SourceFilter {
  bool fetch = true;
  std::vector<std::string> includes, excludes;

  // The `_source` of an action line or an update's body: a boolean, a name, names, or an object.
  // 400 parsing_exception.
  static base::Result<SourceFilter> FromJson(const base::json::Value& value);

  bool LeavesAll() const { return includes.empty() && excludes.empty(); }
  // What the filter leaves of a document.
  std::string Apply(const base::json::Value& document) const;
  // The same of its text, for a write that has been done and must be told of: the tree may be forty
  // times as large, and takes that from `account` (which may be null) without asking.
  std::string Apply(std::string_view source, tasks::MemoryAccount* account) const;

  std::size_t MemoryBytes() const {
    std::size_t bytes = sizeof(SourceFilter);
    for (const auto* names : {&includes, &excludes}) {
      for (const std::string& name : *names) bytes += sizeof(std::string) + name.size();
    }
    return bytes;
  }

  friend bool operator==(const SourceFilter&, const SourceFilter&) = default;
};

}  // namespace actions::bulk
