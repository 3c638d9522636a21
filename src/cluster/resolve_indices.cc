// Which indices an expression means.

#include <algorithm>
#include <unordered_set>

#include "base/text/strings.h"
#include "cluster/cluster_service.h"

namespace cluster {
namespace {

using Found = std::vector<const IndexMetadata*>;  // by name
using Names = std::vector<std::string>;
using base::Status;

// Up to so many expressions, to look for an alias in each index costs less than a table of all.
constexpr std::size_t kFewExpressions = 4;
constexpr std::size_t kLooksACheckpoint = 128;

bool IsHidden(const IndexMetadata& index) { return BoolSetting(index.settings, "index.hidden"); }

// A dotted pattern means hidden indices with dotted names.
bool Visible(const IndexMetadata& index, std::string_view pattern, const IndexOptions& options) {
  return options.expand_hidden || !IsHidden(index) ||
         (pattern.starts_with('.') && index.name.starts_with('.'));
}

bool IsMeant(const IndexMetadata& index, std::string_view pattern, const IndexOptions& options) {
  return (index.open ? options.expand_open : options.expand_closed) &&
         Visible(index, pattern, options);
}

// A pattern is held against each name at most once, and only against names that begin as it does:
// O(patterns * names), however many indices have an alias in common.
class Resolver {
 public:
  Resolver(const ClusterState& state, const Names& expressions, const IndexOptions& options)
      : state_(state), expressions_(expressions), options_(options) {}

  Status AddAll() {
    ASSIGN_OR_RETURN(const Found found, MatchWildcard("*"));
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
      if (!found.empty()) return Take(found), Status();
    }
    const bool excludes = wildcard_seen_ && expression.starts_with('-');
    const std::string_view pattern = std::string_view(expression).substr(excludes ? 1 : 0);
    const bool wildcard = pattern.find('*') != std::string::npos;
    wildcard_seen_ |= wildcard;
    if (excludes) return Exclude(pattern, wildcard);
    if (wildcard) return AddWildcard(pattern);
    if (!options_.ignore_unavailable) return IndexNotFound(pattern, options_.resource_type);
    return {};
  }

  Status AddWildcard(std::string_view pattern) {
    if (!added_.insert(pattern).second) return {};  // as before, since nothing was excluded
    ASSIGN_OR_RETURN(const Found found, MatchWildcard(pattern));
    if (found.empty() && !options_.allow_no_indices)
      return IndexNotFound(pattern, options_.resource_type);
    Take(found);
    return {};
  }

  Status Exclude(std::string_view pattern, bool wildcard) {
    ASSIGN_OR_RETURN(const Found found,
                     wildcard ? MatchWildcard(pattern) : MatchExactly(std::string(pattern)));
    if (found.empty()) return {};
    added_.clear();
    for (const IndexMetadata* index : found) is_taken_.erase(index);
    std::erase_if(taken_, [&](const IndexMetadata* index) { return !is_taken_.contains(index); });
    return {};
  }

  base::Result<Found> MatchWildcard(std::string_view pattern) {
    const std::string_view prefix = pattern.substr(0, pattern.find('*'));
    Found found;
    for (auto entry = state_.indices.lower_bound(std::string(prefix));
         entry != state_.indices.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      if (base::GlobMatch(pattern, entry->first)) found.push_back(entry->second.get());
    }
    if (pattern != "*") RETURN_IF_ERROR(MatchAliases(pattern, prefix, found));
    std::erase_if(found,
                  [&](const IndexMetadata* index) { return !IsMeant(*index, pattern, options_); });
    return found;
  }

  Status MatchAliases(std::string_view pattern, std::string_view prefix, Found& found) {
    RETURN_IF_ERROR(ReadAliases());
    const std::size_t by_name = found.size();
    for (auto entry = aliases_.lower_bound(prefix);
         entry != aliases_.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      if (!base::GlobMatch(pattern, entry->first)) continue;
      found.insert(found.end(), entry->second.begin(), entry->second.end());
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
      return alias == aliases_.end() ? Found() : alias->second;
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
      for (const auto& entry : index->aliases) {
        RETURN_IF_ERROR(Look());
        aliases_[entry.first].push_back(index.get());
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
  std::map<std::string_view, Found> aliases_;
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

base::Result<Names> ResolveIndices(const ClusterState& state, const Names& expressions,
                                   const IndexOptions& options) {
  const bool all = expressions.empty() || (expressions.size() == 1 && expressions[0] == "_all");
  Resolver resolver(state, expressions, options);
  RETURN_IF_ERROR(all ? resolver.AddAll() : resolver.AddEach());
  Names names = resolver.names();
  if (names.empty() && !options.allow_no_indices) {
    return IndexNotFound(expressions.empty() ? "_all" : base::Join(expressions, ","),
                         options.resource_type);
  }
  return names;
}

}  // namespace cluster
