// cluster/nats/internal/server_info.h
//
// What a nats-server says of itself to whoever connects, which the client library keeps to itself:
// its version. Asked once, before the first connect, also to say precisely why there is none.
//
// Threads: pure functions.

#pragma once

#include <array>
#include <chrono>
#include <string>

#include "base/result.h"
#include "cluster/nats/internal/names.h"

namespace cluster::nats::internal {

struct ServerInfo {
  std::string version;
};

// Waits at most `timeout` (a name's resolution comes on top). The reason of a failure is the end of
// the sentence "nats-server at … ".
base::Result<ServerInfo> AskServerInfo(const Address& address, std::chrono::milliseconds timeout);

// "2.9.10" and "2.11.0-beta.1" as numbers; zeros for what is no version.
std::array<int, 3> ParseVersion(std::string_view version);

}  // namespace cluster::nats::internal
