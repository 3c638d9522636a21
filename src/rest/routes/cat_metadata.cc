#include "rest/routes/cat_metadata.h"

#include <algorithm>

#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/index/alias_expression.h"
#include "rest/routes/cat_columns.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

using base::Status;

namespace {

std::vector<CatColumn> AliasColumns() {
  return {Left("alias", "a", "alias name"),
          Left("index", "i,idx", "index alias points to"),
          Left("filter", "f,fi", "filter"),
          Left("routing.index", "ri,routingIndex", "index routing"),
          Left("routing.search", "rs,routingSearch", "search routing"),
          Left("is_write_index", "w,isWriteIndex", "write index")};
}

CatTable::Row AliasRow(const std::string& alias, const std::string& index, const std::string& how) {
  const auto document = base::json::Document::Parse(how);
  const auto text = [&](std::string_view key) {
    const auto* const value = document.ok() ? document->root().Find(key) : nullptr;
    return value == nullptr ? std::string("-") : std::string(value->text());
  };
  const bool filtered = document.ok() && document->root().Find("filter") != nullptr;
  return {alias,
          index,
          filtered ? "*" : "-",
          text("index_routing"),
          text("search_routing"),
          text("is_write_index")};
}

Status CatAliases(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  const cluster::AliasExpression wanted(request->List("alias"));
  RETURN_IF_ERROR(request->Bool("local").status());
  cluster::IndexOptions indices{.expand_closed = true, .expand_hidden = true};
  ASSIGN_OR_RETURN(const auto names,
                   ResolveIndexParam(*request, node, indices, SystemIndices::kSilent));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table(AliasColumns());
  if (options.help) return table.RespondHelp(request), Status();
  const cluster::StatePtr state = node.cluster.state();
  for (const std::string& name : names) {
    const cluster::IndexPtr index = state->FindIndex(name);
    if (index == nullptr) continue;
    for (const auto& [alias, how] : index->aliases) {
      if (wanted.Matches(alias)) table.Add(AliasRow(alias, name, how));
    }
  }
  table.Respond(request, options);
  return {};
}

std::string Listed(const base::json::Value* list) {
  std::vector<std::string> items;
  if (list != nullptr) {
    for (const auto* item : list->items()) items.emplace_back(item->text());
  }
  return "[" + base::Join(items, ", ") + "]";
}

Status AddTemplates(const std::map<std::string, std::string>& templates, bool composable,
                    const std::string& pattern, tasks::MemoryAccount* memory, CatTable& table) {
  for (const auto& [name, json] : templates) {
    if (!base::GlobMatch(pattern, name)) continue;
    ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(memory, json));
    const auto text = [&](const char* key) {
      const auto* const value = document.root().Find(key);
      return value == nullptr ? CatCell() : CatCell(std::string(value->text()));
    };
    const CatCell order = composable ? text("priority") : text("order");
    table.Add({name, Listed(document.root().Find("index_patterns")),
               order.index() == 0 ? CatCell("0") : order, text("version"),
               composable ? CatCell(Listed(document.root().Find("composed_of"))) : CatCell("")});
  }
  return {};
}

Status CatTemplates(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  const std::string pattern = request->String("name", "*");
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Left("name", "n", "template name"),
                  Left("index_patterns", "t", "template index patterns"),
                  Left("order", "o,p", "template application order/priority number"),
                  Left("version", "v", "version"),
                  Left("composed_of", "c", "component templates comprising index template")});
  if (options.help) return table.RespondHelp(request), Status();
  const cluster::StatePtr state = node.cluster.state();
  tasks::MemoryAccount* const memory = node.registry.memory();
  RETURN_IF_ERROR(AddTemplates(state->templates.legacy, false, pattern, memory, table));
  RETURN_IF_ERROR(AddTemplates(state->templates.index, true, pattern, memory, table));
  table.Respond(request, options);
  return {};
}

// Changes of the cluster wait within their own tasks: there is no queue that could be shown.
Status CatPendingTasks(actions::Node&, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Right("insertOrder", "o", "task insertion order"),
                  Right("timeInQueue", "t", "how long task has been in queue"),
                  Left("priority", "p", "task priority"), Left("source", "s", "task source")});
  options.help ? table.RespondHelp(request) : table.Respond(request, options);
  return {};
}

// There are none.
Status CatPlugins(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(NodesQuestion(node, *request, {}, "NodesInfoRequest.timeout").status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Left("id", "", "unique node id", Shown::kIfAsked), Left("name", "n", "node name"),
                  Left("component", "c", "component"), Left("version", "v", "component version"),
                  Left("description", "d", "plugin details", Shown::kIfAsked)});
  options.help ? table.RespondHelp(request) : table.Respond(request, options);
  return {};
}

// Values of fields are read from the store: none are kept in memory by field.
Status CatFielddata(actions::Node&, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  request->AlsoKnows({"fields", "timeout"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Left("id", "", "node id"), Left("host", "h", "host name"),
                  Left("ip", "", "ip address"), Left("node", "n", "node name"),
                  Left("field", "f", "field name"), Right("size", "s", "field data usage")});
  options.help ? table.RespondHelp(request) : table.Respond(request, options);
  return {};
}

}  // namespace

void AddCatMetadataRoutes(Router& router, actions::Node& node) {
  using Table = Status (*)(actions::Node&, const RequestPtr&);
  const auto add = [&](const char* pattern, Table table) {
    router.Add("GET", pattern,
               [&node, table](const RequestPtr& request) { return table(node, request); });
  };
  add("/_cat/aliases", CatAliases);
  add("/_cat/aliases/{alias}", CatAliases);
  add("/_cat/templates", CatTemplates);
  add("/_cat/templates/{name}", CatTemplates);
  add("/_cat/pending_tasks", CatPendingTasks);
  add("/_cat/plugins", CatPlugins);
  add("/_cat/fielddata", CatFielddata);
  add("/_cat/fielddata/{fields}", CatFielddata);
}

}  // namespace rest::routes
