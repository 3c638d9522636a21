#include "actions/bulk/single.h"

#include "actions/update/update_body.h"

namespace actions::bulk {

namespace {

using base::Status;
using tasks::End;

// What a write that failed answers: a stop has its plain words here, there are no items to tell
// apart. But a stop that came while the shard's node was lost has not undone anything.
Status Failure(const Request& request, const End& end) {
  auto result = request.results.Get(0);
  if (result.outcome == tasks::UnitOutcome::kUnknown) return result.error;
  if (end.outcome == tasks::Outcome::kCancelled || end.outcome == tasks::Outcome::kFailed) {
    return end.error;
  }
  return result.error;
}

SingleAnswer AnswerOf(const Request& request, const End& end) {
  SingleAnswer answer;
  answer.failure = Failure(request, end);
  if (!answer.failure.ok()) return answer;
  const Item& item = request.body.item(0);
  SpillReader reader(request.body.bytes());
  std::string generated;
  const auto id = request.body.Id(item, reader, generated);
  const cluster::IndexMetadata& index = *request.targets[item.index].index;
  answer.index = index.name;
  answer.made_index = request.targets[item.index].made;
  answer.id = id.ok() ? std::string(*id) : std::string();
  answer.result = request.results.Get(0);
  answer.copies = 1 + index.number_of_replicas;
  answer.forced_refresh = request.params.write.refresh == Refresh::kImmediate;
  const auto own = request.body.ExtraOf(item).source;
  answer.filter =
      own ? request.body.source_filters()[*own] : request.params.source.value_or(SourceFilter());
  return answer;
}

Status Fill(Request& request, SingleWrite write) {
  ActionLine line;
  line.type = write.type;
  if (write.id) line.id = *write.id;
  line.extra = write.extra;
  if (write.doc_as_upsert) write.source = update::WithDocAsUpsert(std::move(write.source));
  request.body.bytes().Append(write.source);
  RETURN_IF_ERROR(request.body.Add(line, 0, request.params));
  request.body.SetDocument(0, write.source.size());
  return {};
}

}  // namespace

base::Result<tasks::RunningTask> RegisterWrite(Service& service, std::string_view action,
                                               std::string index, std::string description,
                                               tasks::OriginPtr origin) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.description = std::move(description);
  spec.indices = {std::move(index)};
  spec.origin = std::move(origin);
  // As OpenSearch's replication tasks; an update is none.
  if (action != names::kUpdate) spec.status = std::make_shared<tasks::ReplicationStatus>();
  return service.node.registry.Register(std::move(spec));
}

void Write(Service& service, tasks::RunningTask task, SingleWrite write,
           std::function<void(const SingleAnswer&)> done) {
  if (write.description) task->Describe(*std::move(write.description), {write.params.index});
  auto request = std::make_shared<Request>(std::move(write.params), service.memory);
  if (write.type == engine::OpType::kUpdate) request->shard_action = names::kUpdateShard;
  request->fill_bytes = write.source.size();
  request->fill = [write = std::make_shared<SingleWrite>(std::move(write))](Request& of) {
    return Fill(of, std::move(*write));
  };
  Coordinator::Submit(
      service, std::move(task), request,
      [request, done = std::move(done)](const End& end) { done(AnswerOf(*request, end)); });
}

}  // namespace actions::bulk
