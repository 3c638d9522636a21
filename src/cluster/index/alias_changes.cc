#include "cluster/index/alias_changes.h"

#include <algorithm>
#include <set>

#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/index/alias_expression.h"
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

  Status Make(const std::vector<AliasChange>& changes) {
    std::vector<Planned> plan;
    for (const AliasChange& change : changes) {
      RETURN_IF_ERROR(task_.Checkpoint());
      ASSIGN_OR_RETURN(Planned planned, Plan(change));
      plan.push_back(std::move(planned));
    }
    for (const Planned& planned : plan) {
      if (planned.change.kind == AliasChange::Kind::kRemoveIndex) RemoveIndices(planned.indices);
    }
    for (const Planned& planned : plan) {
      RETURN_IF_ERROR(task_.Checkpoint());
      if (planned.change.kind == AliasChange::Kind::kAdd) RETURN_IF_ERROR(Add(planned));
      if (planned.change.kind == AliasChange::Kind::kRemove) RETURN_IF_ERROR(Remove(planned));
    }
    return {};
  }

  Result<std::vector<MetadataStore::Change>> Finish() {
    if (!did_anything_ && !wanted_.empty()) return AliasesNotFound(wanted_);
    RETURN_IF_ERROR(CheckAliases(state_, added_, &task_));
    std::vector<MetadataStore::Change> records = std::move(gone_);
    for (const auto& [name, index] : changed_) {
      RETURN_IF_ERROR(task_.Checkpoint());
      if (state_.FindIndex(name) == index) records.push_back(IndexRecord(*index));
    }
    return records;
  }

 private:
  // A change with what it meant in the state before all changes.
  struct Planned {
    const AliasChange& change;
    std::vector<std::string> indices;
    std::vector<std::pair<std::string, std::string>> removed;  // index, alias
  };

  Result<Planned> Plan(const AliasChange& change) const {
    ASSIGN_OR_RETURN(auto indices, IndicesOf(state_, change, task_));
    Planned planned{change, std::move(indices), {}};
    if (change.kind != AliasChange::Kind::kRemove) return planned;
    const AliasExpression wanted(change.aliases);
    for (const std::string& name : planned.indices) {
      RETURN_IF_ERROR(task_.Checkpoint());
      const auto& aliases = state_.FindIndex(name)->aliases;
      // With must_exist=false patterns are plain names.
      ASSIGN_OR_RETURN(std::vector<std::string> selected, change.must_exist == false
                                                              ? Named(aliases, change.aliases)
                                                              : wanted.Select(aliases, &task_));
      if (change.must_exist == true) {
        std::vector<std::string> missing = wanted.Unmatched(selected);
        if (!missing.empty()) return AliasesNotFound(missing);
      }
      for (std::string& alias : selected) planned.removed.emplace_back(name, std::move(alias));
    }
    return planned;
  }

  static base::Result<std::vector<std::string>> Named(
      const std::map<std::string, std::string>& aliases, const std::vector<std::string>& names) {
    std::vector<std::string> named;
    std::ranges::copy_if(names, std::back_inserter(named),
                         [&](const std::string& name) { return aliases.contains(name); });
    return named;
  }

  Status Add(const Planned& planned) {
    for (const std::string& alias : planned.change.aliases) {
      RETURN_IF_ERROR(CheckAliasName(alias));
      RETURN_IF_ERROR(CheckAliasIsNoIndex(state_, alias));
      added_.insert(alias);
      for (const std::string& name : planned.indices) {
        RETURN_IF_ERROR(task_.Checkpoint());
        RETURN_IF_ERROR(
            Change(name, [&](IndexMetadata& index) { index.aliases[alias] = planned.change.how; }));
      }
    }
    return {};
  }

  Status Remove(const Planned& planned) {
    const AliasChange& change = planned.change;
    for (const auto& [name, alias] : planned.removed) {
      RETURN_IF_ERROR(task_.Checkpoint());
      std::size_t erased = 0;
      RETURN_IF_ERROR(
          Change(name, [&](IndexMetadata& index) { erased = index.aliases.erase(alias); }));
      // An earlier change of the same request has removed it.
      if (erased == 0 && change.must_exist == true) return AliasesNotFound({alias});
    }
    if (!planned.removed.empty()) return {};
    if (change.must_exist == false) did_anything_ = true;
    wanted_.insert(wanted_.end(), change.aliases.begin(), change.aliases.end());
    return {};
  }

  void RemoveIndices(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const IndexPtr index = state_.FindIndex(name);
      if (index == nullptr) continue;  // named twice
      std::ranges::move(DeleteIndex(state_, *index, clock_.WallMillis()),
                        std::back_inserter(gone_));
      did_anything_ = true;
    }
  }

  // An index is copied once, however many of its aliases change.
  // 404 if it has been removed.
  template <typename Function>
  Status Change(const std::string& name, Function function) {
    const IndexPtr there = state_.FindIndex(name);
    if (there == nullptr) return IndexNotFound(name, "index_or_alias");
    std::shared_ptr<IndexMetadata>& changed = changed_[name];
    if (there != changed || !changed) {
      changed = std::make_shared<IndexMetadata>(*there);
      state_.indices[name] = changed;
    }
    function(*changed);
    did_anything_ = true;
    return {};
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

Result<std::vector<std::string>> IndicesOf(const ClusterState& state, const AliasChange& change,
                                           const tasks::TaskContext& task) {
  return ResolveIndices(state, change.indices,
                        {.allow_no_indices = false, .ignore_aliases = true, .task = &task});
}

Status ChangeAliases(ClusterService& cluster, tasks::TaskContext& task,
                     const std::vector<AliasChange>& changes) {
  return cluster.Apply(task, [&](ClusterState& state) -> Result<ClusterService::Changes> {
    Changing changing(state, cluster.clock(), task);
    RETURN_IF_ERROR(changing.Make(changes));
    return changing.Finish();
  });
}

namespace {

// Looks before it parses: most aliases say nothing of `flag`.
bool HasFlag(const std::string& how, std::string_view flag) {
  if (how.find(flag) == std::string::npos) return false;
  const auto document = base::json::Document::Parse(how);
  const auto* const value = document.ok() ? document->root().Find(flag) : nullptr;
  return value != nullptr && value->text() == "true";
}

// The indices of one alias, by what they say of it.
struct AliasUse {
  std::vector<std::string> writers, hidden, visible;
};

Status CheckUse(const std::string& alias, const AliasUse& use) {
  const std::string begin = "alias [" + alias + "] has ";
  if (use.writers.size() > 1) {
    return base::Internal(begin + "more than one write index [" + base::Join(use.writers, ",") +
                          "]");
  }
  if (use.hidden.empty() || use.visible.empty()) return {};
  return base::Internal(begin + "is_hidden set to true on indices [" + base::Join(use.hidden, ",") +
                        "] but does not have is_hidden set to true on indices [" +
                        base::Join(use.visible, ",") +
                        "]; alias must have the same is_hidden setting on all indices");
}

}  // namespace

bool IsHiddenAlias(const std::string& how) { return HasFlag(how, "is_hidden"); }

Status CheckAliases(const ClusterState& state, const std::set<std::string>& aliases,
                    const tasks::TaskContext* task) {
  if (aliases.empty()) return {};
  std::map<std::string_view, AliasUse> uses;
  for (const auto& [name, index] : state.indices) {
    if (task != nullptr) RETURN_IF_ERROR(task->Checkpoint());
    for (const auto& [alias, how] : index->aliases) {
      if (!aliases.contains(alias)) continue;
      AliasUse& use = uses[alias];
      if (HasFlag(how, "is_write_index")) use.writers.push_back(name);
      (IsHiddenAlias(how) ? use.hidden : use.visible).push_back(name);
    }
  }
  for (const auto& [alias, use] : uses) RETURN_IF_ERROR(CheckUse(std::string(alias), use));
  return {};
}

Status CheckAliasIsNoIndex(const ClusterState& state, const std::string& alias) {
  const IndexPtr index = state.FindIndex(alias);
  if (index == nullptr) return {};
  return Status(
             400, "invalid_alias_name_exception",
             "Invalid alias name [" + alias + "], an index exists with the same name as the alias")
      .With("index", alias)
      .With("index_uuid", index->uuid);
}

Status AliasesNotFound(const std::vector<std::string>& names) {
  std::string ids;
  base::json::CompactWriter writer(ids);
  writer.BeginArray();
  for (const std::string& name : names) writer.String(name);
  writer.EndArray();
  const Status status(404, "aliases_not_found_exception",
                      "aliases [" + base::Join(names, ", ") + "] missing");
  return status.With("resource.id", names.size() == 1 ? names.front() : ids, names.size() != 1)
      .With("resource.type", "aliases");
}

}  // namespace cluster
