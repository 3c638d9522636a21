#include "transport/internal/node_directory.h"

namespace transport::internal {

using base::Status;

namespace {

Status Second(const std::string& id) {
  return Status(409, kSecondNode,
                "a second live node has the id [" + id +
                    "]; a data directory must not be copied to another node");
}

}  // namespace

Status NodeDirectory::Open(const std::string& id, std::uint64_t incarnation, std::int64_t now) {
  if (id == own_id_ && incarnation != own_incarnation_) return Second(id);
  std::lock_guard lock(mutex_);
  Node& node = nodes_[id];
  if (node.open > 0 && node.incarnation != incarnation && now < node.heard + lease_nanos_) {
    if (node.newcomer == incarnation && node.heard > node.newcomer_at) return Second(id);
    if (node.newcomer != incarnation) {
      node.newcomer = incarnation;
      node.newcomer_at = now;
    }
    return Status(503, "node_not_connected_exception",
                  "an earlier process with the id [" + id + "] may still be alive");
  }
  if (node.incarnation != incarnation) node = {.incarnation = incarnation};
  ++node.open;
  node.heard = now;
  return {};
}

void NodeDirectory::Heard(const std::string& id, std::uint64_t incarnation, std::int64_t now) {
  std::lock_guard lock(mutex_);
  const auto node = nodes_.find(id);
  if (node != nodes_.end() && node->second.incarnation == incarnation) node->second.heard = now;
}

void NodeDirectory::Closed(const std::string& id, std::uint64_t incarnation) {
  std::lock_guard lock(mutex_);
  const auto node = nodes_.find(id);
  if (node == nodes_.end() || node->second.incarnation != incarnation) return;
  if (--node->second.open == 0) nodes_.erase(node);
}

}  // namespace transport::internal
