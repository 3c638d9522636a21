// cluster/cluster_state.h
//
// What every node agrees on: who is there, which indices there are and where their shards live.
// Immutable snapshots; a change makes a new one.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/index/index_metadata.h"

namespace cluster {

struct NodeInfo {
  std::string id;  // 22 characters base64url, kept in the data directory
  std::string name;
  std::string host, ip;            // "127.0.0.1"
  std::string transport_address;   // "127.0.0.1:9300"
  std::string http_address;        // "127.0.0.1:9200"
  std::vector<std::string> roles;  // sorted: cluster_manager, data, ingest, remote_cluster_client
  std::map<std::string, std::string> attributes;
  std::uint64_t incarnation = 0;  // a process start
  // Shards that live on it and could not be opened: "<index uuid>/<shard>", and why.
  std::map<std::string, std::string> unopened;
  int disk_stage = 0;  // how many watermarks its disk is above: low, high, flood stage

  bool HasRole(std::string_view role) const;
};

// What indices are made of when they are created, by name, as JSON: see templates.h.
struct Templates {
  std::map<std::string, std::string> index, component, legacy;

  std::size_t bytes() const {
    std::size_t bytes = 0;
    for (const auto* of : {&index, &component, &legacy}) {
      for (const auto& [name, body] : *of) bytes += name.size() + body.size();
    }
    return bytes;
  }
};

// An index that was deleted: whoever was away then may still have data of it.
struct Tombstone {
  std::string index;
  std::int64_t millis = 0;  // when
};

// A record of the metadata that cannot be read. It is kept as it is until the operator discards it.
struct UnreadableRecord {
  std::string why;
  std::string index;  // the name of the index it was of, as far as that can be told
};

struct ClusterState {
  std::string cluster_name;
  std::string cluster_uuid;
  std::uint64_t version = 0;
  std::uint64_t sequence = 0;               // of the MetadataStore's write that made it
  std::string manager_id;                   // empty: none elected
  std::string local_id;                     // the node that holds this snapshot
  NodeInfo own;                             // what that node says of itself
  std::map<std::string, NodeInfo> nodes;    // by id
  std::map<std::string, IndexPtr> indices;  // by name
  std::map<std::string, std::string> persistent_settings, transient_settings;
  Templates templates;
  static constexpr std::size_t kTombstones = 500;
  std::map<std::string, Tombstone> tombstones;         // by uuid; the newest kTombstones
  std::map<std::string, UnreadableRecord> unreadable;  // by key

  // False: made by a node that has not read the store yet, and knows itself at most.
  bool recovered() const { return !cluster_uuid.empty(); }
  // The node that holds this snapshot, also while the others take it for gone.
  const NodeInfo& local() const {
    const auto found = nodes.find(local_id);
    return found == nodes.end() ? own : found->second;
  }
  IndexPtr FindIndex(std::string_view name) const;  // null if there is none
  // "green", "yellow" (a replica is wanted that has no node), "red".
  std::string Health() const;
};

// A snapshot, shared. There always is one: until something is known, that in which nothing is.
class StatePtr {
 public:
  StatePtr() : state_(Nothing()) {}
  StatePtr(std::shared_ptr<const ClusterState> state)  // NOLINT: implicit on purpose
      : state_(std::move(state)) {
    if (!state_) state_ = Nothing();
  }
  StatePtr(std::shared_ptr<ClusterState> state)  // NOLINT: likewise
      : StatePtr(std::shared_ptr<const ClusterState>(std::move(state))) {}
  // Moving would leave a null behind.
  StatePtr(const StatePtr&) = default;
  StatePtr& operator=(const StatePtr&) = default;

  const ClusterState& operator*() const { return *state_; }
  const ClusterState* operator->() const { return state_.get(); }
  bool operator==(const StatePtr&) const = default;

 private:
  static const std::shared_ptr<const ClusterState>& Nothing();

  std::shared_ptr<const ClusterState> state_;  // never null
};

// Node ids that `filters` mean, by OpenSearch's algorithm (order counts; empty list: all).
// 400 for `data:maybe`.
base::Result<std::vector<std::string>> ResolveNodes(const ClusterState& state,
                                                    const std::vector<std::string>& filters);

}  // namespace cluster
