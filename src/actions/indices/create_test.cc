#include <gtest/gtest.h>

#include <future>

#include "actions/indices/indices.h"
#include "support/test_node.h"

namespace actions::indices {
namespace {

class CreateIndex : public testing::Test {
 protected:
  CreateIndex() { node_.Start(); }

  std::future<base::Result<Created>> Begin(CreateRequest request) {
    auto done = std::make_shared<std::promise<base::Result<Created>>>();
    auto task = node_.registry.Register({.action = names::kCreateIndex});
    Create(node_.node, *std::move(task), std::move(request),
           [done](base::Result<Created> created) { done->set_value(std::move(created)); });
    return done->get_future();
  }

  test::TestNode node_;
};

TEST_F(CreateIndex, IsNotAcknowledgedByCopiesThatAreNotThereInTime) {
  CreateRequest request{.name = "a", .active_shards = 2};
  request.timeout = base::TimeValue::Millis(1);
  EXPECT_FALSE(Begin(request).get()->shards_acknowledged);
  EXPECT_TRUE(node_.cluster.state()->FindIndex("a"));
  EXPECT_TRUE(Begin({.name = "b"}).get()->shards_acknowledged);
  EXPECT_TRUE(Begin({.name = "c", .active_shards = 0}).get()->shards_acknowledged);
}

TEST_F(CreateIndex, HoldsNoThreadWhileItWaitsAndACancelEndsTheWait) {
  std::vector<std::future<base::Result<Created>>> waiting;
  for (int i = 0; i < 20; ++i) {  // more than there are threads
    CreateRequest request{.name = "a" + std::to_string(i),
                          .body = R"({"settings":{"write.wait_for_active_shards":"all"}})"};
    request.timeout = base::TimeValue::Minutes(60);
    waiting.push_back(Begin(std::move(request)));
  }
  EXPECT_TRUE(Begin({.name = "b"}).get()->shards_acknowledged);
  for (const tasks::TaskPtr& task : node_.Tasks(std::string(names::kCreateIndex))) {
    const auto waits_for_copies = [&task] {
      const char* const on = task->Info(false).waits_on;
      return on != nullptr && std::string_view(on) == "active copies";
    };
    while (!waits_for_copies()) std::this_thread::yield();
    task->RequestStop({tasks::StopCause::kUser, "by user request"});
  }
  for (auto& created : waiting) {
    const auto answer = created.get();
    ASSERT_TRUE(answer.ok()) << answer.status().reason();
    EXPECT_FALSE(answer->shards_acknowledged);
  }
}

TEST_F(CreateIndex, ForMoreCopiesThanItWillHaveIsRefused) {
  const auto why = [this](CreateRequest request) {
    return Begin(std::move(request)).get().status().reason();
  };
  const std::string none = R"({"settings":{"number_of_replicas":0}})";
  EXPECT_EQ(why({.name = "a", .body = none, .active_shards = 2}),
            "invalid wait_for_active_shards[2]: cannot be greater than number of shard copies [1]");
  EXPECT_EQ(why({.name = "a",
                 .body = R"({"settings":{"number_of_replicas":0,)"
                         R"("index.write.wait_for_active_shards":"2"}})"}),
            "invalid index.write.wait_for_active_shards[2]: cannot be greater than number of shard "
            "copies [1]");
  EXPECT_EQ(node_.cluster.state()->FindIndex("a"), nullptr);
}

}  // namespace
}  // namespace actions::indices
