// transport/internal/service.h
//
// What other nodes reach: makes a handler for each stream that comes.
//
// Lifetime: from before its server until after. Threads: gRPC's.

#pragma once

#include <proto/transport.grpc.pb.h>

#include "transport/internal/callee.h"

namespace transport::internal {

class Service final : public proto::Transport::CallbackService {
 public:
  Service(std::shared_ptr<Callee> callee, std::shared_ptr<StreamCount> streams)
      : callee_(std::move(callee)), streams_(std::move(streams)) {}

  grpc::ServerBidiReactor<proto::SessionUp, proto::SessionDown>* Session(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<proto::WorkUp, proto::WorkDown>* Work(
      grpc::CallbackServerContext* context) override;

 private:
  const std::shared_ptr<Callee> callee_;
  const std::shared_ptr<StreamCount> streams_;
};

}  // namespace transport::internal
