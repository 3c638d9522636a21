// transport/transport.h
//
// The Transport joins this node to others: it listens for their sessions and calls, and brings the
// real tasks::Peer of each node it is to reach.
//
// Lifetime: made by server/ once the actions are registered; Stop() before the node's loop stops
// and after its tasks have ended. Peers live as long as the Transport. Threads: any; gRPC has its
// own, on which children begin and events of calls are told.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "transport/local_node.h"
#include "transport/options.h"
#include "transport/remote_peer.h"

namespace transport {

class Transport {
 public:
  // 500 if the port is taken, 400 if the certificates are given in part.
  static base::Result<std::unique_ptr<Transport>> Listen(LocalNode node, Options options);
  ~Transport();

  std::uint16_t port() const;

  // The way to the node `id`, which listens at `address`; its session is opened now, and again
  // whenever it breaks. The same peer for the same id; a node that has moved, or had left, is
  // looked for at `address` from now on; a new process of it, which `incarnation` tells, at once.
  RemotePeer& Connect(const std::string& id, const std::string& address,
                      std::uint64_t incarnation = 0);
  // The node has left the cluster for good. Calls that wait for it, and new ones, fail unsent;
  // those that are open end by the rules for any call, and then nothing is connected to it any
  // more. Its peer stays. Harmless if it was not connected.
  void Disconnect(const std::string& id);
  // Null if it was not connected.
  RemotePeer* Find(const std::string& id) const;

  // How many nodes have a session with this one.
  std::size_t callers() const;

  // Ends every session and call; the others hear of it at once.
  void Stop();

 private:
  struct Impl;
  explicit Transport(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace transport
