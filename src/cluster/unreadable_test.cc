// Metadata records that cannot be read: they take nothing else with them.

#include <gtest/gtest.h>

#include "cluster/cluster_service.h"
#include "cluster/records.h"
#include "support/lone_task.h"
#include "support/memory_metadata_store.h"

namespace cluster {
namespace {

class Unreadable : public testing::Test {
 protected:
  Unreadable() {
    EXPECT_TRUE(Start().ok());
    EXPECT_TRUE(Create("good").ok());
    EXPECT_TRUE(Create("bad").ok());
    key_ = "index/" + service_->state()->FindIndex("bad")->uuid;
  }

  base::Status Start(std::set<std::string> discard = {}) {
    service_ = std::make_unique<ClusterService>(store_, clock_);
    service_->Discard(std::move(discard));
    return service_->Start("quell", {.id = "n1", .roles = {"cluster_manager", "data"}});
  }
  base::Status Create(const std::string& name) {
    return service_->CreateIndex(task_, {.name = name}).status();
  }
  void Damage(const std::string& key, const std::string& value) {
    const auto sequence = store_.Load()->sequence;
    ASSERT_TRUE(store_.Write(sequence, {{key, value}}).ok());
  }
  bool InStore(const std::string& key) { return store_.Load()->records.contains(key); }

  MemoryMetadataStore store_;
  base::ManualClock clock_;
  LoneTask task_;
  std::unique_ptr<ClusterService> service_;
  std::string key_;
};

TEST_F(Unreadable, IsNamedAndTakesNoOtherIndexWithIt) {
  Damage(key_, R"({"name":"bad","name":"bad"})");
  ASSERT_TRUE(Start().ok());
  const StatePtr state = service_->state();
  EXPECT_NE(state->FindIndex("good"), nullptr);
  EXPECT_EQ(state->FindIndex("bad"), nullptr);
  ASSERT_TRUE(state->unreadable.contains(key_));
  EXPECT_FALSE(state->unreadable.at(key_).why.empty());
  EXPECT_TRUE(InStore(key_)) << "it can still be mended";
}

TEST_F(Unreadable, KeepsItsNameAsLongAsItIsThere) {
  Damage(key_, R"({"name":"bad","uuid":)");
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(Create("bad").type(), "resource_already_exists_exception");
  EXPECT_TRUE(Create("other").ok());
}

TEST_F(Unreadable, IsDiscardedWhenTheOperatorNamesIt) {
  const std::string good = "index/" + service_->state()->FindIndex("good")->uuid;
  Damage(key_, "rubbish");
  ASSERT_TRUE(Start({key_, good, "index/none"}).ok());
  EXPECT_TRUE(service_->state()->unreadable.empty());
  EXPECT_FALSE(InStore(key_));
  EXPECT_TRUE(InStore(good)) << "what can be read is not discarded";
  EXPECT_TRUE(Create("bad").ok());
}

TEST_F(Unreadable, IsASecondIndexOfOneName) {
  const IndexPtr good = service_->state()->FindIndex("good");
  IndexMetadata twin = *good;
  twin.uuid = "zzzzzzzzzzzzzzzzzzzzzz";
  Damage(IndexRecord(twin).key, *IndexRecord(twin).value);
  ASSERT_TRUE(Start().ok());
  ASSERT_EQ(service_->state()->unreadable.size(), 1u);
  EXPECT_NE(service_->state()->FindIndex("good"), nullptr);
  EXPECT_NE(service_->state()->unreadable.begin()->second.why.find("[good]"), std::string::npos);
}

TEST_F(Unreadable, StopsTheStartIfNobodyKnowsWhichClusterItIs) {
  Damage("cluster", "rubbish");
  const base::Status why = Start();
  EXPECT_NE(why.reason().find("the metadata record [cluster] cannot be read"), std::string::npos);
  EXPECT_NE(why.reason().find("node.accept_loss=cluster"), std::string::npos);
  ASSERT_TRUE(Start({"cluster"}).ok());
  EXPECT_FALSE(service_->state()->cluster_uuid.empty());
  EXPECT_NE(service_->state()->FindIndex("good"), nullptr);
}

}  // namespace
}  // namespace cluster
