// cluster/nats/internal/names.h
//
// How a cluster's streams and subjects are called, and how NATS's addresses are written. Two
// clusters never share a name. Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cluster::nats::internal {

// One token of a subject: letters, digits and `-` stay, every other byte becomes `_XX`.
std::string ToToken(std::string_view text);
// What ToToken() was given; nullopt-like empty Result for what it never makes.
base::Result<std::string> FromToken(std::string_view token);

std::string StreamName(std::string_view cluster, std::string_view what);
std::string SubjectName(std::string_view cluster, std::string_view what);

struct Address {
  std::string url;   // as it was given
  std::string host;  // without brackets
  std::uint16_t port = 4222;
};
// "nats://a:4222,tls://[::1]:4223,b": 400 for what is none.
base::Result<std::vector<Address>> ParseAddresses(std::string_view urls);
// Without users and passwords, for logs and errors.
std::string Presentable(std::string_view urls);

}  // namespace cluster::nats::internal
