// cluster/nats/connection.h
//
// The one connection of a node to NATS, for its metadata store and its heartbeats. It comes back by
// itself, for as long as it takes, once it has been there; while it is away every call over it
// fails at once, and no call waits longer than its timeout, not even for a frozen server.
//
// Lifetime: made by server/, shared by the stores over it, closed with the last of them. Threads:
// any; its own for sending, the others are the library's.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"

namespace cluster::nats {

namespace internal {
class Link;
}

struct ConnectionOptions {
  std::string urls;  // `cluster.nats.url`: a list with commas
  std::string cluster_name;
  int replicas = 1;  // of the streams, when they are made
  std::chrono::milliseconds timeout{2000};
  std::string credentials_file;  // empty: none, or user and password in the url
  std::string tls_ca_file;       // any of these three: TLS
  std::string tls_certificate_file;
  std::string tls_key_file;
};

class Connection {
 public:
  // Waits until a server answers, each for at most the timeout; the failure says what to do.
  // Warns of a server that cannot sync each write.
  static base::Result<std::shared_ptr<Connection>> Connect(const ConnectionOptions& options);
  ~Connection();  // waits until no thread of the library can call back
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whether a server is there, as far as one can know.
  bool connected() const;
  const ConnectionOptions& options() const { return options_; }
  // "2.9.10"; empty if it could not be learnt.
  const std::string& server_version() const { return server_version_; }

  internal::Link& link() { return *link_; }

 private:
  Connection(ConnectionOptions options, std::string server_version,
             std::unique_ptr<internal::Link> link);

  const ConnectionOptions options_;       // constant
  const std::string server_version_;      // constant
  std::unique_ptr<internal::Link> link_;  // constant
};

}  // namespace cluster::nats
