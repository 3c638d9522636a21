#include "cluster/index/alias_changes.h"

#include <algorithm>
#include <set>

#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/records.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;

// One request, on the state it changes.
class Changing {
 public:
  Changing(ClusterState& state, const base::Clock& clock, const tasks::TaskContext& task)
      : state_(state), clock_(clock), task_(task) {}

  Status Make(const AliasChange& change) {
    RETURN_IF_ERROR(task_.Checkpoint());
    IndexOptions options{.allow_no_indices = false, .expand_closed = true, .task = &task_};
    if (change.kind == AliasChange::Kind::kRemoveIndex) RETURN_IF_ERROR(RefuseAliases(change));
    ASSIGN_OR_RETURN(const auto names, ResolveIndices(state_, change.indices, options));
    switch (change.kind) {
      case AliasChange::Kind::kAdd:
        return Add(change, names);
      case AliasChange::Kind::kRemove:
        return Remove(change, names);
      case AliasChange::Kind::kRemoveIndex:
        RemoveIndices(names);
        return {};
    }
    return {};
  }

  Result<std::vector<MetadataStore::Change>> Finish() {
    if (!did_anything_ && !wanted_.empty()) return AliasesNotFound(wanted_);
    RETURN_IF_ERROR(CheckWriteIndices(state_, added_, &task_));
    std::vector<MetadataStore::Change> records = std::move(gone_);
    for (const auto& [name, index] : changed_) {
      RETURN_IF_ERROR(task_.Checkpoint());
      if (state_.FindIndex(name) == index) records.push_back(IndexRecord(*index));
    }
    return records;
  }

 private:
  Status RefuseAliases(const AliasChange& change) const {
    for (const std::string& name : change.indices) {
      for (const auto& entry : state_.indices) {
        if (!entry.second->aliases.contains(name)) continue;
        return base::IllegalArgument(
            "The provided expression [" + name +
            "] matches an alias, specify the corresponding concrete indices instead.");
      }
    }
    return {};
  }

  Status Add(const AliasChange& change, const std::vector<std::string>& names) {
    for (const std::string& alias : change.aliases) {
      RETURN_IF_ERROR(CheckAliasName(alias));
      if (state_.FindIndex(alias) != nullptr) {
        return {400, "invalid_alias_name_exception",
                "Invalid alias name [" + alias +
                    "]: an index or data stream exists with the same name as the alias"};
      }
      added_.insert(alias);
      for (const std::string& name : names) {
        RETURN_IF_ERROR(task_.Checkpoint());
        Change(name, [&](IndexMetadata& index) { index.aliases[alias] = change.how; });
      }
    }
    return {};
  }

  Status Remove(const AliasChange& change, const std::vector<std::string>& names) {
    bool found = false;
    for (const std::string& name : names) {
      RETURN_IF_ERROR(task_.Checkpoint());
      for (const std::string& alias : Matching(*state_.FindIndex(name), change.aliases)) {
        Change(name, [&](IndexMetadata& index) { index.aliases.erase(alias); });
        found = true;
      }
    }
    if (found) return {};
    if (change.must_exist == true) return AliasesNotFound(change.aliases);
    if (change.must_exist == false) did_anything_ = true;
    wanted_.insert(wanted_.end(), change.aliases.begin(), change.aliases.end());
    return {};
  }

  static std::vector<std::string> Matching(const IndexMetadata& index,
                                           const std::vector<std::string>& patterns) {
    const auto is_pattern = [](const std::string& name) {
      return name == "_all" || name.find('*') != std::string::npos;
    };
    std::vector<std::string> matching;
    if (std::ranges::none_of(patterns, is_pattern)) {
      std::ranges::copy_if(patterns, std::back_inserter(matching),
                           [&](const auto& name) { return index.aliases.contains(name); });
      return matching;
    }
    const bool all = std::ranges::count(patterns, "_all") > 0;
    for (const auto& entry : index.aliases) {
      if (all || base::GlobMatchAny(patterns, entry.first)) matching.push_back(entry.first);
    }
    return matching;
  }

  void RemoveIndices(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const IndexPtr index = state_.FindIndex(name);
      std::ranges::move(DeleteIndex(state_, *index, clock_.WallMillis()),
                        std::back_inserter(gone_));
      did_anything_ = true;
    }
  }

  // An index is copied once, however many of its aliases change.
  template <typename Function>
  void Change(const std::string& name, Function function) {
    std::shared_ptr<IndexMetadata>& changed = changed_[name];
    if (state_.FindIndex(name) != changed || !changed) {
      changed = std::make_shared<IndexMetadata>(*state_.FindIndex(name));
      state_.indices[name] = changed;
    }
    function(*changed);
    did_anything_ = true;
  }

  ClusterState& state_;
  const base::Clock& clock_;
  const tasks::TaskContext& task_;
  std::map<std::string, std::shared_ptr<IndexMetadata>> changed_;
  std::set<std::string> added_;
  std::vector<MetadataStore::Change> gone_;
  std::vector<std::string> wanted_;  // that were not there to be removed
  bool did_anything_ = false;
};

}  // namespace

Status ChangeAliases(ClusterService& cluster, tasks::TaskContext& task,
                     const std::vector<AliasChange>& changes) {
  return cluster.Apply(task, [&](ClusterState& state) -> Result<ClusterService::Changes> {
    Changing changing(state, cluster.clock(), task);
    for (const AliasChange& change : changes) RETURN_IF_ERROR(changing.Make(change));
    return changing.Finish();
  });
}

Status CheckWriteIndices(const ClusterState& state, const std::set<std::string>& aliases,
                         const tasks::TaskContext* task) {
  if (aliases.empty()) return {};
  std::map<std::string_view, std::vector<std::string>> writers;
  for (const auto& [name, index] : state.indices) {
    if (task != nullptr) RETURN_IF_ERROR(task->Checkpoint());
    for (const auto& [alias, how] : index->aliases) {
      // Before it is parsed: most say nothing of it.
      if (how.find("is_write_index") == std::string::npos || !aliases.contains(alias)) continue;
      const auto document = base::json::Document::Parse(how);
      const auto* const flag = document.ok() ? document->root().Find("is_write_index") : nullptr;
      if (flag != nullptr && flag->text() == "true") writers[alias].push_back(name);
    }
  }
  for (const auto& [alias, names] : writers) {
    if (names.size() > 1) {
      return base::Internal("alias [" + std::string(alias) + "] has more than one write index [" +
                            base::Join(names, ",") + "]");
    }
  }
  return {};
}

Status AliasesNotFound(const std::vector<std::string>& names) {
  std::string ids;
  base::json::CompactWriter writer(ids);
  writer.BeginArray();
  for (const std::string& name : names) writer.String(name);
  writer.EndArray();
  const Status status(404, "aliases_not_found_exception",
                      "aliases [" + base::Join(names, ", ") + "] missing");
  return status.With("resource.type", "aliases")
      .With("resource.id", names.size() == 1 ? names.front() : ids, names.size() != 1);
}

}  // namespace cluster
