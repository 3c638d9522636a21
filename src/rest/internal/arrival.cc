#include "rest/internal/arrival.h"

#include "rest/origin.h"

namespace rest {

void Arrival::Await(RequestPtr request, tasks::RunningTask task, Limit limit, Whole whole) {
  std::make_shared<Arrival>(std::move(request), std::move(task), std::move(limit), std::move(whole))
      ->Begin();
}

Arrival::Arrival(RequestPtr request, tasks::RunningTask task, Limit limit, Whole whole)
    : request_(std::move(request)),
      limit_(std::move(limit)),
      whole_(std::move(whole)),
      io_(*request_->exchange()),
      task_(std::move(task)) {}

void Arrival::Begin() {
  const auto self = shared_from_this();
  phase_.emplace(*task_, "receiving body");
  stop_hook_.emplace(*task_, io_, weak_from_this(), &Arrival::OnStopped);
  auto memory = std::make_shared<tasks::Reservation>(*task_, tasks::Breaker::kInFlightRequests,
                                                     "<http_request>");
  request_->HoldBodyMemory(memory);
  request_->exchange()->ReadWholeBody(
      limit_.bytes, std::move(memory),
      [self](base::Result<std::string> body) { self->OnBody(std::move(body)); });
}

void Arrival::OnBody(base::Result<std::string> body) {
  if (!task_) return;
  if (!body.ok()) {
    const bool too_long = body.status().http_status() == 413 && !limit_.too_long.ok();
    if (too_long) return Fail(limit_.too_long);
    if (!http::IsClientGone(body.status())) return Fail(body.status());
    task_->RequestStop(ClientGoneStop());
    return Fail(task_->Checkpoint());
  }
  stop_hook_.reset();
  phase_.reset();
  request_->GiveTask(std::move(task_));
  whole_(*std::move(body));
}

// Posted by the stop: what was on its way when the body became whole finds no task here.
void Arrival::OnStopped() {
  if (task_) Fail(task_->Checkpoint());
}

void Arrival::Fail(const base::Status& why) {
  stop_hook_.reset();
  phase_.reset();
  std::move(task_).Finish(tasks::End(why));
  request_->Fail(why);
}

}  // namespace rest
