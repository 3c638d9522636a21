// cluster/nats/internal/base64.h
//
// The standard alphabet with padding, as JetStream writes the bytes of a message into JSON.
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cluster::nats::internal {

// Nothing if it is not base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace cluster::nats::internal
