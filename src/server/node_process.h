// server/node_process.h
//
// One running node: makes everything, connects it, and takes it down in reverse. The only place
// that knows all.
//
// Lifetime: made and stopped by main(). Threads: one.

#pragma once

#include <memory>

#include "server/settings.h"

namespace server {

class NodeProcess {
 public:
  // Starts the node: when it returns, REST answers on http_port().
  static base::Result<std::unique_ptr<NodeProcess>> Start(const Settings& settings);
  // Stops in reverse: no new requests, tasks are told and awaited, then the store closes.
  ~NodeProcess();

  std::uint16_t http_port() const;

 private:
  struct Impl;
  explicit NodeProcess(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
