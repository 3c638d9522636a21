// What is told of several nodes: each is asked for what only it knows, silent ones are named.

#include "cluster/allocation.h"
#include "cluster/records.h"
#include "rest/routes/cluster_fixture.h"

namespace rest::routes {
namespace {

using base::json::Document;

std::string Names(const base::json::Value& object) {
  std::string names;
  for (const auto& member : object.members()) names += std::string(member.key) + " ";
  return names;
}

TEST_F(TwoNodesTest, AreBothDescribedAndAskedForWhatOnlyTheyKnow) {
  for (const char* target :
       {"/_nodes", "/_nodes/os,process", "/_nodes/stats", "/_nodes/stats/os"}) {
    const Document all = Parse(Get(target));
    EXPECT_EQ(all.root().Find("_nodes")->ToString(), R"({"total":2,"successful":2,"failed":0})");
    EXPECT_EQ(Names(*all.root().Find("nodes")), "node-a node-b ") << target;
    EXPECT_TRUE(all.root().FindPath({"nodes", "node-b", "os"})) << target;
  }
  const Document stats = Parse(Get("/_nodes/opensearch-node2/stats/http"));
  EXPECT_EQ(stats.root().FindPath({"nodes", "node-b", "http"})->ToString(),
            R"({"current_open":1,"total_opened":2})");
  EXPECT_EQ(Names(*stats.root().Find("nodes")), "node-b ");
  EXPECT_EQ(Names(*Parse(Get("/_nodes/_local")).root().Find("nodes")), "node-a ");
  EXPECT_EQ(Get("/_cat/nodes?h=name,master,pid&s=name"),
            "opensearch-node1 - " + std::to_string(getpid()) + "\nopensearch-node2 * " +
                std::to_string(getpid()) + "\n");
}

TEST_F(TwoNodesTest, ASilentOneIsNamedWhenTheTimeIsOver) {
  Silence();
  const Document stats = Parse(Get("/_nodes/stats?timeout=20ms"));
  const auto& nodes = *stats.root().Find("_nodes");
  EXPECT_EQ(nodes.Find("total")->text(), "2");
  EXPECT_EQ(nodes.Find("successful")->text(), "1");
  EXPECT_EQ(nodes.Find("failed")->text(), "1");
  const auto& failure = *nodes.Find("failures")->items()[0];
  EXPECT_EQ(failure.Find("type")->text(), "failed_node_exception");
  EXPECT_EQ(failure.Find("reason")->text(), "Failed node [node-b]");
  EXPECT_EQ(failure.Find("node_id")->text(), "node-b");
  EXPECT_EQ(failure.FindPath({"caused_by", "type"})->text(), "receive_timeout_transport_exception");
  EXPECT_EQ(Names(*stats.root().Find("nodes")), "node-a ");
  EXPECT_EQ(Parse(Get("/_nodes?timeout=20ms")).root().FindPath({"_nodes", "failed"})->text(), "1");
  EXPECT_EQ(Get("/_cat/nodes?timeout=20ms&h=name,role&s=name"),
            "opensearch-node1 dimr\nopensearch-node2 dimr\n");
  held_.LetGo();
}

TEST_F(TwoNodesTest, ClientsThatSniffGetEveryAddressWithoutAnybodyBeingAsked) {
  Silence();
  for (const char* target : {"/_nodes/http", "/_nodes/_all/http", "/_nodes/_all/http,plugins"}) {
    const Document all = Parse(Get(target));
    EXPECT_EQ(all.root().Find("_nodes")->ToString(), R"({"total":2,"successful":2,"failed":0})");
    EXPECT_TRUE(all.root().FindPath({"nodes", "node-b", "http", "publish_address"})) << target;
  }
}

TEST_F(TwoNodesTest, EachNodeTellsWhatItsShardsAndThreadsDo) {
  CreateIndex("here", 2, 0);
  const Document stats = Parse(Get("/_nodes/stats/indices/docs?level=shards"));
  for (const char* node : {"node-a", "node-b"}) {
    const auto* const shards = stats.root().FindPath({"nodes", node, "indices", "shards", "here"});
    ASSERT_TRUE(shards) << node;
    EXPECT_EQ(shards->items().size(), 1u) << node;
  }
  const std::string hot = Get("/_nodes/hot_threads?interval=1ms");
  EXPECT_NE(hot.find("::: {opensearch-node1}{node-a}"), std::string::npos) << hot;
  EXPECT_NE(hot.find("::: {opensearch-node2}{node-b}"), std::string::npos) << hot;
  const Document usage = Parse(Get("/_nodes/usage"));
  EXPECT_TRUE(usage.root().FindPath({"nodes", "node-b", "rest_actions"}));
}

TEST_F(TwoNodesTest, DocumentsOfShardsElsewhereAreCountedInTheTableOfIndices) {
  CreateIndex("here", 2, 0);
  const auto index = node_.cluster.state()->FindIndex("here");
  ASSERT_NE(index->shard_nodes[0], index->shard_nodes[1]);
  EXPECT_EQ(Get("/_cat/indices?h=index,docs.count,health"), "here 0 green\n");
}

TEST_F(TwoNodesTest, ShardsElsewhereAreCountedAndShownWhereTheyAre) {
  CreateIndex("x", 2, 1);
  EXPECT_EQ(Get("/_cat/shards/x?h=index,shard,prirep,state,docs,node&s=shard,prirep"),
            "x 0 p STARTED    0 opensearch-node1\n"
            "x 0 r UNASSIGNED   \n"
            "x 1 p STARTED    0 opensearch-node2\n"
            "x 1 r UNASSIGNED   \n");
  EXPECT_EQ(Get("/_cat/allocation?h=shards,node&s=node"),
            "2 UNASSIGNED\n1 opensearch-node1\n1 opensearch-node2\n");
  const Document state = Parse(Get("/_cluster/state/routing_table/x"));
  EXPECT_EQ(state.root()
                .FindPath({"routing_table", "indices", "x", "shards", "1"})
                ->items()[0]
                ->Find("node")
                ->text(),
            "node-b");
}

TEST_F(TwoNodesTest, TheFiguresOfAClusterAreThoseOfBoth) {
  const Document stats = Parse(Get("/_cluster/stats"));
  EXPECT_EQ(stats.root().FindPath({"nodes", "count", "total"})->text(), "2");
  EXPECT_EQ(stats.root().FindPath({"nodes", "count", "data"})->text(), "2");
  Silence();
  const Document one = Parse(Get("/_cluster/stats?timeout=20ms"));
  EXPECT_EQ(one.root().FindPath({"_nodes", "failed"})->text(), "1");
  EXPECT_EQ(one.root().FindPath({"nodes", "count", "total"})->text(), "1");
  held_.LetGo();
}

TEST_F(TwoNodesTest, NewShardsAreNotPlacedOnANodeThatIsExcluded) {
  EXPECT_EQ(Call("PUT", "/_cluster/settings",
                 R"({"persistent":{"cluster.routing.allocation.exclude._name":"*node1"}})")
                .status,
            200);
  CreateIndex("x", 2, 0);
  EXPECT_EQ(Get("/_cat/shards/x?h=node"), "opensearch-node2\nopensearch-node2\n");
}

TEST_F(TwoNodesTest, AShardThatMovesIsShownAsOpenSearchDoes) {
  node_.CreateIndex("x", 2, {{"index.number_of_replicas", "0"}});
  auto task = node_.registry.Register({.action = "test"});
  const base::Status planned = node_.cluster.Apply(
      **task, [](cluster::ClusterState& state) -> base::Result<cluster::ClusterService::Changes> {
        state.transient_settings["cluster.routing.allocation.exclude._name"] = "opensearch-node1";
        return cluster::ClusterService::Changes{
            cluster::IndexRecord(*cluster::PlanMoves(state).at(0))};
      });
  (*std::move(task)).Finish(tasks::End(planned));
  EXPECT_EQ(Get("/_cat/shards/x?h=index,shard,prirep,state,node&s=shard"),
            "x 0 p RELOCATING opensearch-node1 -> 127.0.0.1 node-b opensearch-node2\n"
            "x 1 p STARTED    opensearch-node2\n");
  const Document health = Parse(Get("/_cluster/health?level=shards"));
  EXPECT_EQ(health.root().Find("status")->text(), "green");
  EXPECT_EQ(health.root().Find("active_shards")->text(), "2");
  EXPECT_EQ(health.root().Find("relocating_shards")->text(), "1");
  EXPECT_EQ(health.root().FindPath({"indices", "x", "relocating_shards"})->text(), "1");
  EXPECT_EQ(Call("GET", "/_cluster/health?wait_for_no_relocating_shards=true&timeout=10ms").status,
            408);
  const Document state = Parse(Get("/_cluster/state/routing_table/x"));
  const auto& copy =
      *state.root().FindPath({"routing_table", "indices", "x", "shards", "0"})->items()[0];
  EXPECT_EQ(copy.Find("state")->text(), "RELOCATING");
  EXPECT_EQ(copy.Find("node")->text(), "node-a");
  EXPECT_EQ(copy.Find("relocating_node")->text(), "node-b");
}

TEST_F(TwoNodesTest, TellTheHistoryOfBothTheNewestFirst) {
  const auto end = [](test::TestNode& node, const char* name) {
    tasks::TaskSpec spec{.action = "test:ended"};
    spec.description = name;
    auto task = node.registry.Register(std::move(spec));
    (*std::move(task)).Finish(tasks::End());
    const std::int64_t now = node.clock.WallMillis();
    while (node.clock.WallMillis() == now) std::this_thread::yield();
  };
  end(node_, "first");
  end(other_, "second");
  end(node_, "third");
  end(other_, "fourth");
  const auto told = [this](const std::string& more) {
    std::string names;
    const Document answer = Parse(Get("/_tasks/_history?actions=test:ended" + more));
    for (const auto* task : answer.root().Find("tasks")->items())
      names += std::string(task->Find("description")->text()) + " ";
    if (answer.root().Find("node_failures")) names += "and a failure";
    return names;
  };
  EXPECT_EQ(told(""), "fourth third second first ");
  EXPECT_EQ(told("&from=1&size=2"), "third second ");
  EXPECT_EQ(told("&nodes=opensearch-node2"), "fourth second ");
}

}  // namespace
}  // namespace rest::routes
