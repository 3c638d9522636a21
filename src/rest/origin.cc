#include "rest/origin.h"

namespace rest {

tasks::OriginPtr OriginOf(const http::RequestHead& head) {
  auto origin = std::make_shared<tasks::Origin>();
  for (const char* name : {"X-Opaque-Id", "X-Request-Id"}) {
    if (const std::string* value = head.headers.Find(name)) {
      origin->headers.emplace_back(name, *value);
    }
  }
  const bool v6 = head.remote_address.find(':') != std::string::npos;
  origin->remote_address = (v6 ? "[" + head.remote_address + "]" : head.remote_address) + ":" +
                           std::to_string(head.remote_port);
  return origin;
}

tasks::Stop ClientGoneStop() { return {tasks::StopCause::kClientGone, "channel closed", {}, 0, 0}; }

}  // namespace rest
