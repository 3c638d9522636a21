#include "actions/bulk/upload.h"

#include "base/text/strings.h"

namespace actions::bulk {

using base::Status;

std::string DescribeBulk(const std::vector<std::string>& indices) {
  return "bulk request to [" + base::Join(indices, ", ") + "]";
}

Upload::Upload(Service& service, BulkParams params)
    : service_(service),
      request_(std::make_shared<Request>(std::move(params), service.spill)),
      parser_(request_->body, request_->params) {}

Status Upload::Register(tasks::OriginPtr origin, std::optional<std::uint64_t> body_bytes) {
  tasks::TaskSpec spec;
  spec.action = names::kBulk;
  if (!request_->params.index.empty()) spec.indices = {request_->params.index};
  spec.description = DescribeBulk(spec.indices);
  spec.origin = std::move(origin);
  ASSIGN_OR_RETURN(running_, service_.node.registry.Register(std::move(spec)));
  task_ = running_.context();
  request_->memory = {*task_, tasks::Breaker::kInFlightRequests, "<http_request>"};
  task_->SetTotal(body_bytes ? static_cast<std::int64_t>(*body_bytes) : -1, "bytes");
  phase_.emplace(*task_, "receiving body");
  return {};
}

Status Upload::Feed(std::string_view piece) {
  RETURN_IF_ERROR(parser_.Feed(piece));
  RETURN_IF_ERROR(request_->Reserve());
  if (!running()) return {};
  task_->AddDone(static_cast<std::int64_t>(piece.size()));
  if (request_->body.indices().size() != described_) Describe();
  return {};
}

void Upload::Describe() {
  constexpr std::size_t kMany = 100;  // names; more would make the description a burden of its own
  const std::vector<std::string>& indices = request_->body.indices();
  described_ = indices.size();
  if (described_ <= kMany) task_->Describe(DescribeBulk(indices), indices);
}

Status Upload::Whole() {
  RETURN_IF_ERROR(parser_.Finish());
  RETURN_IF_ERROR(request_->body.Validate());
  return request_->Reserve(Results::BytesFor(request_->body.size()));
}

void Upload::End(Status why) {
  if (!running()) return;
  phase_.reset();
  std::move(running_).Finish(tasks::End(std::move(why)));
}

void Upload::Execute(Coordinator::Ended ended) {
  phase_.reset();
  Coordinator::Submit(service_, std::move(running_), request_, std::move(ended));
}

}  // namespace actions::bulk
