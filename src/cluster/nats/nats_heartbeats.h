// cluster/nats/nats_heartbeats.h
//
// Heartbeats in a JetStream stream with a subject a node, of which the last message is kept; a
// beat's revision is its sequence.
//
// Lifetime: made by server/; holds the connection. Threads: any. Every call waits for the server,
// for at most the timeout, and not at all while the connection is away.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cluster/heartbeats.h"
#include "cluster/nats/connection.h"

namespace cluster::nats {

class NatsHeartbeats final : public Heartbeats {
 public:
  // Makes the cluster's stream if there is none.
  static base::Result<std::unique_ptr<NatsHeartbeats>> Open(std::shared_ptr<Connection> connection);

  base::Status Put(const std::string& node_id, std::string_view value) override;
  base::Result<std::map<std::string, Beat>> Read() override;
  base::Status Remove(const std::string& node_id) override;

 private:
  explicit NatsHeartbeats(std::shared_ptr<Connection> connection);
  std::string Subject(const std::string& node_id) const;
  std::chrono::steady_clock::time_point Soon() const;

  const std::shared_ptr<Connection> connection_;  // constant
  const std::string stream_, subjects_;           // constant
};

}  // namespace cluster::nats
