// transport/internal/node_directory.h
//
// Which process speaks for which node id, as this node's sessions in both directions hear it. A
// second live process with the same id (a copied data directory) is refused; a process that has
// died makes room for its next incarnation at once if its connections have closed, else when its
// lease is over.
//
// Lifetime: one a Transport. Threads: any. Times are Clock::BootNanos().

#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/status.h"

namespace transport::internal {

// Of refusals that trying again does not mend: the node must not run.
inline constexpr char kSecondNode[] = "duplicate_node_id_exception";

class NodeDirectory {
 public:
  NodeDirectory(std::string own_id, std::uint64_t own_incarnation, std::int64_t lease_nanos)
      : own_id_(std::move(own_id)), own_incarnation_(own_incarnation), lease_nanos_(lease_nanos) {}

  // OK: a connection of that process has opened, say Closed() when it ends. 409 kSecondNode: the
  // other process is known to live, as it was heard after the newcomer. 503: it may live.
  base::Status Open(const std::string& id, std::uint64_t incarnation, std::int64_t now);
  void Heard(const std::string& id, std::uint64_t incarnation, std::int64_t now);
  void Closed(const std::string& id, std::uint64_t incarnation);

 private:
  struct Node {
    std::uint64_t incarnation = 0;
    int open = 0;
    std::int64_t heard = 0;
    std::uint64_t newcomer = 0;  // another incarnation that was told to wait
    std::int64_t newcomer_at = 0;
  };

  const std::string own_id_;             // constant
  const std::uint64_t own_incarnation_;  // constant
  const std::int64_t lease_nanos_;       // constant
  std::mutex mutex_;
  std::map<std::string, Node> nodes_;  // guarded by mutex_; those with a connection
};

}  // namespace transport::internal
