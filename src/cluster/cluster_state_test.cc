#include "cluster/cluster_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cluster {
namespace {

using testing::ElementsAre;

class Nodes : public testing::Test {
 protected:
  Nodes() {
    Add("n1", "probe-1", "10.0.0.1", {"cluster_manager", "data", "ingest"}, {{"zone", "a"}});
    Add("n2", "probe-2", "10.0.0.2", {"data", "remote_cluster_client"}, {{"zone", "b"}});
    Add("n3", "edge", "10.0.0.3", {"ml"}, {});
    state_.local_id = "n2";
    state_.manager_id = "n1";
  }

  void Add(const std::string& id, const std::string& name, const std::string& ip,
           std::vector<std::string> roles, std::map<std::string, std::string> attributes) {
    NodeInfo node;
    node.id = id;
    node.name = name;
    node.ip = node.host = ip;
    node.roles = std::move(roles);
    node.attributes = std::move(attributes);
    state_.nodes[id] = node;
  }

  std::vector<std::string> Resolve(std::vector<std::string> filters) const {
    const auto nodes = ResolveNodes(state_, filters);
    EXPECT_TRUE(nodes.ok()) << nodes.status().reason();
    return nodes.ok() ? *nodes : std::vector<std::string>{"?"};
  }

  ClusterState state_;
};

TEST_F(Nodes, AreAllIfNoneIsNamed) {
  EXPECT_THAT(Resolve({}), ElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(Resolve({"_all"}), ElementsAre("n1", "n2", "n3"));
}

TEST_F(Nodes, AreFoundByIdNameAndAddress) {
  EXPECT_THAT(Resolve({"n1"}), ElementsAre("n1"));
  EXPECT_THAT(Resolve({"probe-*"}), ElementsAre("n1", "n2"));
  EXPECT_THAT(Resolve({"10.0.0.3"}), ElementsAre("n3"));
  EXPECT_THAT(Resolve({"n*"}), ElementsAre()) << "ids take no wildcards";
  EXPECT_THAT(Resolve({"probe-1", " probe-2"}), ElementsAre("n1")) << "nothing is trimmed";
  EXPECT_THAT(Resolve({"nope"}), ElementsAre());
}

TEST_F(Nodes, AreFoundByTheirPart) {
  EXPECT_THAT(Resolve({"_local"}), ElementsAre("n2"));
  EXPECT_THAT(Resolve({"_master"}), ElementsAre("n1"));
  EXPECT_THAT(Resolve({"_cluster_manager"}), ElementsAre("n1"));
  state_.manager_id.clear();
  EXPECT_THAT(Resolve({"_master"}), ElementsAre());
}

TEST_F(Nodes, AreAddedAndRemovedByRoleInOrder) {
  EXPECT_THAT(Resolve({"data:true"}), ElementsAre("n1", "n2"));
  EXPECT_THAT(Resolve({"data: "}), ElementsAre("n1", "n2"));
  EXPECT_THAT(Resolve({"data:false"}), ElementsAre());
  EXPECT_THAT(Resolve({"_all", "data:false"}), ElementsAre("n3"));
  EXPECT_THAT(Resolve({"data:false", "_all"}), ElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(Resolve({"master:true"}), ElementsAre("n1"));
  EXPECT_THAT(Resolve({"coordinating_only:true"}), ElementsAre("n3"));
  EXPECT_THAT(Resolve({"ml:true"}), ElementsAre("n3"));
  EXPECT_THAT(Resolve({"_all", "ml:false"}), ElementsAre("n1", "n2"));
  EXPECT_THAT(Resolve({"remote_cluster_client:true"}), ElementsAre());
}

TEST_F(Nodes, AreFoundByAttribute) {
  EXPECT_THAT(Resolve({"zone:a"}), ElementsAre("n1"));
  EXPECT_THAT(Resolve({"z*:*"}), ElementsAre("n1", "n2"));
}

TEST_F(Nodes, RefuseARoleThatIsNeitherTrueNorFalse) {
  const auto nodes = ResolveNodes(state_, {"data:maybe"});
  ASSERT_FALSE(nodes.ok());
  EXPECT_EQ(nodes.status().reason(),
            "Failed to parse value [maybe] as only [true] or [false] are allowed.");
}

TEST_F(Nodes, MakeAClusterRedThatLostAShard) {
  auto index = std::make_shared<IndexMetadata>();
  index->number_of_replicas = 0;
  index->shard_nodes = {"n1"};
  state_.indices["a"] = index;
  EXPECT_EQ(state_.Health(), "green");
  auto wanting = std::make_shared<IndexMetadata>(*index);
  wanting->number_of_replicas = 1;
  state_.indices["b"] = wanting;
  EXPECT_EQ(state_.Health(), "yellow");
  auto lost = std::make_shared<IndexMetadata>(*index);
  lost->shard_nodes = {"gone"};
  state_.indices["c"] = lost;
  EXPECT_EQ(state_.Health(), "red");
}

}  // namespace
}  // namespace cluster
