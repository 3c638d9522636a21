#include "actions/bulk/targets.h"

#include "actions/auto_create/auto_create.h"
#include "actions/live_settings.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/index/date_math_name.h"
#include "cluster/index/index_blocks.h"
#include "cluster/settings/cluster_settings.h"

namespace actions::bulk {

namespace {

using base::Status;
using cluster::IndexPtr;
using Target = Request::Target;

struct AliasEntry {
  IndexPtr index;
  std::string settings;  // JSON
};

std::vector<AliasEntry> EntriesOf(const cluster::ClusterState& state, std::string_view alias) {
  std::vector<AliasEntry> entries;
  for (const auto& [name, index] : state.indices) {
    const auto found = index->aliases.find(std::string(alias));
    if (found != index->aliases.end()) entries.push_back({index, found->second});
  }
  return entries;
}

// The write index of an alias, null if it has none.
const AliasEntry* WriteIndexOf(const std::vector<AliasEntry>& entries) {
  const AliasEntry* only = entries.size() == 1 ? &entries.front() : nullptr;
  for (const AliasEntry& entry : entries) {
    const auto settings = base::json::Document::Parse(entry.settings);
    const base::json::Value* const flag =
        settings.ok() ? settings->root().Find("is_write_index") : nullptr;
    if (!flag) continue;
    const auto is_write_index = flag->AsBool();
    if (is_write_index.ok() && *is_write_index) return &entry;
    if (only) return nullptr;  // explicitly not
  }
  return only;
}

std::string IndexRoutingOf(const AliasEntry& entry) {
  const auto settings = base::json::Document::Parse(entry.settings);
  if (!settings.ok()) return {};
  for (const char* key : {"index_routing", "routing"}) {
    if (const auto* routing = settings->root().Find(key)) return std::string(routing->text());
  }
  return {};
}

}  // namespace

Status NotAnAlias(std::string_view name) {
  return Status(404, "index_not_found_exception",
                "no such index [" + std::string(name) +
                    "] and [require_alias] request flag is [true] and [" + std::string(name) +
                    "] is not an alias")
      .With("index", std::string(name))
      .With("index_uuid", "_na_");
}

bool IsAlias(const cluster::ClusterState& state, std::string_view name) {
  const auto plain = cluster::ResolveDateMathName(name);
  return plain.ok() && !EntriesOf(state, *plain).empty();
}

namespace {

Status NoWriteIndex(std::string_view alias) {
  return base::IllegalArgument(
      "no write index is defined for alias [" + std::string(alias) +
      "]. The write index may be explicitly disabled using is_write_index=false or the alias "
      "points to multiple indices without one being designated as a write index");
}

Status SeveralIndices(std::string_view alias, const std::vector<AliasEntry>& entries) {
  std::vector<std::string> names;
  for (const AliasEntry& entry : entries) names.push_back(entry.index->name);
  return base::IllegalArgument("alias [" + std::string(alias) +
                               "] has more than one index associated with it [" +
                               base::Join(names, ", ") + "], can't execute a single index op");
}

// `choose` takes one of an alias's entries, at least one; null: none, and why.
using Choose = const AliasEntry* (*)(std::string_view alias, const std::vector<AliasEntry>& entries,
                                     Status& why);

Target ResolvePlain(const cluster::ClusterState& state, std::string_view name, Choose choose) {
  Target target;
  const auto direct = state.indices.find(std::string(name));
  if (direct != state.indices.end()) {
    target.index = direct->second;
  } else {
    const std::vector<AliasEntry> entries = EntriesOf(state, name);
    if (entries.empty()) {
      target.failure = cluster::IndexNotFound(name, "index_expression");
      return target;
    }
    const AliasEntry* const entry = choose(name, entries, target.failure);
    if (!entry) return target;
    target.index = entry->index;
    target.routing = IndexRoutingOf(*entry);
  }
  if (!target.index->open) target.failure = cluster::IndexClosed(*target.index);
  return target;
}

Target Resolve(const cluster::ClusterState& state, std::string_view name, Choose choose) {
  if (!cluster::IsDateMathName(name)) return ResolvePlain(state, name, choose);
  const auto plain = cluster::ResolveDateMathName(name);
  if (plain.ok()) return ResolvePlain(state, *plain, choose);
  Target target;
  target.failure = plain.status();
  return target;
}

}  // namespace

Target ResolveTarget(const cluster::ClusterState& state, std::string_view name) {
  return Resolve(state, name, [](std::string_view alias, const auto& entries, Status& why) {
    const AliasEntry* const entry = WriteIndexOf(entries);
    if (!entry) why = NoWriteIndex(alias);
    return entry;
  });
}

Target ResolveSingleIndex(const cluster::ClusterState& state, std::string_view name) {
  return Resolve(state, name,
                 [](std::string_view alias, const auto& entries, Status& why) -> const AliasEntry* {
                   if (entries.size() == 1) return &entries.front();
                   why = SeveralIndices(alias, entries);
                   return nullptr;
                 });
}

namespace {

std::vector<Target> ResolveOrMake(Node& node, tasks::TaskContext& task,
                                  const std::vector<NameUse>& uses) {
  std::vector<Target> targets(uses.size());
  std::vector<std::string> missing;
  std::vector<std::size_t> missing_at;
  cluster::StatePtr state = node.cluster.state();
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const NameUse& use = uses[i];
    targets[i] = ResolveTarget(*state, use.name);
    const bool absent = targets[i].failure.type() == "index_not_found_exception";
    if (!absent || !use.may_create) continue;
    const auto name = cluster::ResolveDateMathName(use.name);
    if (!name.ok()) continue;  // its failure is the target's already
    if (Status refused = cluster::CheckAutoCreate(AutoCreateIndex(node), *name); !refused.ok()) {
      targets[i].failure = std::move(refused);
    } else if (!use.require_alias) {
      missing.push_back(*name);
      missing_at.push_back(i);
    }
  }
  if (missing.empty()) return targets;

  const std::vector<Status> made = auto_create::CreateMissing(node, task, missing);
  state = node.cluster.state();
  for (std::size_t i = 0; i < missing.size(); ++i) {
    Target& target = targets[missing_at[i]];
    target = ResolveTarget(*state, missing[i]);
    if (!made[i].ok() && !target.index) target.failure = made[i];
    target.made = made[i].ok() && target.index != nullptr;
  }
  return targets;
}

// Against the blocks of their indices.
std::vector<Target> CheckedAgainstBlocks(std::vector<Target> targets) {
  for (Target& target : targets) {
    target.erase_failure = target.failure;
    if (!target.failure.ok()) continue;
    target.failure = cluster::CheckBlocks(*target.index, cluster::Access::kWrite);
    target.erase_failure = cluster::CheckBlocks(*target.index, cluster::Access::kErase);
  }
  return targets;
}

}  // namespace

std::vector<Target> ResolveTargets(Node& node, tasks::TaskContext& task,
                                   const std::vector<NameUse>& uses) {
  return CheckedAgainstBlocks(ResolveOrMake(node, task, uses));
}

std::vector<Target> ResolveTargets(const cluster::ClusterState& state,
                                   const std::vector<NameUse>& uses) {
  std::vector<Target> targets;
  for (const NameUse& use : uses) targets.push_back(ResolveTarget(state, use.name));
  return CheckedAgainstBlocks(std::move(targets));
}

base::Result<std::string_view> EffectiveRouting(const Target& target, std::string_view name,
                                                std::string_view routing) {
  if (target.routing.empty()) return routing;
  if (routing.empty() || routing == target.routing) return std::string_view(target.routing);
  return base::IllegalArgument(
      "Alias [" + std::string(name) + "] has index routing associated with it [" + target.routing +
      "], and was provided with routing value [" + std::string(routing) + "], rejecting operation");
}

}  // namespace actions::bulk
