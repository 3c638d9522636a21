// What the tests of several nodes share: services over one store in memory.

#pragma once

#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>
#include <thread>

#include "cluster/cluster_service.h"
#include "support/lone_task.h"
#include "support/memory_metadata_store.h"

namespace cluster {

inline NodeInfo MemberInfo(const std::string& id, std::uint64_t incarnation = 1) {
  return {.id = id,
          .name = "opensearch-" + id,
          .host = "127.0.0.1",
          .ip = "127.0.0.1",
          .transport_address = "127.0.0.1:930" + id.substr(1),
          .http_address = "127.0.0.1:920" + id.substr(1),
          .roles = {"cluster_manager", "data"},
          .attributes = {},
          .incarnation = incarnation};
}

class SeveralNodes : public testing::Test {
 protected:
  ClusterService& Joined(const std::string& id, std::uint64_t incarnation = 1) {
    ClusterService& service = services_.emplace_back(store_, clock_);
    const base::Status joined = service.Join(task_, "quell", MemberInfo(id, incarnation), nullptr);
    EXPECT_TRUE(joined.ok()) << joined.reason();
    return service;
  }
  IndexPtr Create(ClusterService& service, const std::string& name, int shards = 1) {
    const auto made = service.CreateIndex(
        task_, {.name = name, .settings = {{"index.number_of_shards", std::to_string(shards)}}});
    EXPECT_TRUE(made.ok()) << made.status().reason();
    return made.ok() ? *made : nullptr;
  }
  // Nobody is told of news from now on.
  void Deafen() { store_.Watch(nullptr); }
  static void Await(const std::function<bool()>& there) {
    while (!there()) std::this_thread::yield();
  }

  MemoryMetadataStore store_;
  base::ManualClock clock_;
  LoneTask task_;
  std::list<ClusterService> services_;  // last
};

}  // namespace cluster
