// transport/remote_peer.h
//
// Another node as a tasks::Peer. Its calls have a stream each, on a connection that they share;
// those of Copies() are on a second one, so that bulk copies never stand before a request.
//
// Lifetime: the Transport's. Threads: any.

#pragma once

#include <memory>

#include "tasks/peer.h"

namespace transport {

namespace internal {
class Caller;
}

class RemotePeer final : public tasks::Peer {
 public:
  RemotePeer(std::string node_id, std::shared_ptr<internal::Caller> way)
      : node_id_(std::move(node_id)), way_(std::move(way)) {}

  const std::string& node_id() const override { return node_id_; }
  std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                     tasks::CallEvents events) override;

  // The same node, for what moves much data and is in no hurry.
  tasks::Peer& Copies() { return copies_; }

  struct State {
    bool connected = false;
    std::size_t open_calls = 0;
    std::size_t queued_calls = 0;  // wait for the session, or for the number of streams
    base::Status unreachable;      // why it is not connected; OK before the first attempt has ended
  };
  State state() const;

 private:
  friend class Transport;

  class CopiesPeer final : public tasks::Peer {
   public:
    explicit CopiesPeer(RemotePeer& of) : of_(of) {}
    const std::string& node_id() const override { return of_.node_id(); }
    std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                       tasks::CallEvents events) override;

   private:
    RemotePeer& of_;
  };

  const std::string node_id_;                    // constant
  const std::shared_ptr<internal::Caller> way_;  // constant
  CopiesPeer copies_{*this};
};

}  // namespace transport
