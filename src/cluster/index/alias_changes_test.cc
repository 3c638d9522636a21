#include "cluster/index/alias_changes.h"

#include <gtest/gtest.h>

#include "support/lone_task.h"
#include "support/memory_metadata_store.h"

namespace cluster {
namespace {

using Kind = AliasChange::Kind;

class Aliases : public testing::Test {
 protected:
  Aliases() {
    NodeInfo node;
    node.id = "n1";
    node.roles = {"data"};
    EXPECT_TRUE(service_.Start("quell", node).ok());
    for (const char* name : {"a", "b"}) {
      EXPECT_TRUE(service_.CreateIndex(task_, {.name = name}).ok());
    }
  }
  base::Status Make(const std::vector<AliasChange>& changes) {
    return ChangeAliases(service_, task_, changes);
  }
  bool Has(const char* index, const char* alias) {
    return service_.state()->FindIndex(index)->aliases.contains(alias);
  }

  MemoryMetadataStore store_;
  base::ManualClock clock_;
  LoneTask task_;
  ClusterService service_{store_, clock_};
};

TEST_F(Aliases, ChangeAllOrNone) {
  const AliasChange add{.kind = Kind::kAdd, .indices = {"*"}, .aliases = {"x"}};
  const AliasChange bad{.kind = Kind::kAdd, .indices = {"a"}, .aliases = {"b"}};
  EXPECT_EQ(Make({add, bad}).type(), "invalid_alias_name_exception");
  EXPECT_FALSE(Has("a", "x"));
  EXPECT_TRUE(Make({add}).ok());
  EXPECT_TRUE(Has("a", "x") && Has("b", "x"));
}

TEST_F(Aliases, AnAliasMayMoveInOneChange) {
  ASSERT_TRUE(Make({{.kind = Kind::kAdd, .indices = {"a"}, .aliases = {"x"}}}).ok());
  ASSERT_TRUE(Make({{.kind = Kind::kRemove, .indices = {"a"}, .aliases = {"x"}},
                    {.kind = Kind::kAdd, .indices = {"b"}, .aliases = {"x"}}})
                  .ok());
  EXPECT_FALSE(Has("a", "x"));
  EXPECT_TRUE(Has("b", "x"));
}

TEST_F(Aliases, ThatAreMissingAreNamedUnlessTheyNeedNotExist) {
  AliasChange remove{.kind = Kind::kRemove, .indices = {"a"}, .aliases = {"x", "y*"}};
  EXPECT_EQ(Make({remove}).reason(), "aliases [x, y*] missing");
  remove.must_exist = false;
  EXPECT_TRUE(Make({remove}).ok());
}

TEST_F(Aliases, AnIndexMayBeReplacedByOne) {
  ASSERT_TRUE(Make({{.kind = Kind::kRemoveIndex, .indices = {"a"}},
                    {.kind = Kind::kAdd, .indices = {"b"}, .aliases = {"a"}}})
                  .ok());
  EXPECT_EQ(service_.state()->FindIndex("a"), nullptr);
  EXPECT_TRUE(Has("b", "a"));
  EXPECT_EQ(Make({{.kind = Kind::kRemoveIndex, .indices = {"a"}}}).http_status(), 400);
}

TEST_F(Aliases, HaveOneWriteIndexAtMost) {
  const auto add = [](const char* index) {
    return AliasChange{.kind = Kind::kAdd,
                       .indices = {index},
                       .aliases = {"x"},
                       .how = R"({"is_write_index":true})"};
  };
  ASSERT_TRUE(Make({add("a")}).ok());
  EXPECT_EQ(Make({add("b")}).reason(), "alias [x] has more than one write index [a,b]");
}

TEST_F(Aliases, ManyOfOneIndexAreOneWriteOfTheMetadata) {
  std::vector<AliasChange> changes;
  for (int i = 0; i < 10'000; ++i) {
    changes.push_back(
        {.kind = Kind::kAdd, .indices = {"a"}, .aliases = {"alias-" + std::to_string(i)}});
  }
  const std::uint64_t before = store_.contents().sequence;
  ASSERT_TRUE(Make(changes).ok());
  EXPECT_EQ(store_.contents().sequence, before + 1);
  EXPECT_EQ(service_.state()->FindIndex("a")->aliases.size(), 10'000u);
  for (AliasChange& change : changes) change.kind = Kind::kRemove;
  ASSERT_TRUE(Make(changes).ok());
  EXPECT_EQ(store_.contents().sequence, before + 2);
  EXPECT_TRUE(service_.state()->FindIndex("a")->aliases.empty());
}

TEST_F(Aliases, AnIndexThatIsRemovedGetsNone) {
  const base::Status refused = Make({{.kind = Kind::kAdd, .indices = {"a", "b"}, .aliases = {"x"}},
                                     {.kind = Kind::kRemoveIndex, .indices = {"a"}}});
  EXPECT_EQ(refused.reason(), "no such index [a]");
  EXPECT_NE(service_.state()->FindIndex("a"), nullptr);
  EXPECT_FALSE(Has("b", "x"));
}

TEST_F(Aliases, MayTakeTheNameOfAnIndexThatIsRemovedLaterInTheRequest) {
  ASSERT_TRUE(Make({{.kind = Kind::kAdd, .indices = {"b"}, .aliases = {"a"}},
                    {.kind = Kind::kRemoveIndex, .indices = {"a"}}})
                  .ok());
  EXPECT_TRUE(Has("b", "a"));
}

class AliasesNotFollowed : public Aliases {
 protected:
  AliasesNotFollowed() {
    EXPECT_TRUE(service_.CreateIndex(task_, {.name = "logs-1"}).ok());
    EXPECT_TRUE(Make({{.kind = Kind::kAdd, .indices = {"a"}, .aliases = {"logs-a"}}}).ok());
  }
};

TEST_F(AliasesNotFollowed, ByAWildcardThatRemovesIndices) {
  ASSERT_TRUE(Make({{.kind = Kind::kRemoveIndex, .indices = {"logs-*"}}}).ok());
  EXPECT_EQ(service_.state()->FindIndex("logs-1"), nullptr);
  EXPECT_NE(service_.state()->FindIndex("a"), nullptr);
}

TEST_F(AliasesNotFollowed, ByAWildcardThatAddsOrRemovesAliases) {
  ASSERT_TRUE(Make({{.kind = Kind::kAdd, .indices = {"logs-*"}, .aliases = {"x"}}}).ok());
  EXPECT_TRUE(Has("logs-1", "x"));
  EXPECT_FALSE(Has("a", "x"));
  EXPECT_EQ(Make({{.kind = Kind::kRemove, .indices = {"logs-*"}, .aliases = {"logs-a"}}}).reason(),
            "aliases [logs-a] missing");
  EXPECT_TRUE(Has("a", "logs-a"));
}

TEST_F(AliasesNotFollowed, ByTheirName) {
  for (const Kind kind : {Kind::kAdd, Kind::kRemove, Kind::kRemoveIndex}) {
    EXPECT_EQ(Make({{.kind = kind, .indices = {"logs-a"}, .aliases = {"y"}}}).reason(),
              "The provided expression [logs-a] matches an alias, specify the corresponding "
              "concrete indices instead.");
  }
}

}  // namespace
}  // namespace cluster
