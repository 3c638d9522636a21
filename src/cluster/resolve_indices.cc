// Which indices an expression means.

#include <algorithm>
#include <unordered_set>

#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "cluster/cluster_service.h"
#include "cluster/index/alias_changes.h"
#include "cluster/index/date_math_name.h"

namespace cluster {
namespace {

using Found = std::vector<const IndexMetadata*>;  // by name
using Names = std::vector<std::string>;
using base::Status;

// In the words of an expression that matches nothing, though no part of it is missing.
Status NoIndices(const Names& expressions, bool all) {
  std::string ids;
  base::json::CompactWriter writer(ids);
  writer.BeginArray();
  for (const std::string& expression : expressions) writer.String(expression);
  writer.EndArray();
  const bool one = expressions.size() == 1;
  const Status status(404, "index_not_found_exception",
                      all ? "no such index [null] and no indices exist" : "no such index [null]");
  return status.With("resource.type", "index_expression")
      .With("resource.id",
            all   ? "_all"
            : one ? expressions.front()
                  : ids,
            !all && !one);
}

// `_all` where wildcards mean neither open nor closed indices.
Status AllOfNone() {
  return Status(404, "index_not_found_exception", "no such index [_all] and no indices exist")
      .With("index", "_all")
      .With("resource.id", "_all")
      .With("resource.type", "index_expression")
      .With("index_uuid", "_na_");
}

Status MatchesAnAlias(std::string_view name) {
  return base::IllegalArgument(
      "The provided expression [" + std::string(name) +
      "] matches an alias, specify the corresponding concrete indices instead.");
}

// Up to so many expressions, to look for an alias in each index costs less than a table of all.
constexpr std::size_t kFewExpressions = 4;
constexpr std::size_t kLooksACheckpoint = 128;

bool IsHidden(const IndexMetadata& index) { return BoolSetting(index.settings, "index.hidden"); }

// A dotted pattern means hidden indices and aliases with dotted names.
bool Reaches(std::string_view pattern, std::string_view hidden_name, const IndexOptions& options) {
  return options.expand_hidden || (pattern.starts_with('.') && hidden_name.starts_with('.'));
}

bool HasMeantState(const IndexMetadata& index, const IndexOptions& options) {
  return index.open ? options.expand_open : options.expand_closed;
}

// An alias that a pattern can match.
struct AliasedIndices {
  Found indices;
  bool hidden = false;
};

// A pattern is held against each name at most once, and only against names that begin as it does:
// O(patterns * names), however many indices have an alias in common.
class Resolver {
 public:
  Resolver(const ClusterState& state, const Names& expressions, const IndexOptions& options)
      : state_(state), expressions_(expressions), options_(options) {}

  Status AddAll() {
    ASSIGN_OR_RETURN(Found found, MatchNames("*"));
    LeaveMeant(found);
    Take(found);
    return {};
  }

  Status AddEach() {
    for (const std::string& expression : expressions_) RETURN_IF_ERROR(Add(expression));
    return {};
  }

  Names names() const {
    Names names;
    names.reserve(taken_.size());
    for (const IndexMetadata* index : taken_) names.push_back(index->name);
    return names;
  }

 private:
  Status Add(const std::string& expression) {
    RETURN_IF_ERROR(Look());
    if (expression.empty()) return IndexNotFound(expression, options_.resource_type);
    if (expression.front() == '_') {
      return Status(400, "invalid_index_name_exception",
                    "Invalid index name [" + expression + "], must not start with '_'.")
          .With("index", expression)
          .With("index_uuid", "_na_");
    }
    if (expression.find('*') == std::string::npos) {
      ASSIGN_OR_RETURN(const Found found, MatchExactly(expression));
      if (!found.empty()) return TakeNamed(expression, found);
    }
    const bool excludes = wildcard_seen_ && expression.starts_with('-');
    const std::string_view pattern = std::string_view(expression).substr(excludes ? 1 : 0);
    const bool wildcard = pattern.find('*') != std::string::npos;
    wildcard_seen_ |= wildcard;
    if (excludes) return wildcard ? ExcludeWildcard(pattern) : ExcludeName(std::string(pattern));
    return wildcard ? AddWildcard(pattern) : Missing(expression);
  }

  Status Missing(std::string_view name) const {
    if (!options_.ignore_unavailable) return IndexNotFound(name, options_.resource_type);
    return MustExist() ? IndexNotFound(name, "index_expression") : Status();
  }

  // Whatever is ignored: the only expression means some index.
  bool MustExist() const { return expressions_.size() == 1 && !options_.allow_no_indices; }

  bool IsIgnoredAlias(const std::string& name) const {
    return options_.ignore_aliases && !state_.indices.contains(name);
  }

  Status TakeNamed(const std::string& name, const Found& found) {
    if (!IsIgnoredAlias(name)) return Take(found), Status();
    return options_.ignore_unavailable && !MustExist() ? Status() : MatchesAnAlias(name);
  }

  Status AddWildcard(std::string_view pattern) {
    if (!options_.expand_open && !options_.expand_closed) return TakeLiterally(pattern);
    if (!added_.insert(pattern).second) return {};  // as before, since nothing was excluded
    ASSIGN_OR_RETURN(const Found found, MatchWildcard(pattern));
    if (found.empty() && !options_.allow_no_indices)
      return IndexNotFound(pattern, options_.resource_type);
    Take(found);
    return {};
  }

  // A pattern that is not expanded is a name that no index has.
  Status TakeLiterally(std::string_view pattern) const {
    const bool lenient = expressions_.size() == 1 ? !MustExist() : options_.ignore_unavailable;
    return lenient ? Status() : IndexNotFound(pattern, "index_expression");
  }

  // An alias takes away nothing: a pattern adds the indices behind it, not its name.
  Status ExcludeName(const std::string& name) {
    ASSIGN_OR_RETURN(const Found found, MatchExactly(name));
    if (found.empty()) return Missing(name);
    if (IsIgnoredAlias(name)) return TakeNamed(name, found);
    return state_.indices.contains(name) ? Exclude(found) : Status();
  }

  Status ExcludeWildcard(std::string_view pattern) {
    ASSIGN_OR_RETURN(const Found found, MatchWildcard(pattern));
    if (found.empty() && !options_.allow_no_indices)
      return IndexNotFound(pattern, options_.resource_type);
    return Exclude(found);
  }

  Status Exclude(const Found& found) {
    if (found.empty()) return {};
    added_.clear();
    for (const IndexMetadata* index : found) is_taken_.erase(index);
    std::erase_if(taken_, [&](const IndexMetadata* index) { return !is_taken_.contains(index); });
    return {};
  }

  // Whether what is matched is hidden is asked of the name that the pattern matches: a visible
  // alias leads to hidden indices, and a hidden one does not lead to visible ones.
  base::Result<Found> MatchWildcard(std::string_view pattern) {
    ASSIGN_OR_RETURN(Found found, MatchNames(pattern));
    if (!options_.ignore_aliases) RETURN_IF_ERROR(MatchAliases(pattern, found));
    LeaveMeant(found);
    return found;
  }

  void LeaveMeant(Found& found) const {
    std::erase_if(found,
                  [&](const IndexMetadata* index) { return !HasMeantState(*index, options_); });
  }

  base::Result<Found> MatchNames(std::string_view pattern) {
    const std::string_view prefix = pattern.substr(0, pattern.find('*'));
    Found found;
    for (auto entry = state_.indices.lower_bound(std::string(prefix));
         entry != state_.indices.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      const auto& [name, index] = *entry;
      if (!base::GlobMatch(pattern, name)) continue;
      if (!IsHidden(*index) || Reaches(pattern, name, options_)) found.push_back(index.get());
    }
    return found;
  }

  Status MatchAliases(std::string_view pattern, Found& found) {
    RETURN_IF_ERROR(ReadAliases());
    const std::string_view prefix = pattern.substr(0, pattern.find('*'));
    const std::size_t by_name = found.size();
    for (auto entry = aliases_.lower_bound(prefix);
         entry != aliases_.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      const auto& [name, alias] = *entry;
      if (!base::GlobMatch(pattern, name)) continue;
      if (alias.hidden && !Reaches(pattern, name, options_)) continue;
      found.insert(found.end(), alias.indices.begin(), alias.indices.end());
    }
    if (found.size() == by_name) return {};
    std::ranges::sort(found, {}, &IndexMetadata::name);
    const auto doubled = std::ranges::unique(found);
    found.erase(doubled.begin(), doubled.end());
    return {};
  }

  base::Result<Found> MatchExactly(const std::string& name) {
    if (const auto index = state_.indices.find(name); index != state_.indices.end())
      return Found{index->second.get()};
    if (expressions_.size() > kFewExpressions) {
      RETURN_IF_ERROR(ReadAliases());
      const auto alias = aliases_.find(name);
      return alias == aliases_.end() ? Found() : alias->second.indices;
    }
    Found found;
    for (const auto& [index_name, index] : state_.indices) {
      RETURN_IF_ERROR(Look());
      if (index->aliases.contains(name)) found.push_back(index.get());
    }
    return found;
  }

  Status ReadAliases() {
    if (std::exchange(aliases_read_, true)) return {};
    for (const auto& [index_name, index] : state_.indices) {
      for (const auto& [name, how] : index->aliases) {
        RETURN_IF_ERROR(Look());
        AliasedIndices& alias = aliases_[name];
        alias.indices.push_back(index.get());
        alias.hidden = alias.hidden || IsHiddenAlias(how);
      }
    }
    return {};
  }

  void Take(const Found& found) {
    for (const IndexMetadata* index : found) {
      if (is_taken_.insert(index).second) taken_.push_back(index);
    }
  }

  // Before every look at a name.
  Status Look() {
    if (options_.looks != nullptr) ++*options_.looks;
    if (options_.task == nullptr || ++looks_ % kLooksACheckpoint != 0) return {};
    return options_.task->Checkpoint();
  }

  const ClusterState& state_;
  const Names& expressions_;
  const IndexOptions& options_;
  bool wildcard_seen_ = false;
  std::unordered_set<std::string_view> added_;  // patterns, since the last exclusion
  bool aliases_read_ = false;
  std::map<std::string_view, AliasedIndices> aliases_;
  Found taken_;  // in the order of the expressions
  std::unordered_set<const IndexMetadata*> is_taken_;
  std::size_t looks_ = 0;
};

}  // namespace

Status IndexNotFound(std::string_view name, std::string_view resource_type) {
  const std::string text(name);
  return Status(404, "index_not_found_exception", "no such index [" + text + "]")
      .With("index", text)
      .With("resource.id", text)
      .With("resource.type", std::string(resource_type))
      .With("index_uuid", "_na_");
}

Status IndexClosed(const IndexMetadata& index) {
  return Status(400, "index_closed_exception", "closed")
      .With("index", index.name)
      .With("index_uuid", index.uuid);
}

namespace {

Status LeaveOutClosed(const ClusterState& state, const IndexOptions& options, Names& names) {
  Names open;
  for (std::string& name : names) {
    const IndexPtr index = state.FindIndex(name);
    if (index->open) {
      open.push_back(std::move(name));
    } else if (!options.ignore_unavailable) {
      return options.expand_closed && !options.expand_open
                 ? base::IllegalArgument(
                       "To expand [CLOSE] wildcard, please set forbid_closed_indices to `false`")
                 : IndexClosed(*index);
    }
  }
  names = std::move(open);
  return {};
}

base::Result<Names> Resolve(const ClusterState& state, const Names& expressions,
                            const IndexOptions& options) {
  const bool all = expressions.empty() || (expressions.size() == 1 && expressions[0] == "_all");
  const bool expands = options.expand_open || options.expand_closed;
  Resolver resolver(state, expressions, options);
  const bool expands_all = all || (expressions.size() == 1 && expressions[0] == "*" && expands);
  if (all && !expands && !options.allow_no_indices) return AllOfNone();
  RETURN_IF_ERROR(expands_all ? resolver.AddAll() : resolver.AddEach());
  Names names = resolver.names();
  if (options.forbid_closed) RETURN_IF_ERROR(LeaveOutClosed(state, options, names));
  if (names.empty() && !options.allow_no_indices) return NoIndices(expressions, all);
  return names;
}

}  // namespace

base::Result<Names> ResolveIndices(const ClusterState& state, const Names& expressions,
                                   const IndexOptions& options) {
  if (std::ranges::none_of(expressions, IsDateMathName))
    return Resolve(state, expressions, options);
  Names plain;
  plain.reserve(expressions.size());
  for (const std::string& expression : expressions) {
    if (options.task != nullptr) RETURN_IF_ERROR(options.task->Checkpoint());
    ASSIGN_OR_RETURN(plain.emplace_back(), ResolveDateMathName(expression));
  }
  return Resolve(state, plain, options);
}

}  // namespace cluster
