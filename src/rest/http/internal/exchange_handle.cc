#include "rest/http/internal/exchange_handle.h"

#include <algorithm>

namespace rest::http {

ExchangeHandle::~ExchangeHandle() {
  if (answered_) return;
  connection_->Dispatch([sequence = sequence_](Connection& c) { c.Abandon(sequence); });
}

void ExchangeHandle::ReadWholeBody(std::uint64_t limit, std::shared_ptr<tasks::Reservation> memory,
                                   BodyCallback done) {
  limit = std::min(limit, max_content_length_);
  connection_->Dispatch(
      [sequence = sequence_, limit, memory = std::move(memory),
       done = std::move(done)](Connection& c) { c.ReadWholeBody(sequence, limit, memory, done); });
}

void ExchangeHandle::StreamBody(std::shared_ptr<BodySink> sink) {
  connection_->Dispatch([sequence = sequence_, sink = std::move(sink), limit = max_content_length_](
                            Connection& c) { c.StreamBody(sequence, sink, limit); });
}

void ExchangeHandle::ResumeBody() {
  connection_->Dispatch([sequence = sequence_](Connection& c) { c.ResumeBody(sequence); });
}

void ExchangeHandle::DrainBody(DrainLimits limits, std::shared_ptr<BodySink> sink) {
  connection_->Dispatch([sequence = sequence_, limits, sink = std::move(sink)](Connection& c) {
    c.DrainBody(sequence, limits, sink);
  });
}

void ExchangeHandle::Hurry() {
  connection_->Dispatch([sequence = sequence_](Connection& c) { c.Hurry(sequence); });
}

void ExchangeHandle::Respond(Response response) { RespondStream(std::move(response), {}); }

void ExchangeHandle::RespondStream(Response head, Producer next) {
  if (answered_.exchange(true)) return;
  if (!added_.empty()) {
    Headers headers = added_;
    headers.Append(head.headers);
    head.headers = std::move(headers);
  }
  // `mutable`: bodies are large, so they are moved through.
  connection_->Dispatch([sequence = sequence_, response = std::move(head),
                         next = std::move(next)](Connection& c) mutable {
    c.Respond(sequence, std::move(response), std::move(next));
  });
}

void ExchangeHandle::ContinueStream() {
  connection_->Dispatch([sequence = sequence_](Connection& c) { c.ContinueStream(sequence); });
}

void ExchangeHandle::CloseAfterResponse() {
  connection_->Dispatch([sequence = sequence_](Connection& c) { c.CloseAfterResponse(sequence); });
}

void ExchangeHandle::OnClientGone(std::function<void()> gone) {
  connection_->Dispatch([sequence = sequence_, gone = std::move(gone)](Connection& c) {
    c.OnClientGone(sequence, gone);
  });
}

void ExchangeHandle::Post(std::function<void()> function) {
  connection_->Post(std::move(function));
}

}  // namespace rest::http
