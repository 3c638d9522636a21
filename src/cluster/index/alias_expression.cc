#include "cluster/index/alias_expression.h"

#include <algorithm>

#include "base/text/strings.h"

namespace cluster {
namespace {

constexpr std::string_view kAll = "_all";

bool IsWildcard(std::string_view item) { return item.find('*') != std::string_view::npos; }
bool Excludes(std::string_view item) { return item.starts_with('-'); }

bool IsPlain(const std::vector<std::string>& items) {
  return !items.empty() && std::ranges::none_of(items, [](const std::string& item) {
    return item == kAll || IsWildcard(item) || Excludes(item);
  });
}

}  // namespace

AliasExpression::AliasExpression(std::vector<std::string> items)
    : items_(std::move(items)), plain_(IsPlain(items_)) {}

bool AliasExpression::Matches(std::string_view alias) const {
  bool matches = items_.empty();
  for (const std::string_view item : items_) {
    if (Excludes(item)) {
      matches = matches && !base::GlobMatch(item.substr(1), alias);
    } else {
      matches = matches || item == kAll || base::GlobMatch(item, alias);
    }
  }
  return matches;
}

std::vector<std::string> AliasExpression::Missing(const std::set<std::string>& selected) const {
  const auto first_wildcard = std::ranges::find_if(items_, IsWildcard);
  std::set<std::string> missing;
  for (auto item = items_.begin(); item != items_.end(); ++item) {
    const bool excludes = item > first_wildcard && Excludes(*item);
    if (*item == kAll || IsWildcard(*item) || excludes || selected.contains(*item)) continue;
    const bool excluded = std::any_of(
        std::max(item + 1, first_wildcard), items_.end(), [&](const std::string_view later) {
          return Excludes(later) &&
                 (later.substr(1) == kAll || base::GlobMatch(later.substr(1), *item));
        });
    if (!excluded) missing.insert(*item);
  }
  return {missing.begin(), missing.end()};
}

std::vector<std::string> AliasExpression::Unmatched(
    const std::vector<std::string>& selected) const {
  std::vector<std::string> unmatched;
  std::ranges::copy_if(items_, std::back_inserter(unmatched), [&](const std::string& item) {
    return std::ranges::none_of(selected,
                                [&](const auto& name) { return base::GlobMatch(item, name); });
  });
  return unmatched;
}

}  // namespace cluster
