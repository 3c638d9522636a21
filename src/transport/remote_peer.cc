#include "transport/remote_peer.h"

#include "transport/internal/caller.h"

namespace transport {

using internal::Lane;

std::shared_ptr<tasks::Call> RemotePeer::Start(tasks::StartRequest request,
                                               tasks::CallEvents events) {
  return way_->Start(Lane::kWork, std::move(request), std::move(events));
}

std::shared_ptr<tasks::Call> RemotePeer::CopiesPeer::Start(tasks::StartRequest request,
                                                           tasks::CallEvents events) {
  return of_.way_->Start(Lane::kCopies, std::move(request), std::move(events));
}

RemotePeer::State RemotePeer::state() const {
  const internal::Caller::Status status = way_->status();
  return {.connected = status.connected,
          .open_calls = status.open,
          .queued_calls = status.queued,
          .unreachable = status.unreachable};
}

}  // namespace transport
