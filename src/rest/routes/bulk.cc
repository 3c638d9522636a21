#include "rest/routes/bulk.h"

#include "actions/bulk/upload.h"
#include "rest/exchange_poster.h"
#include "rest/origin.h"
#include "rest/routes/bulk_answer.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/write_params.h"

namespace rest::routes {

namespace {

namespace bulk = actions::bulk;
using base::Status;
using tasks::End;

// One bulk request, from its head to its answer. All in callbacks of its exchange, so never two at
// the same time, but for what is said to be elsewhere; it lives as long as anything may still call
// it.
class BulkCall final : public std::enable_shared_from_this<BulkCall> {
 public:
  BulkCall(std::shared_ptr<bulk::Service> service, RequestPtr request, bulk::BulkParams params)
      : service_(std::move(service)),
        request_(std::move(request)),
        io_(*request_->exchange()),
        upload_(*service_, std::move(params)) {}

  Status Begin();

 private:
  // Two sinks one after the other: the upload's, and the one of a cancelled upload that is read on
  // to be answered item by item.
  class Sink final : public http::BodySink {
   public:
    explicit Sink(std::shared_ptr<BulkCall> call) : call_(std::move(call)) {}
    http::Flow OnBody(std::string_view piece) override { return call_->OnBody(piece); }
    void OnBodyEnd(Status status) override { call_->OnBodyEnd(std::move(status)); }

   private:
    const std::shared_ptr<BulkCall> call_;
  };

  http::Exchange& exchange() { return *request_->exchange(); }
  bulk::SpillBuffer& bytes() { return upload_.request()->body.bytes(); }

  http::Flow OnBody(std::string_view piece);
  void OnBodyEnd(Status status);
  void OnWritten(const Status& status);
  void OnStopped();
  void OnClientGone();
  void WriteBacklog();
  void GoOn();
  void Fail(const Status& why);
  void Answer(const End& end);

  const std::shared_ptr<bulk::Service> service_;
  const RequestPtr request_;
  ExchangePoster io_;
  bulk::Upload upload_;
  std::optional<tasks::StopHook> stop_hook_;  // while the body arrives
  bool whole_ = false;                        // the body is there, and good
  bool answered_ = false;  // or will be by somebody else; nothing more to do here
};

Status BulkCall::Begin() {
  RETURN_IF_ERROR(upload_.Register(OriginOf(request_->head()), request_->head().content_length));
  const auto self = shared_from_this();
  const std::weak_ptr<BulkCall> weak = self;
  exchange().OnClientGone([weak] {
    if (const auto call = weak.lock()) call->OnClientGone();
  });
  stop_hook_.emplace(*upload_.task(), io_, weak, &BulkCall::OnStopped);
  exchange().StreamBody(std::make_shared<Sink>(self));
  return {};
}

http::Flow BulkCall::OnBody(std::string_view piece) {
  if (answered_) return http::Flow::kGoOn;
  if (const Status status = upload_.Feed(piece); !status.ok()) {
    Fail(status);
    return http::Flow::kGoOn;
  }
  WriteBacklog();
  return bytes().full() ? http::Flow::kPause : http::Flow::kGoOn;
}

void BulkCall::WriteBacklog() {
  if (!bytes().ClaimWriter()) return;
  service_->node.disk.Post([self = shared_from_this()] {
    const Status status = self->bytes().WriteBacklog();
    self->exchange().Post([self, status] { self->OnWritten(status); });
  });
}

void BulkCall::OnWritten(const Status& status) {
  if (answered_) return;
  if (!status.ok()) return Fail(status);
  WriteBacklog();  // what came since
  if (whole_) return GoOn();
  if (!bytes().full()) exchange().ResumeBody();
}

void BulkCall::OnBodyEnd(Status status) {
  if (answered_) return;
  if (http::IsClientGone(status)) return OnClientGone();
  if (http::IsDrainLimit(status)) {
    exchange().CloseAfterResponse();
    return Fail(base::Cancelled(upload_.task()->stop()->reason));
  }
  if (status.ok()) status = upload_.Whole();
  if (!status.ok()) return Fail(status);
  whole_ = true;
  GoOn();
}

void BulkCall::GoOn() {
  if (!bytes().settled()) return;  // OnWritten() comes
  answered_ = true;
  stop_hook_.reset();
  if (!upload_.running()) {  // it was cancelled, and has been read to its end
    upload_.request()->results.FailRest(bulk::NotExecuted(upload_.task()->stop()->reason));
    return SendBulkAnswer(service_, request_, upload_.request());
  }
  upload_.Execute([self = shared_from_this()](const End& end) {  // on any thread
    self->exchange().Post([self, end] { self->Answer(end); });
  });
}

void BulkCall::OnStopped() {
  if (answered_ || !upload_.running()) return;
  upload_.End(upload_.task()->Checkpoint());
  exchange().Hurry();
  if (!whole_) exchange().DrainBody({}, std::make_shared<Sink>(shared_from_this()));
}

// A body that is not whole has no effect; one that is runs on, unless the client wants otherwise.
void BulkCall::OnClientGone() {
  const bool uploading = !answered_ && !whole_;
  if (uploading || upload_.request()->params.cancel_on_disconnect) {
    upload_.task()->RequestStop(ClientGoneStop());
  }
  if (!uploading) return;
  answered_ = true;
  stop_hook_.reset();
  const Status why = upload_.task()->Checkpoint();
  upload_.End(why);
  request_->Fail(why);  // one that has only half-closed can read it
}

void BulkCall::Fail(const Status& why) {
  answered_ = true;
  stop_hook_.reset();
  upload_.End(why);
  request_->Fail(why);
}

void BulkCall::Answer(const End& end) {
  if (end.outcome == tasks::Outcome::kFailed) return request_->Fail(end.error);
  if (upload_.task()->stop()) exchange().Hurry();
  SendBulkAnswer(service_, request_, upload_.request());
}

base::Result<bulk::BulkParams> ReadParams(Request& request) {
  bulk::BulkParams params;
  params.index = request.String("index");
  params.routing = request.String("routing");
  if (const std::string* const pipeline = request.Find("pipeline")) params.pipeline = *pipeline;
  params.source = ReadSourceParams(request);
  // Empty: each action says for itself.
  if (!request.String("require_alias").empty()) {
    ASSIGN_OR_RETURN(params.require_alias, request.Bool("require_alias"));
  }
  ASSIGN_OR_RETURN(params.write, ReadWriteParams(request));
  ASSIGN_OR_RETURN(params.cancel_on_disconnect, request.Bool("cancel_on_disconnect"));
  if (request.Has("batch_size")) {
    AddDeprecation(request,
                   "The batch size option in bulk API is deprecated and will be removed in 3.0.");
  }
  ASSIGN_OR_RETURN(const std::int32_t batch_size, request.Int("batch_size", 1));
  if (batch_size < 1) return base::IllegalArgument("batch_size must be greater than 0");
  RETURN_IF_ERROR(request.CheckUnconsumed());
  return params;
}

}  // namespace

void AddBulkRoutes(Router& router, actions::Node& node) {
  AddBulkRoutes(router, std::make_shared<bulk::Service>(node));
}

void AddBulkRoutes(Router& router, std::shared_ptr<bulk::Service> service) {
  const Route route = [service](const RequestPtr& request) -> Status {
    ASSIGN_OR_RETURN(bulk::BulkParams params, ReadParams(*request));
    return std::make_shared<BulkCall>(service, request, std::move(params))->Begin();
  };
  router.Add("POST,PUT", "/_bulk", BodyMode::kStream, route);
  router.Add("POST,PUT", "/{index}/_bulk", BodyMode::kStream, route);
}

}  // namespace rest::routes
