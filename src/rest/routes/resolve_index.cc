// `_resolve/index`: the indices and aliases that names and patterns mean.

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/text/strings.h"
#include "cluster/index/alias_changes.h"
#include "cluster/index/date_math_name.h"
#include "cluster/settings/index_settings.h"
#include "rest/routes/indices.h"

namespace rest::routes {

using base::Status;
using base::json::Writer;
using cluster::IndexMetadata;

namespace {

struct Alias {
  std::vector<std::string_view> indices;  // sorted
  bool hidden = false;
};

// An index or an alias.
struct Named {
  std::string_view name;
  const IndexMetadata* index = nullptr;
  const Alias* alias = nullptr;  // null if it is an index

  std::size_t bytes() const {
    return name.size() +
           64 * (alias == nullptr ? 1 + index->aliases.size() : alias->indices.size());
  }
};

bool IsHidden(const IndexMetadata& index) {
  return cluster::BoolSetting(index.settings, "index.hidden");
}

// Which indices and aliases expressions mean. Unlike those of other requests these may name what is
// not there, and an alias stands for itself.
class Resolver {
 public:
  // `state` outlives it.
  Resolver(Request& request, const cluster::ClusterState& state,
           const cluster::IndexOptions& options)
      : request_(request), state_(state), options_(options) {}

  Status Run(const std::vector<std::string>& expressions) {
    RETURN_IF_ERROR(ReadAliases());
    for (const std::string& expression : expressions) {
      RETURN_IF_ERROR(Resolve(expression));
      RETURN_IF_ERROR(request_.ReserveAnswer(bytes_));
    }
    std::ranges::stable_sort(found_, {}, &Named::name);
    return {};
  }

  Status Write(Writer& out) {
    out.BeginObject();
    out.ArrayField("indices");
    for (const Named& one : found_) {
      RETURN_IF_ERROR(Look());
      if (one.alias == nullptr) WriteIndex(out, *one.index);
    }
    out.EndArray();
    out.ArrayField("aliases");
    for (const Named& one : found_) {
      RETURN_IF_ERROR(Look());
      if (one.alias != nullptr) WriteAlias(out, one);
    }
    out.EndArray();
    out.ArrayField("data_streams");
    out.EndArray();
    out.EndObject();
    return {};
  }

 private:
  static void WriteIndex(Writer& out, const IndexMetadata& index) {
    out.BeginObject();
    out.Field("name", index.name);
    if (!index.aliases.empty()) {
      out.ArrayField("aliases");
      for (const auto& entry : index.aliases) out.String(entry.first);
      out.EndArray();
    }
    out.ArrayField("attributes");
    if (!index.open) out.String("closed");
    if (IsHidden(index)) out.String("hidden");
    if (index.open) out.String("open");
    out.EndArray();
    out.EndObject();
  }

  static void WriteAlias(Writer& out, const Named& alias) {
    out.BeginObject();
    out.Field("name", alias.name);
    out.ArrayField("indices");
    for (const std::string_view index : alias.alias->indices) out.String(index);
    out.EndArray();
    out.EndObject();
  }

  bool Expands() const { return options_.expand_open || options_.expand_closed; }

  Status Resolve(const std::string& expression) {
    if (const tasks::TaskContext* const task = request_.route_task(); task != nullptr)
      RETURN_IF_ERROR(task->Checkpoint());
    const bool excludes = wildcard_seen_ && expression.starts_with('-');
    std::string name = expression.substr(excludes ? 1 : 0);
    const bool date_math = cluster::IsDateMathName(name);
    if (date_math) {
      ASSIGN_OR_RETURN(name, cluster::ResolveDateMathName(name));
    }
    if (Expands() && name.find('*') != std::string::npos) {
      wildcard_seen_ = true;
      return ResolvePattern(name, excludes);
    }
    const std::optional<Named> named = Find(name);
    // Only a name that was computed has to be there.
    if (date_math && (!named || (named->alias != nullptr && !IsVisible(*named, name)))) {
      return options_.ignore_unavailable ? Status() : NotFound(name);
    }
    if (!named) return {};
    if (!excludes) return Take(*named), Status();
    const auto first = std::ranges::find(found_, named->name, &Named::name);
    if (first == found_.end()) return {};
    bytes_ -= first->bytes();
    found_.erase(first);
    return {};
  }

  Status ResolvePattern(std::string_view pattern, bool excludes) {
    const std::string prefix(pattern.substr(0, pattern.find('*')));
    std::vector<Named> matched;
    for (auto entry = state_.indices.lower_bound(prefix);
         entry != state_.indices.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      const Named index{.name = entry->first, .index = entry->second.get()};
      if (base::GlobMatch(pattern, index.name) && IsVisible(index, pattern))
        matched.push_back(index);
    }
    for (auto entry = aliases_.lower_bound(prefix);
         entry != aliases_.end() && entry->first.starts_with(prefix); ++entry) {
      RETURN_IF_ERROR(Look());
      const Named alias{.name = entry->first, .alias = &entry->second};
      if (base::GlobMatch(pattern, alias.name) && IsVisible(alias, pattern))
        matched.push_back(alias);
    }
    if (matched.empty()) return options_.allow_no_indices ? Status() : NotFound(pattern);
    if (excludes) return Exclude(matched), Status();
    for (const Named& one : matched) Take(one);
    return {};
  }

  void Take(const Named& named) {
    found_.push_back(named);
    bytes_ += named.bytes();
  }

  void Exclude(const std::vector<Named>& matched) {
    std::unordered_set<std::string_view> names;
    for (const Named& one : matched) names.insert(one.name);
    std::erase_if(found_, [&](const Named& one) {
      const bool excluded = names.contains(one.name);
      if (excluded) bytes_ -= one.bytes();
      return excluded;
    });
  }

  // Whether the indices of an alias are open does not matter. A dotted pattern matches hidden names
  // that begin with a dot, too.
  bool IsVisible(const Named& named, std::string_view pattern) const {
    const bool hidden = named.alias != nullptr ? named.alias->hidden : IsHidden(*named.index);
    const bool dotted = pattern.starts_with('.') && named.name.starts_with('.');
    if (hidden && !options_.expand_hidden && !dotted) return false;
    if (named.alias != nullptr) return true;
    return named.index->open ? options_.expand_open : options_.expand_closed;
  }

  std::optional<Named> Find(const std::string& name) const {
    if (const auto index = state_.indices.find(name); index != state_.indices.end())
      return Named{.name = index->first, .index = index->second.get()};
    if (const auto alias = aliases_.find(name); alias != aliases_.end())
      return Named{.name = alias->first, .alias = &alias->second};
    return std::nullopt;
  }

  static Status NotFound(std::string_view name) {
    return Status(404, "index_not_found_exception", "no such index [" + std::string(name) + "]")
        .With("index", std::string(name))
        .With("index_uuid", "_na_");
  }

  Status ReadAliases() {
    for (const auto& [index_name, index] : state_.indices) {
      for (const auto& [name, how] : index->aliases) {
        RETURN_IF_ERROR(Look());
        Alias& alias = aliases_[name];
        alias.indices.push_back(index_name);
        alias.hidden = alias.hidden || cluster::IsHiddenAlias(how);
      }
    }
    return {};
  }

  // Before every look at a name, and before it is written.
  Status Look() {
    constexpr std::size_t kLooksACheckpoint = 128;
    const tasks::TaskContext* const task = request_.route_task();
    return task == nullptr || ++looks_ % kLooksACheckpoint != 0 ? Status() : task->Checkpoint();
  }

  Request& request_;
  const cluster::ClusterState& state_;
  const cluster::IndexOptions& options_;
  std::map<std::string, Alias, std::less<>> aliases_;
  std::vector<Named> found_;  // one that is named twice stands here twice
  std::size_t bytes_ = 0;     // of the answer, about
  bool wildcard_seen_ = false;
  std::size_t looks_ = 0;
};

Status ResolveIndex(actions::Node& node, const RequestPtr& request) {
  const std::vector<std::string> names = request->List("name");
  cluster::IndexOptions options;
  RETURN_IF_ERROR(ReadIndexOptions(*request, options));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  Resolver resolver(*request, *state, options);
  RETURN_IF_ERROR(resolver.Run(names));
  RETURN_IF_ERROR(request->Compose(200, [&](Writer& out) { return resolver.Write(out); }));
  request->SendComposed();
  return {};
}

}  // namespace

void AddResolveIndexRoute(Router& router, actions::Node& node) {
  router.Add("GET", "/_resolve/index/{name}",
             [&node](const RequestPtr& request) { return ResolveIndex(node, request); });
}

}  // namespace rest::routes
