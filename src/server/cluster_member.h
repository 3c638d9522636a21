// server/cluster_member.h
//
// What a node has that is one of several (cluster.nats.url): the metadata they share on NATS, the
// transport between them, its beats. A node alone has none of it.
//
// Lifetime: made by NodeProcess before the ClusterService, whose store it brings; Join() when the
// actions are registered; Leave() first on the way down, Stop() when no task is left. Threads: the
// process's main one; peers are found on any.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cluster/members.h"
#include "cluster/nats/connection.h"
#include "server/data_directory.h"
#include "server/settings.h"
#include "transport/transport.h"

namespace server {

class ClusterMember {
 public:
  struct Options {
    cluster::nats::ConnectionOptions nats;
    transport::Options transport;
    cluster::Members::Options members;
  };
  // Null if the node is to be alone.
  static base::Result<std::optional<Options>> Plan(const Settings& settings);

  // Connects to NATS.
  static base::Result<std::unique_ptr<ClusterMember>> Open(Options options);
  ~ClusterMember();

  cluster::MetadataStore& metadata();

  struct Place {
    const DataDirectory& directory;
    transport::LocalNode node;
    cluster::ClusterService& cluster;
    cluster::MetadataStore& own_metadata;          // what the node kept while it was alone
    const std::set<std::string>& accepted_losses;  // node.accept_loss
  };
  // Listens for the others; the port that it has.
  base::Result<std::uint16_t> Listen(const Place& place);
  // Joins as `local`, bringing the indices of a directory that was alone so far.
  base::Status Join(const Place& place, const std::string& cluster_name,
                    const cluster::NodeInfo& local);
  void Leave(const Place& place);
  void Stop();

  // Null: not a node of the cluster.
  transport::RemotePeer* Find(const std::string& node_id) const;

 private:
  struct Impl;
  explicit ClusterMember(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

// 400 if the directory belongs to a cluster of several nodes: alone, it would know old metadata.
base::Status CheckMayBeAlone(const DataDirectory& directory);

}  // namespace server
