// server/store_keeper.h
//
// StoreKeeper keeps the ledger of what the store must contain: it checks the embedded metadata
// against it at startup, writes it every few seconds and at a clean stop, and tells the other nodes
// which shards could not be opened.
//
// Lifetime: made by NodeProcess after the shards, Stop() before they go. Threads: Start(), Stop()
// the process's main one; it works on the node's disk loop.

#pragma once

#include <atomic>
#include <set>
#include <string>

#include "actions/node.h"
#include "server/data_directory.h"
#include "server/embedded_metadata_store.h"

namespace server {

class StoreKeeper {
 public:
  // `own_metadata` is null if they are kept on NATS.
  StoreKeeper(actions::Node& node, journal::Ledger& ledger, EmbeddedMetadataStore* own_metadata)
      : node_(node), ledger_(ledger), own_metadata_(own_metadata) {}

  // 500 if the embedded metadata are older than the ledger says, unless `accepted` names that.
  static base::Status CheckMetadata(journal::Ledger& ledger, cluster::MetadataStore& own_metadata,
                                    const std::set<std::string>& accepted);

  void Start();
  // What is to be written at the very end; takes the shards, which may leave the table then.
  void BeginStop() { last_ = node_.shards.All(); }
  void Stop();

 private:
  void KeepAndAgain();
  void Keep(const std::vector<std::shared_ptr<engine::Shard>>& shards);
  void Report();

  actions::Node& node_;
  journal::Ledger& ledger_;
  EmbeddedMetadataStore* const own_metadata_;
  bool started_ = false;  // the main thread's; a node that refused to start remembers nothing new
  std::vector<std::shared_ptr<engine::Shard>> last_;  // the main thread's
  std::string failure_;                               // the disk loop's; of the last write
  std::atomic<bool> reporting_ = false;               // a report is under way
};

}  // namespace server
