#include "transport/internal/service.h"

#include "transport/internal/inbound_call.h"

namespace transport::internal {

grpc::ServerBidiReactor<proto::SessionUp, proto::SessionDown>* Service::Session(
    grpc::CallbackServerContext* context) {
  using Wire = ServerStream<proto::SessionDown, proto::SessionUp>;
  const auto wire = std::make_shared<Wire>(*context, streams_);
  wire->Begin(callee_->Greet(wire));
  return wire.get();
}

grpc::ServerBidiReactor<proto::WorkUp, proto::WorkDown>* Service::Work(
    grpc::CallbackServerContext* context) {
  using Wire = ServerStream<proto::WorkDown, proto::WorkUp>;
  const auto wire = std::make_shared<Wire>(*context, streams_);
  wire->Begin(std::make_shared<InboundCall>(callee_, wire));
  return wire.get();
}

}  // namespace transport::internal
