// _close, _open and _block.

#include <optional>

#include "actions/bulk/params.h"
#include "actions/indices/states.h"
#include "actions/tasks_results/index_result_store.h"
#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "cluster/index/index_blocks.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/indices.h"

namespace rest::routes {

namespace {

namespace indices = actions::indices;
using base::Result;
using base::Status;
using base::json::Writer;
using indices::StatesChanged;
using ResultStorePtr = std::shared_ptr<actions::tasks_results::ResultStore>;

// What the three have in common. `options` says what wildcards mean.
Result<indices::StatesRequest> Read(Request& request, const actions::Node& node,
                                    cluster::IndexOptions options) {
  indices::StatesRequest states;
  RETURN_IF_ERROR(ReadAdminTimeouts(request));
  ASSIGN_OR_RETURN(states.timeout, request.Time("timeout", states.timeout));
  const std::vector<std::string> asked = request.List("index");
  if (asked.empty()) return base::ValidationFailed("index is missing");
  RETURN_IF_ERROR(CheckDestructive(node, asked));
  ASSIGN_OR_RETURN(states.names, ResolveIndexParam(request, node, options));
  RETURN_IF_ERROR(request.CheckUnconsumed());
  return states;
}

Status ReadActiveShards(Request& request, std::optional<int>& active_shards) {
  if (const std::string* const copies = request.Find("wait_for_active_shards")) {
    ASSIGN_OR_RETURN(active_shards, actions::bulk::ParseActiveShards(*copies));
  }
  return {};
}

void WriteAcknowledged(Writer& out, const StatesChanged& changed) {
  out.Field("acknowledged", changed.acknowledged);
  out.Field("shards_acknowledged", changed.shards_acknowledged);
}

template <typename WriteNames>
indices::StatesDone Responding(const RequestPtr& request, WriteNames write_names) {
  return [request, write_names](const Result<StatesChanged>& changed) {
    if (!changed.ok()) return request->Fail(changed.status());
    request->Respond(200, [&](Writer& out) {
      out.BeginObject();
      WriteAcknowledged(out, *changed);
      write_names(out, *changed);
      out.EndObject();
    });
  };
}

Status Close(actions::Node& node, const RequestPtr& request) {
  std::optional<int> active_shards;
  RETURN_IF_ERROR(ReadActiveShards(*request, active_shards));
  ASSIGN_OR_RETURN(auto states, Read(*request, node, {}));
  states.active_shards = active_shards;
  indices::Close(node, request->TakeTask(), std::move(states),
                 Responding(request, [](Writer& out, const StatesChanged& changed) {
                   out.ObjectField("indices");
                   for (const std::string& name : changed.names) {
                     out.ObjectField(name);
                     out.Field("closed", true);
                     out.EndObject();
                   }
                   out.EndObject();
                 }));
  return {};
}

Status Open(actions::Node& node, const ResultStorePtr& results, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const bool wait, request->Bool("wait_for_completion", true));
  base::TimeValue execution = base::TimeValue::Hours(1);
  if (!wait) {
    ASSIGN_OR_RETURN(execution, request->Time("task_execution_timeout", execution));
  }
  std::optional<int> active_shards;
  RETURN_IF_ERROR(ReadActiveShards(*request, active_shards));
  ASSIGN_OR_RETURN(auto states,
                   Read(*request, node, {.expand_open = false, .expand_closed = true}));
  states.active_shards = active_shards;
  if (wait) {
    indices::Open(node, request->TakeTask(), std::move(states),
                  Responding(request, [](Writer&, const StatesChanged&) {}));
    return {};
  }
  states.timeout = execution;
  tasks::RunningTask task = request->TakeTask();
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.Field("task", task->id().ToString());
    out.EndObject();
  });
  indices::OpenAndKeep(node, results, std::move(task), std::move(states),
                       [](const StatesChanged& changed) {
                         std::string json;
                         base::json::CompactWriter out(json);
                         out.BeginObject();
                         WriteAcknowledged(out, changed);
                         out.EndObject();
                         return json;
                       });
  return {};
}

Status AddBlock(actions::Node& node, const RequestPtr& request) {
  const std::string block = request->String("block");
  const std::string_view setting = cluster::BlockSetting(block);
  if (setting.empty()) return base::IllegalArgument("No block found with name " + block);
  if (setting == cluster::kFloodBlock)
    return base::ValidationFailed("read_only_allow_delete block is for internal use only");
  ASSIGN_OR_RETURN(auto states, Read(*request, node, {}));
  indices::AddBlock(node, request->TakeTask(), std::move(states), setting,
                    Responding(request, [](Writer& out, const StatesChanged& changed) {
                      out.ArrayField("indices");
                      for (const std::string& name : changed.names) {
                        out.BeginObject();
                        out.Field("name", name);
                        out.Field("blocked", true);
                        out.EndObject();
                      }
                      out.EndArray();
                    }));
  return {};
}

}  // namespace

void AddIndexStateRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  const ResultStorePtr results = std::make_shared<actions::tasks_results::IndexResultStore>(node);
  const Announce opening = [&node](Request& request) {
    tasks::TaskSpec spec{.action = indices::kOpen};
    spec.indices = request.List("index");
    spec.description = "open indices [" + base::Join(spec.indices, ", ") + "]";
    spec.origin = OriginOf(request.head());
    return node.registry.Register(std::move(spec));
  };
  const auto open = [&node, results](const RequestPtr& request) {
    return Open(node, results, request);
  };
  for (const char* prefix : {"", "/{index}"}) {
    const std::string at = prefix;
    router.Add("POST", at + "/_close", AnnounceOnIndices(node, indices::kClose), bound(Close));
    router.Add("POST", at + "/_open", opening, open);
  }
  router.Add("PUT", "/{index}/_block/{block}", AnnounceOnIndices(node, indices::kAddBlock),
             bound(AddBlock));
}

}  // namespace rest::routes
