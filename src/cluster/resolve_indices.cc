// Which indices an expression means.

#include <algorithm>

#include "base/text/strings.h"
#include "cluster/cluster_service.h"

namespace cluster {
namespace {

using Names = std::vector<std::string>;

bool IsHidden(const IndexMetadata& index) { return BoolSetting(index.settings, "index.hidden"); }

// A dotted pattern means hidden indices with dotted names.
bool Visible(const IndexMetadata& index, std::string_view pattern, const IndexOptions& options) {
  return options.expand_hidden || !IsHidden(index) ||
         (pattern.starts_with('.') && index.name.starts_with('.'));
}

Names MatchWildcard(const ClusterState& state, std::string_view pattern,
                    const IndexOptions& options) {
  Names names;
  for (const auto& [name, index] : state.indices) {
    const bool matches = base::GlobMatch(pattern, name) ||
                         std::ranges::any_of(index->aliases, [&](const auto& alias) {
                           return base::GlobMatch(pattern, alias.first);
                         });
    const bool meant = index->open ? options.expand_open : options.expand_closed;
    if (matches && meant && Visible(*index, pattern, options)) names.push_back(name);
  }
  return names;
}

Names MatchExactly(const ClusterState& state, const std::string& expression) {
  if (state.FindIndex(expression) != nullptr) return {expression};
  Names names;
  for (const auto& [name, index] : state.indices) {
    if (index->aliases.contains(expression)) names.push_back(name);
  }
  return names;
}

class Resolver {
 public:
  Resolver(const ClusterState& state, const IndexOptions& options)
      : state_(state), options_(options) {}

  base::Status Add(const std::string& expression) {
    if (expression.empty()) return IndexNotFound(expression, options_.resource_type);
    if (expression.front() == '_') {
      return base::Status(400, "invalid_index_name_exception",
                          "Invalid index name [" + expression + "], must not start with '_'.")
          .With("index", expression)
          .With("index_uuid", "_na_");
    }
    Names found = MatchExactly(state_, expression);
    if (!found.empty()) return Take(found), base::Status();

    const bool excludes = wildcard_seen_ && expression.starts_with('-');
    const std::string pattern = excludes ? expression.substr(1) : expression;
    const bool wildcard = pattern.find('*') != std::string::npos;
    found = wildcard ? MatchWildcard(state_, pattern, options_) : MatchExactly(state_, pattern);
    wildcard_seen_ |= wildcard;
    if (excludes) {
      std::erase_if(names_, [&](const auto& name) { return std::ranges::count(found, name) > 0; });
      return {};
    }
    const bool must_match = wildcard ? !options_.allow_no_indices : !options_.ignore_unavailable;
    if (found.empty() && must_match) return IndexNotFound(pattern, options_.resource_type);
    Take(found);
    return {};
  }

  Names names() && { return std::move(names_); }

 private:
  void Take(const Names& found) {
    for (const std::string& name : found) {
      if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
    }
  }

  const ClusterState& state_;
  const IndexOptions& options_;
  bool wildcard_seen_ = false;
  Names names_;
};

}  // namespace

base::Status IndexNotFound(std::string_view name, std::string_view resource_type) {
  const std::string text(name);
  return base::Status(404, "index_not_found_exception", "no such index [" + text + "]")
      .With("index", text)
      .With("resource.id", text)
      .With("resource.type", std::string(resource_type))
      .With("index_uuid", "_na_");
}

base::Result<Names> ResolveIndices(const ClusterState& state, const Names& expressions,
                                   const IndexOptions& options) {
  const bool all = expressions.empty() || (expressions.size() == 1 && expressions[0] == "_all");
  Names names;
  if (all) {
    names = MatchWildcard(state, "*", options);
  } else {
    Resolver resolver(state, options);
    for (const std::string& expression : expressions) RETURN_IF_ERROR(resolver.Add(expression));
    names = std::move(resolver).names();
  }
  if (names.empty() && !options.allow_no_indices) {
    return IndexNotFound(expressions.empty() ? "_all" : base::Join(expressions, ","),
                         options.resource_type);
  }
  return names;
}

}  // namespace cluster
