// rest/routes/cluster_fixture.h
//
// A node with the routes about the cluster behind a real HTTP server; and the same as one of two
// nodes that share their metadata.
//
// Lifetime: one test.

#pragma once

#include <algorithm>
#include <string>
#include <thread>

#include "actions/hot_threads/hot_threads.h"
#include "actions/index_stats/shard_stats.h"
#include "actions/indices/indices.h"
#include "actions/node_stats/ask.h"
#include "actions/state_ack.h"
#include "actions/tasks_history/history.h"
#include "base/json/tree.h"
#include "rest/routes/cat.h"
#include "rest/routes/cluster.h"
#include "rest/routes/nodes.h"
#include "rest/routes/root.h"
#include "rest/routes/tasks_history.h"
#include "support/served.h"
#include "support/tasks_fixture.h"

namespace rest::routes {

inline void RegisterClusterActions(actions::Node& node) {
  actions::RegisterStateAck(node);
  actions::indices::Register(node);
  actions::tasks_history::Register(node);
  actions::index_stats::Register(node);
  actions::hot_threads::Register(node);
  actions::node_stats::Register(node, [] { return actions::node_stats::Connections{1, 2}; });
}

class ClusterRoutesTest : public test::TasksTest {
 protected:
  explicit ClusterRoutesTest(test::TestNode::Options options = {}) : TasksTest(std::move(options)) {
    RegisterClusterActions(node_.node);
    node_.Start();
    AddRootRoute(router_, node_.node);
    AddClusterRoutes(router_, node_.node);
    AddNodeRoutes(router_, node_.node);
    AddCatRoutes(router_, node_.node);
    AddTaskHistoryRoutes(router_, node_.node);
  }

  test::HttpAnswer Call(std::string_view method, const std::string& target,
                        std::string_view body = {}) {
    if (body.empty()) return served_.Connect().Call(method, target);
    return served_.Connect().Call(method, target, body, {{"Content-Type", "application/json"}});
  }
  std::string Get(const std::string& target) { return Call("GET", target).body; }
  static base::json::Document Parse(const std::string& text) {
    auto parsed = base::json::Document::Parse(text);
    if (!parsed.ok()) throw std::runtime_error("no JSON: " + text);
    return *std::move(parsed);
  }

  Router router_;
  test::Served served_{[this](http::ExchangePtr exchange) { router_.Handle(std::move(exchange)); }};
};

// What the node under test shares with the other one, which is made first.
struct OtherNode {
  OtherNode() {
    RegisterClusterActions(other_.node);
    other_.Start();
  }

  MemoryMetadataStore shared_;
  test::TestNode other_{{.node_id = "node-b", .name = "opensearch-node2", .shared = &shared_}};
};

// node-a, which is asked, and node-b, which manages the cluster.
class TwoNodesTest : protected OtherNode, public ClusterRoutesTest {
 protected:
  // A way on which nothing comes back until it is let go.
  class HeldPeer final : public tasks::Peer {
   public:
    explicit HeldPeer(std::string id) : id_(std::move(id)) {}
    ~HeldPeer() override { LetGo(); }
    const std::string& node_id() const override { return id_; }
    std::shared_ptr<tasks::Call> Start(tasks::StartRequest, tasks::CallEvents events) override {
      std::lock_guard lock(mutex_);
      held_.push_back(std::move(events));
      return std::make_shared<NoCancel>();
    }
    void LetGo() {
      std::vector<tasks::CallEvents> held;
      {
        std::lock_guard lock(mutex_);
        held.swap(held_);
      }
      for (const auto& events : held) events.on_end(tasks::End(base::Cancelled("let go")));
    }

   private:
    struct NoCancel final : tasks::Call {
      void Cancel(const tasks::Stop&) override {}
    };
    const std::string id_;
    std::mutex mutex_;
    std::vector<tasks::CallEvents> held_;  // guarded by mutex_
  };

  TwoNodesTest() : ClusterRoutesTest({.shared = &shared_}) {
    node_.others = {{"node-b", &other_.self}};
  }
  // Which the other one has heard of, too.
  void CreateIndex(const std::string& name, int shards, int replicas) {
    node_.CreateIndex(name, shards, {{"index.number_of_replicas", std::to_string(replicas)}});
    while (other_.cluster.state()->FindIndex(name) == nullptr) std::this_thread::yield();
  }
  // As if the other one were frozen.
  void Silence() { node_.others = {{"node-b", &held_}}; }

  HeldPeer held_{"node-b"};
};

}  // namespace rest::routes
