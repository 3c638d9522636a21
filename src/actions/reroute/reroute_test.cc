#include "actions/reroute/reroute.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/cluster_health/health.h"
#include "actions/shards/find_shard.h"
#include "cluster/records.h"
#include "support/lone_task.h"
#include "support/test_node.h"

namespace actions::reroute {
namespace {

// A node with an index of two shards; the ledger knows more of the second one than the store has.
class LostShard : public testing::Test {
 protected:
  static constexpr std::uint64_t kKey = 42;

  LostShard() {
    cluster::IndexMetadata index;
    index.name = "docs";
    index.uuid = "uuid";
    index.number_of_shards = 2;
    index.number_of_replicas = 0;
    index.shard_nodes = {"node-a", "node-a"};
    index.shard_keys = {kKey - 1, kKey};
    index.primary_terms = {1, 1};
    EXPECT_TRUE(node_.metadata.Write(0, {cluster::IndexRecord(index)}).ok());
    ledger_ = *journal::Ledger::Open(dir_.path() + "/ledger");
    ledger_->Note(kKey, {.index = "docs", .index_uuid = "uuid", .record = 9, .last_seq_no = 99});
    node_.shards.UseLedger(*ledger_);
    node_.Start();
  }

  base::Status Reroute(const std::string& command, const std::string& more, int shard = 1,
                       Options options = {}) {
    auto task = *node_.registry.Register({.action = kReroute});
    auto commands = ParseCommands(
        *task, R"({"commands":[{")" + command + R"(":{"index":"docs","shard":)" +
                   std::to_string(shard) + R"(,"node":"opensearch-node1")" + more + "}}]}");
    if (!commands.ok()) {
      std::move(task).Finish(tasks::End(commands.status()));
      return commands.status();
    }
    std::promise<base::Status> done;
    reroute::Run(node_.node, std::move(task), *std::move(commands), options,
                 [&](const base::Result<Rerouted>& answer) { done.set_value(answer.status()); });
    return done.get_future().get();
  }
  cluster_health::Color Color() { return cluster_health::HealthOf(node_.node, {"docs"}).color; }

  TempDir dir_;
  std::unique_ptr<journal::Ledger> ledger_;
  test::TestNode node_;
  LoneTask task_;
};

TEST_F(LostShard, IsRedAndExplainedAndItsReadersHearWhy) {
  EXPECT_EQ(Color(), cluster_health::Color::kRed);
  const auto explained = Explain(node_.node, std::nullopt);
  ASSERT_TRUE(explained.ok());
  EXPECT_EQ(explained->copy.shard, 1);
  EXPECT_EQ(explained->copy.unassigned_because, "ALLOCATION_FAILED");
  EXPECT_NE(explained->copy.unassigned_details.find("acknowledged operations are missing"),
            std::string::npos);
  const auto found = FindShard(node_.node, task_, "uuid", 1);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.status().http_status(), 503);
  EXPECT_NE(found.status().reason().find("[docs][1]: acknowledged operations are missing"),
            std::string::npos);
  EXPECT_TRUE(FindShard(node_.node, task_, "uuid", 0).ok()) << "the other shard works";
}

TEST_F(LostShard, IsNotForgottenByWhatIsRememberedNext) {
  EXPECT_TRUE(node_.shards.Remember(node_.shards.All()).ok());
  EXPECT_EQ(ledger_->Find(kKey)->record, 9u);
}

TEST_F(LostShard, IsOpenedWithWhatIsThereOnceTheLossIsAccepted) {
  EXPECT_EQ(Reroute("allocate_stale_primary", "").reason(),
            "[allocate_stale_primary] allocating an empty primary for [docs][1] can result in data "
            "loss. Please confirm by setting the accept_data_loss parameter to true");
  EXPECT_TRUE(
      Reroute("allocate_stale_primary", R"(,"accept_data_loss":true)", 1, {.dry_run = true}).ok());
  EXPECT_EQ(Color(), cluster_health::Color::kRed);
  EXPECT_TRUE(Reroute("allocate_stale_primary", R"(,"accept_data_loss":true)").ok());
  EXPECT_EQ(Color(), cluster_health::Color::kGreen);
  EXPECT_TRUE(node_.shards.Remember(node_.shards.All()).ok());
  EXPECT_EQ(ledger_->Find(kKey)->record, 0u);
  EXPECT_EQ(ledger_->Find(kKey)->primary_term, 2);
}

TEST_F(LostShard, IsBegunAnewOnceTheLossIsAccepted) {
  EXPECT_TRUE(Reroute("allocate_empty_primary", R"(,"accept_data_loss":true)").ok());
  EXPECT_EQ(Color(), cluster_health::Color::kGreen);
  EXPECT_FALSE(ledger_->Find(kKey));
  EXPECT_NE(node_.cluster.state()->FindIndex("docs")->shard_keys[1], kKey);
}

TEST_F(LostShard, IsTheOnlyOneThatMayBeGivenUp) {
  EXPECT_EQ(Reroute("allocate_empty_primary", R"(,"accept_data_loss":true)", 0).reason(),
            "[allocate_empty_primary] primary [docs][0] is already assigned");
  EXPECT_EQ(Reroute("allocate_empty_primary", R"(,"accept_data_loss":true)", 7).http_status(), 404);
  EXPECT_TRUE(Reroute("allocate_empty_primary", "", 0, {.explain = true}).ok());
  EXPECT_EQ(Reroute("move", "").http_status(), 400);
  EXPECT_EQ(Reroute("nonsense", "").type(), "named_object_not_found_exception");
  EXPECT_EQ(Reroute("allocate_empty_primary", R"(,"spelt_wrong":true)").http_status(), 400);
}

}  // namespace
}  // namespace actions::reroute
