#include "actions/tasks_results/index_result_store.h"

#include "actions/bulk/primary_wait.h"
#include "actions/bulk/shard_wire.h"
#include "actions/get/get.h"

namespace actions::tasks_results {

namespace {

// As OpenSearch's of version 5: strict, and what an action may put in freely is not looked into.
constexpr std::string_view kMapping =
    R"({"dynamic":"strict","_meta":{"version":5},"properties":{"completed":{"type":"boolean"},)"
    R"("error":{"type":"object","enabled":false},"response":{"type":"object","enabled":false},)"
    R"("task":{"properties":{"action":{"type":"keyword"},"cancellable":{"type":"boolean"},)"
    R"("cancellation_time_millis":{"type":"long"},"cancelled":{"type":"boolean"},)"
    R"("description":{"type":"text"},"headers":{"type":"object","enabled":false},)"
    R"("id":{"type":"long"},"node":{"type":"keyword"},"parent_task_id":{"type":"keyword"},)"
    R"("resource_stats":{"type":"object","enabled":false},)"
    R"("running_time_in_nanos":{"type":"long"},"start_time_in_millis":{"type":"long"},)"
    R"("status":{"type":"object","enabled":false},"type":{"type":"keyword"}}}}})";

base::Result<cluster::IndexPtr> OpenIndex(Node& node, tasks::TaskContext& task) {
  if (auto index = node.cluster.state()->FindIndex(kResultIndex)) return index;
  cluster::CreateIndexRequest request;
  request.name = kResultIndex;
  request.settings = {{"index.number_of_shards", "1"},
                      {"index.number_of_replicas", "0"},
                      {"index.auto_expand_replicas", "0-1"},
                      {"index.priority", "2147483647"}};
  request.mappings = kMapping;
  auto created = node.cluster.CreateIndex(task, std::move(request));
  if (created.ok() || created.status().type() != "resource_already_exists_exception") {
    return created;
  }
  if (auto index = node.cluster.state()->FindIndex(kResultIndex)) return index;
  return created;
}

// On the node that has the shard, as a child.
base::Status Write(Node& node, tasks::TaskContext& task, const std::string& id,
                   const std::string& document) {
  ASSIGN_OR_RETURN(const cluster::IndexPtr index, OpenIndex(node, task));
  tasks::Peer* const peer = bulk::FindPrimary(node, *index, 0);
  if (peer == nullptr) {
    return {503, "no_shard_available_action_exception", "No shard available for [.tasks][0]"};
  }
  engine::Operation operation;
  operation.id = id;
  bulk::ShardRequest request{.index = index->name, .index_uuid = index->uuid, .operations = 1};
  bulk::AppendOperation(operation, document.size(), request.chunk);
  request.chunk += document;
  base::Status told = base::Internal("the shard did not tell whether the result is stored");
  tasks::ChildScope children(task);
  // Safe: the scope is destroyed, and so joined, before `told`.
  children.Start(*peer, {.action = names::kBulkShard, .payload = request.Encode()},
                 {.on_started = nullptr,
                  .on_progress =
                      [&told](const std::string& bytes) {
                        const auto settled = bulk::DecodeResults(bytes);
                        if (settled.ok() && settled->results.size() == 1)
                          told = settled->results.front().error;
                      },
                  .on_end = nullptr});
  RETURN_IF_ERROR(children.Join());
  return told;
}

}  // namespace

void IndexResultStore::Put(const tasks::TaskContext& task, std::string document) {
  node_.after_end->Run(task, {.action = names::kIndex,
                              .result = document,
                              .work = [&node = node_, id = task.id().ToString(),
                                       document](tasks::TaskContext& sibling) {
                                return Write(node, sibling, id, document);
                              }});
}

void IndexResultStore::Find(const tasks::TaskPtr& asker, const tasks::TaskId& id, Found found) {
  if (node_.after_end != nullptr) {
    if (auto kept = node_.after_end->Find(id)) return found(std::move(kept));
  }
  get::Get(node_, {asker->spec().origin, asker}, {std::string(kResultIndex), id.ToString(), ""}, {},
           [id, found = std::move(found)](base::Result<get::Got> got) {
             if (!got.ok()) return found(got.status());
             if (!got->document.found) return found(std::optional<std::string>());
             if (got->document.source.empty()) {
               return found(base::Internal("Stored task status for [" + id.ToString() +
                                           "] didn't contain any source!"));
             }
             found(std::optional<std::string>(std::move(got->document.source)));
           });
}

}  // namespace actions::tasks_results
