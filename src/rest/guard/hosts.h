// rest/guard/hosts.h
//
// AcceptedHosts knows by which names and addresses this node may be called. A page whose name was
// rebound to this machine (DNS rebinding) calls it by the page's own name, and so gives itself
// away.
//
// Threads: a constant value.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rest::guard {

class AcceptedHosts {
 public:
  // An address by number proves that no name was rebound. Where a node listens off loopback it may
  // have many, some of them known to a router alone.
  enum class Addresses : bool { kListed, kAny };

  // `names` are names and addresses without a port, in which `*` stands for any run of characters;
  // loopback names and addresses are accepted in any case. 400 if one is malformed.
  static base::Result<AcceptedHosts> Make(const std::vector<std::string>& names,
                                          Addresses addresses);

  // `authority` is what a Host header says: a name or an address, perhaps with a port, which does
  // not matter: tunnels and containers change it.
  bool Accept(std::string_view authority) const;

 private:
  AcceptedHosts() = default;

  std::vector<std::string> names_;  // lower case, addresses in one spelling
  Addresses addresses_ = Addresses::kListed;
};

}  // namespace rest::guard
