#include "transport/internal/service.h"

namespace transport::internal {

grpc::ServerBidiReactor<proto::SessionUp, proto::SessionDown>* Service::Session(
    grpc::CallbackServerContext* context) {
  using Wire = ServerStream<proto::SessionDown, proto::SessionUp>;
  const auto wire = std::make_shared<Wire>(*context, streams_);
  wire->Begin(callee_->Greet(wire));
  return wire.get();
}

}  // namespace transport::internal
