#include "server/internal/gate.h"

#include "cluster/cluster_service.h"

namespace server {

namespace {

// GET /_tasks/{id} is not among them: the results of tasks that have ended are in an index.
bool IsEarly(const rest::http::RequestHead& head) {
  const auto& path = head.target.segments;
  if (path.empty()) return true;
  if (path[0] == "_cat") return path.size() == 2 && path[1] == "tasks";
  if (path[0] != "_tasks") return false;
  return path.size() == 1 || path.back() == "_cancel" || path[1] == "_stream" ||
         path[1] == "_history";
}

}  // namespace

void Gate::Handle(rest::http::ExchangePtr exchange) {
  const OpenFor open_for = open_for_.load(std::memory_order_acquire);
  const bool passes =
      open_for == OpenFor::kAll || (open_for == OpenFor::kEarly && IsEarly(exchange->head()));
  if (passes) return behind_.Handle(std::move(exchange));
  exchange->Respond(OnBadRequest(cluster::StateNotRecovered()));
}

}  // namespace server
