#include "actions/indices/indices.h"

#include <gtest/gtest.h>

#include <future>

#include "support/test_node.h"

namespace actions::indices {
namespace {

class Administration : public testing::Test {
 protected:
  Administration() {
    Register(node_.node);
    node_.Start();
  }

  base::Status Run(std::string_view action,
                   const std::function<void(tasks::RunningTask, Done)>& start) {
    std::promise<base::Status> done;
    auto task = node_.registry.Register({.action = action});
    start(*std::move(task),
          [&](const base::Result<Acknowledged>& answer) { done.set_value(answer.status()); });
    return done.get_future().get();
  }
  base::Status Create(const std::string& body) {
    return Run(names::kCreateIndex, [&](tasks::RunningTask task, Done done) {
      indices::Create(
          node_.node, std::move(task), {.name = "a", .body = body},
          [done](const base::Result<Created>& created) {
            done(created.ok() ? base::Result<Acknowledged>(Acknowledged()) : created.status());
          });
    });
  }
  base::Status PutMapping(const std::string& body) {
    return Run(names::kPutMapping, [&](tasks::RunningTask task, Done done) {
      indices::PutMapping(node_.node, std::move(task), {"a"}, body, std::move(done));
    });
  }
  base::Status PutSettings(const std::string& body) {
    return Run(names::kUpdateSettings, [&](tasks::RunningTask task, Done done) {
      indices::PutSettings(node_.node, std::move(task), {"a"}, body, false, std::move(done));
    });
  }
  std::string uuid() { return node_.cluster.state()->FindIndex("a")->uuid; }

  test::TestNode node_;
};

TEST_F(Administration, HoldsAMappingAgainstTheSettingsBesideIt) {
  const std::string mappings =
      R"("mappings":{"properties":{"a":{"type":"long"},"b":{"type":"ip"}}})";
  EXPECT_EQ(Create("{" + mappings + R"(,"settings":{"mapping.total_fields.limit":1}})").reason(),
            "Limit of total fields [1] has been exceeded");
  EXPECT_TRUE(Create("{" + mappings + R"(,"settings":{"mapping.total_fields.limit":2}})").ok());
  EXPECT_EQ(PutMapping(R"({"properties":{"c":{"type":"long"}}})").reason(),
            "Limit of total fields [2] has been exceeded");
  EXPECT_TRUE(PutSettings(R"({"mapping.total_fields.limit":3})").ok());
  EXPECT_TRUE(PutMapping(R"({"properties":{"c":{"type":"long"}}})").ok());
}

TEST_F(Administration, OpensAnIndexAgainThatIsAboveItsLimitNow) {
  ASSERT_TRUE(
      Create(R"({"mappings":{"properties":{"a":{"type":"long"},"b":{"type":"ip"}}}})").ok());
  ASSERT_TRUE(PutSettings(R"({"mapping.total_fields.limit":1})").ok());
  const std::string index = uuid();
  EXPECT_EQ(node_.shards.MappingOf(index)->limits().total_fields, 1);
  node_.shards.Stop();
  ShardTable again(*node_.store, node_.registry, node_.loop, node_.clock);
  again.OnState({}, node_.cluster.state());
  ASSERT_NE(again.MappingOf(index), nullptr);
  EXPECT_EQ(again.MappingOf(index)->field_count(), 2u);
  EXPECT_EQ(again.MappingOf(index)->limits().total_fields, 1);
  EXPECT_EQ(again.OfIndex(index).size(), 1u);
}

TEST_F(Administration, TakesMappingsAndSettingsThatAreObjects) {
  EXPECT_EQ(Create(R"({"mappings":[]})").reason(), "key [mappings] must be an object");
  EXPECT_EQ(Create(R"({"settings":1})").reason(), "key [settings] must be an object");
}

}  // namespace
}  // namespace actions::indices
