#include "rest/routes/documents_write.h"

#include "actions/bulk/answer.h"
#include "actions/bulk/targets.h"
#include "actions/delete/delete.h"
#include "actions/index/index.h"
#include "actions/shards/shard_options.h"
#include "actions/update/update.h"
#include "base/text/strings.h"
#include "rest/origin.h"
#include "rest/routes/index_warnings.h"
#include "rest/routes/write_params.h"

namespace rest::routes {

namespace {

namespace bulk = actions::bulk;
using base::Status;
using ServicePtr = std::shared_ptr<bulk::Service>;

// What all of these routes ask for.
struct Common {
  bulk::BulkParams params;
  bulk::Extra extra;
  bool cancel_on_disconnect = false;
};

base::Result<Common> ReadCommon(Request& request) {
  Common common;
  common.params.index = request.String("index");
  common.params.routing = request.String("routing");
  ASSIGN_OR_RETURN(common.params.write, ReadWriteParams(request));
  ASSIGN_OR_RETURN(common.extra.if_seq_no, request.Long("if_seq_no", engine::kNoSeqNo));
  ASSIGN_OR_RETURN(common.extra.if_primary_term, request.Long("if_primary_term", 0));
  ASSIGN_OR_RETURN(common.cancel_on_disconnect, request.Bool("cancel_on_disconnect"));
  return common;
}

Status ReadVersion(Request& request, bulk::Extra& extra) {
  if (request.Has("version")) {
    ASSIGN_OR_RETURN(extra.version, request.Long("version", engine::kAnyVersion));
  }
  if (const std::string* const type = request.Find("version_type")) {
    ASSIGN_OR_RETURN(extra.version_type, bulk::ParseVersionType(*type));
  }
  return {};
}

Status NeedsBody(const Request& request) {
  if (!request.body().empty()) return {};
  return base::ParseError("request body is required");
}

std::string LocationOf(const bulk::SingleAnswer& answer, const std::string& routing) {
  std::string location =
      "/" + base::PercentEncode(answer.index) + "/_doc/" + base::PercentEncode(answer.id);
  if (!routing.empty()) location += "?routing=" + base::PercentEncode(routing);
  return location;
}

void Respond(const actions::Node& node, const RequestPtr& request, const std::string& routing,
             const bulk::SingleAnswer& answer) {
  if (!answer.failure.ok()) return request->Fail(answer.failure);
  std::string text = "{";
  bulk::AppendWritten({.index = answer.index,
                       .id = answer.id,
                       .result = answer.result,
                       .copies = answer.copies,
                       .forced_refresh = answer.forced_refresh,
                       .noop_counts_shards = false},
                      text);
  if (answer.result.source)
    bulk::AppendGet(answer.result, answer.filter, node.registry.memory(), text);
  text += '}';
  const int status = bulk::StatusOf(answer.result);
  request->MustAnswer();
  WarnOfSystemIndices(*request, {&answer.index, 1});
  if (answer.made_index) WarnOfNewIndex(*request, node, answer.index);
  if (status == 201) request->AddHeader("Location", LocationOf(answer, routing));
  request->Respond(status, [&text](base::json::Writer& out) { out.Raw(text); });
}

void Run(const ServicePtr& service, const RequestPtr& request, tasks::RunningTask task,
         bulk::SingleWrite write, bool cancel_on_disconnect) {
  if (cancel_on_disconnect) {
    request->exchange()->OnClientGone(
        [task = task.context()] { task->RequestStop(ClientGoneStop()); });
  }
  const std::string routing = write.params.routing;
  bulk::Write(*service, std::move(task), std::move(write),
              [service, request, routing](const bulk::SingleAnswer& answer) {
                const bool whole =
                    answer.filter.LeavesAll() && request->format().filter_path.empty();
                if (!answer.result.source || whole)
                  return Respond(service->node, request, routing, answer);
                // Not on a thread that others wait for, such as the committer's.
                service->node.disk.Post([service, request, routing, answer] {
                  Respond(service->node, request, routing, answer);
                });
              });
}

// What the shard would refuse anyhow is not collected first; it says more of what is not much too
// long. An update may carry two documents.
LimitBody DocumentLimit(const ServicePtr& service, std::uint64_t documents) {
  constexpr std::uint64_t kSlack = 64 << 10;
  return [service, documents](Request& request) {
    const auto target =
        bulk::ResolveTarget(*service->node.cluster.state(), request.String("index"));
    const std::uint64_t bytes =
        actions::MaxDocumentBytes(target.index ? *target.index : cluster::IndexMetadata());
    return BodyLimit{bytes * documents + kSlack, "index.max_document_bytes"};
  };
}

enum class Form : std::uint8_t { kIndex, kCreate, kGeneratedId };

// IndexRequest.opType(), and the two routes that mean `create` by themselves.
base::Result<bool> ReadCreates(Request& request, Form form) {
  const std::string* const given = request.Find("op_type");
  const std::string type = given ? base::ToLowerAscii(*given) : "";
  if (form == Form::kCreate) {
    if (!given || type == "create") return true;
    return base::IllegalArgument("opType must be 'create', found: [" + *given + "]");
  }
  if (!given) return form == Form::kGeneratedId;
  if (type == "index" || type == "create") return type == "create";
  return base::IllegalArgument("opType must be 'create' or 'index', found: [" + *given + "]");
}

Status Index(const ServicePtr& service, const RequestPtr& request, Form form) {
  ASSIGN_OR_RETURN(Common common, ReadCommon(*request));
  if (const std::string* const pipeline = request->Find("pipeline")) {
    common.extra.pipeline = *pipeline;  // the request's, which lives as long as its write
  }
  RETURN_IF_ERROR(ReadVersion(*request, common.extra));
  ASSIGN_OR_RETURN(common.params.require_alias, request->Bool("require_alias"));
  ASSIGN_OR_RETURN(const bool create, ReadCreates(*request, form));
  std::optional<std::string> id;
  if (request->Has("id")) id = request->String("id");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  RETURN_IF_ERROR(NeedsBody(*request));
  Run(service, request, request->TakeTask(),
      actions::index::IndexWrite(std::move(common.params), std::move(id), create, common.extra,
                                 request->TakeBody()),
      common.cancel_on_disconnect);
  return {};
}

Status Delete(const ServicePtr& service, const RequestPtr& request) {
  ASSIGN_OR_RETURN(Common common, ReadCommon(*request));
  RETURN_IF_ERROR(ReadVersion(*request, common.extra));
  std::string id = request->String("id");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const std::string& index = common.params.index;
  ASSIGN_OR_RETURN(auto task, bulk::RegisterWrite(*service, actions::names::kDelete, index,
                                                  actions::delete_::Describe(index, id),
                                                  OriginOf(request->head())));
  Run(service, request, std::move(task),
      actions::delete_::DeleteWrite(std::move(common.params), std::move(id), common.extra),
      common.cancel_on_disconnect);
  return {};
}

Status Update(const ServicePtr& service, const RequestPtr& request) {
  ASSIGN_OR_RETURN(Common common, ReadCommon(*request));
  ASSIGN_OR_RETURN(const bool doc_as_upsert, request->Bool("doc_as_upsert"));
  common.params.source = ReadSourceParams(*request);
  ASSIGN_OR_RETURN(common.extra.retry_on_conflict, request->Int("retry_on_conflict", 0));
  ASSIGN_OR_RETURN(common.params.require_alias, request->Bool("require_alias"));
  const bool versioned = request->Has("version");  // both are asked for: what is asked for is known
  if (request->Has("version_type") || versioned) {
    return base::ValidationFailed(
        "internal versioning can not be used for optimistic concurrency control. Please use "
        "`if_seq_no` and `if_primary_term` instead");
  }
  std::string id = request->String("id");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  RETURN_IF_ERROR(NeedsBody(*request));

  bulk::SingleWrite write = actions::update::UpdateWrite(std::move(common.params), std::move(id),
                                                         common.extra, request->TakeBody());
  write.doc_as_upsert = doc_as_upsert;
  Run(service, request, request->TakeTask(), std::move(write), common.cancel_on_disconnect);
  return {};
}

}  // namespace

void AddDocumentWriteRoutes(Router& router, actions::Node& node) {
  AddDocumentWriteRoutes(router, std::make_shared<bulk::Service>(node));
}

void AddDocumentWriteRoutes(Router& router, ServicePtr service) {
  const auto index = [service](Form form) {
    return [service, form](const RequestPtr& request) { return Index(service, request, form); };
  };
  const Announce indexing = [service](Request& request) {
    const std::string name = request.String("index");
    const std::string* const id = request.Find("id");
    return bulk::RegisterWrite(
        *service, actions::names::kIndex, name,
        actions::index::Describe(name, id ? std::optional(*id) : std::nullopt),
        OriginOf(request.head()));
  };
  const Announce updating = [service](Request& request) {
    const std::string name = request.String("index");
    return bulk::RegisterWrite(*service, actions::names::kUpdate, name,
                               actions::update::Describe(name), OriginOf(request.head()));
  };
  const LimitBody limit = DocumentLimit(service, 1);
  router.Add("PUT,POST", "/{index}/_doc/{id}", indexing, index(Form::kIndex), limit);
  router.Add("POST", "/{index}/_doc", indexing, index(Form::kGeneratedId), limit);
  router.Add("PUT,POST", "/{index}/_create/{id}", indexing, index(Form::kCreate), limit);
  router.Add("DELETE", "/{index}/_doc/{id}",
             [service](const RequestPtr& request) { return Delete(service, request); });
  router.Add(
      "POST", "/{index}/_update/{id}", updating,
      [service](const RequestPtr& request) { return Update(service, request); },
      DocumentLimit(service, 2));
}

}  // namespace rest::routes
