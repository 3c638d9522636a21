// transport/internal/inbound_call.h
//
// One call from another node: the stream it came by, and the child it has become here. Start begins
// the child as ActionTable::Begin() does for the own node's; its end goes back on the stream, or,
// if that has broken, over the session.
//
// Lifetime: shared by the stream, the session and the child's work. Threads: any.

#pragma once

#include "transport/internal/callee.h"
#include "transport/internal/payload_inbox.h"

namespace transport::internal {

class InboundCall final : public StreamHandler<proto::WorkUp>,
                          public InboundChild,
                          public tasks::Inbound,
                          public std::enable_shared_from_this<InboundCall> {
 public:
  InboundCall(std::shared_ptr<Callee> callee, std::shared_ptr<Stream<proto::WorkDown>> stream)
      : callee_(std::move(callee)), stream_(std::move(stream)) {}

  void OnMessage(proto::WorkUp& up) override;
  void OnClosed(const grpc::Status& why) override;

  void Stop(const tasks::Stop& stop) override;
  void StreamLost(const tasks::Stop& stop) override;
  std::int64_t lease_until() const override;

  const tasks::StartRequest& request() const override { return request_; }
  bool streamed() const override { return inbox_ != nullptr; }
  base::Result<std::optional<std::string>> Next(tasks::TaskContext& task) override;
  void Progress(std::string bytes) override;

 private:
  void OnStart(proto::Start&& start);
  base::Status Prepare(proto::Start&& start);
  void OnPayload(proto::Payload& payload);
  void BreakRules(const base::Status& why);
  void Begun(const tasks::TaskPtr& child);
  void Ended(tasks::End end);
  bool Send(proto::WorkDown down);

  const std::shared_ptr<Callee> callee_;  // constant
  // The stream's thread until Begin(), constant from then on.
  bool started_ = false;
  InboundSessionPtr session_;
  std::uint64_t number_ = 0;
  std::string action_;
  tasks::StartRequest request_;
  std::shared_ptr<PayloadInbox> inbox_;  // null if `payload` of the request is all

  mutable std::mutex mutex_;
  std::shared_ptr<Stream<proto::WorkDown>> stream_;  // guarded by mutex_; null once it has closed
  std::weak_ptr<tasks::TaskContext> child_;          // guarded by mutex_
  std::optional<tasks::Stop> stop_;                  // guarded by mutex_; the first one
  bool by_session_ = false;                          // guarded by mutex_; tell the end there
  std::optional<tasks::End> end_;                    // guarded by mutex_; sent on the stream
};

}  // namespace transport::internal
