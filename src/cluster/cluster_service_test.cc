#include "cluster/cluster_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "cluster/records.h"
#include "support/logged_lines.h"
#include "support/lone_task.h"
#include "support/memory_metadata_store.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;
using testing::ElementsAre;

NodeInfo Node(const std::string& id) {
  return {.id = id,
          .name = "opensearch-" + id,
          .host = "127.0.0.1",
          .ip = "127.0.0.1",
          .transport_address = "127.0.0.1:9300",
          .http_address = "127.0.0.1:9200",
          .roles = {"cluster_manager", "data", "ingest", "remote_cluster_client"},
          .attributes = {},
          .incarnation = 1};
}

class Cluster : public testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start() {
    service_ = std::make_unique<ClusterService>(store_, clock_);
    service_->Listen([this](const StatePtr& before, const StatePtr& now) {
      told_.emplace_back(before, now);
      seen_while_told_.push_back(service_->state());
    });
    ASSERT_TRUE(service_->Start("quell", Node("n1")).ok());
  }

  IndexPtr Create(const std::string& name, std::map<std::string, std::string> settings = {}) {
    const auto index =
        service_->CreateIndex(task_, {.name = name, .settings = std::move(settings)});
    EXPECT_TRUE(index.ok()) << index.status().reason();
    return index.ok() ? *index : nullptr;
  }

  MemoryMetadataStore store_;
  base::ManualClock clock_;
  LoneTask task_;
  std::unique_ptr<ClusterService> service_;
  std::vector<std::pair<StatePtr, StatePtr>> told_;
  std::vector<StatePtr> seen_while_told_;
};

TEST_F(Cluster, HasAnIdFromItsFirstStartOn) {
  const std::string uuid = service_->state()->cluster_uuid;
  EXPECT_EQ(uuid.size(), 22u);
  EXPECT_EQ(service_->state()->version, 1u);
  EXPECT_EQ(service_->state()->manager_id, "n1");
  EXPECT_EQ(service_->state()->local().name, "opensearch-n1");
  Start();
  EXPECT_EQ(service_->state()->cluster_uuid, uuid);
}

// As a node that others call while the store is out of its reach.
TEST_F(Cluster, KnowsItselfAtMostUntilItHasReadTheStore) {
  ASSERT_TRUE(Create("a"));
  ClusterService starting(store_, clock_);
  EXPECT_FALSE(starting.state()->recovered());
  EXPECT_TRUE(starting.state()->nodes.empty());
  starting.Introduce("quell", Node("n1"));
  EXPECT_FALSE(starting.state()->recovered());
  EXPECT_EQ(starting.state()->local().name, "opensearch-n1");
  EXPECT_TRUE(starting.state()->nodes.contains("n1"));
  EXPECT_TRUE(starting.state()->indices.empty());

  std::vector<const char*> order;
  starting.WhenApplied(1,
                       [&] { order.push_back(starting.state()->recovered() ? "applied" : "?"); });
  const std::uint64_t forgotten = starting.WhenApplied(1, [&] { order.push_back("forgotten"); });
  starting.Forget(forgotten);
  starting.Listen([&](const StatePtr& before, const StatePtr&) {
    EXPECT_TRUE(before->indices.empty());
    order.push_back("told");
  });
  const std::vector<Status> refused = {
      starting.CreateIndex(task_, {.name = "b"}).status(), starting.DeleteIndices(task_, {"a"}),
      starting.UpdateSettings(task_, {{"cluster.max_shards_per_node", "1"}}, {}),
      starting.PutLocal(task_), starting.Apply(task_, nullptr)};
  for (const Status& status : refused) {
    EXPECT_EQ(status.http_status(), 503);
    EXPECT_EQ(status.reason(),
              "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];");
  }
  ASSERT_TRUE(starting.Start("quell", Node("n1")).ok());
  EXPECT_THAT(order, ElementsAre(testing::StrEq("told"), testing::StrEq("applied")));
  EXPECT_TRUE(starting.state()->FindIndex("a"));
  starting.Introduce("quell", Node("n2"));
  EXPECT_EQ(starting.state()->local().name, "opensearch-n1") << "too late";
}

TEST_F(Cluster, KeepsIndicesOverARestart) {
  const IndexPtr made = Create("logs", {{"index.number_of_shards", "2"}});
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->uuid.size(), 22u);
  EXPECT_EQ(made->creation_millis, clock_.WallMillis());
  EXPECT_THAT(made->shard_nodes, ElementsAre("n1", "n1"));
  EXPECT_EQ(made->shard_keys.size(), 2u);
  EXPECT_THAT(made->primary_terms, ElementsAre(1, 1));
  Start();
  const IndexPtr found = service_->state()->FindIndex("logs");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->Encode(), made->Encode());
  EXPECT_THAT(made->shard_keys, testing::Not(testing::Contains(Create("more")->shard_keys.at(0))));
  EXPECT_EQ(service_->state()->version, 3u);
}

// Its data may still be there: that of a node that was away then.
TEST_F(Cluster, GivesNoShardKeyAgainAfterItsIndexIsGone) {
  const IndexPtr gone = Create("a");
  ASSERT_TRUE(service_->DeleteIndices(task_, {"a"}).ok());
  Start();
  EXPECT_NE(Create("a")->shard_keys, gone->shard_keys);
}

TEST_F(Cluster, GivesNoShardKeyAgainThatLostMetadataHadGiven) {
  const IndexPtr lost = Create("a");
  MemoryMetadataStore emptied;
  ClusterService anew(emptied, clock_);
  ASSERT_TRUE(anew.Start("quell", Node("n1")).ok());
  const auto made = anew.CreateIndex(task_, {.name = "a"});
  EXPECT_NE((*made)->shard_keys, lost->shard_keys);
}

TEST_F(Cluster, TellsListenersBeforeANewIndexIsSeenAndAfterADeletedOneIsNot) {
  told_.clear();
  seen_while_told_.clear();
  Create("a");
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].first->FindIndex("a"), nullptr);
  EXPECT_NE(told_[0].second->FindIndex("a"), nullptr);
  EXPECT_EQ(seen_while_told_[0]->FindIndex("a"), nullptr);
  ASSERT_TRUE(service_->DeleteIndices(task_, {"a"}).ok());
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(seen_while_told_[1]->FindIndex("a"), nullptr);
}

TEST_F(Cluster, RefusesNamesThatAreTaken) {
  const IndexPtr a = Create("a");
  const auto again = service_->CreateIndex(task_, {.name = "a"});
  EXPECT_EQ(again.status().type(), "resource_already_exists_exception");
  EXPECT_EQ(again.status().reason(), "index [a/" + a->uuid + "] already exists");
  ASSERT_TRUE(service_->CreateIndex(task_, {.name = "b", .aliases = {{"c", "{}"}}}).ok());
  EXPECT_EQ(service_->CreateIndex(task_, {.name = "c"}).status().reason(),
            "Invalid index name [c], already exists as alias");
  EXPECT_EQ(service_->CreateIndex(task_, {.name = "d", .aliases = {{"a", "{}"}}}).status().type(),
            "invalid_alias_name_exception");
  EXPECT_EQ(service_->CreateIndex(task_, {.name = "E"}).status().reason(),
            "Invalid index name [E], must be lowercase");
}

// In JSON they would all be the same name: "Duplicate field", and no node starts again.
TEST_F(Cluster, RefusesNamesThatAreNotUtf8WhereverTheyEnter) {
  ASSERT_TRUE(Create("a"));
  const StatePtr before = service_->state();
  for (const std::string bad : {"\xff", "\xfe", "x\xc3", "\xed\xa0\x80", "\xc0\xaf"}) {
    EXPECT_EQ(service_->CreateIndex(task_, {.name = bad}).status().reason(),
              "Invalid index name [" + bad + "], must be UTF-8");
    EXPECT_EQ(
        service_->CreateIndex(task_, {.name = "b", .aliases = {{bad, "{}"}}}).status().reason(),
        "Invalid alias name [" + bad + "]: must be UTF-8");
    const std::vector<Status> refused = {
        service_->CreateIndex(task_, {.name = "b", .aliases = {{"c", bad}}}).status(),
        service_->CreateIndex(task_, {.name = "b", .mappings = "{\"" + bad + "\":{}}"}).status(),
        service_->UpdateMapping(task_, "a", [&](const auto&) { return "{\"" + bad + "\":{}}"; })
            .status(),
        service_->UpdateIndexSettings(task_, {"a"}, {{"index." + bad, "1"}}, false),
        service_->UpdateSettings(task_, {{"cluster.routing.allocation.exclude.x" + bad, "1"}}, {}),
        service_->UpdateSettings(task_, {}, {{"cluster.routing.allocation.exclude._name", bad}}),
        service_->Apply(task_,
                        [&](ClusterState&) -> Result<ClusterService::Changes> {
                          return ClusterService::Changes{
                              TemplateRecord(TemplateKind::kIndex, bad, "{}")};
                        }),
        service_->Apply(task_, [&](ClusterState&) -> Result<ClusterService::Changes> {
          return ClusterService::Changes{TemplateRecord(TemplateKind::kLegacy, "t", bad)};
        })};
    for (const Status& status : refused) {
      EXPECT_EQ(status.http_status(), 400) << status.reason();
      EXPECT_NE(status.reason().find("is not UTF-8"), std::string::npos) << status.reason();
    }
  }
  EXPECT_EQ(service_->state(), before);
  EXPECT_TRUE(Create("日本-é")) << "which is UTF-8";
  Start();
}

TEST_F(Cluster, RefusesMoreShardsThanItsNodesMayHave) {
  const auto many =
      service_->CreateIndex(task_, {.name = "a", .settings = {{"index.number_of_shards", "501"}}});
  EXPECT_EQ(many.status().type(), "validation_exception");
  EXPECT_EQ(many.status().reason(),
            "Validation Failed: 1: this action would add [1002] total shards, but this cluster "
            "currently has [0]/[1000] maximum shards open;");
  Create("b", {{"index.number_of_shards", "500"}});
  EXPECT_FALSE(service_->CreateIndex(task_, {.name = "c"}).ok());
  EXPECT_NE(Create(".tasks"), nullptr) << "results of tasks must not be lost";
  EXPECT_EQ(service_
                ->UpdateIndexSettings(task_, {"b"},
                                      SettingsUpdate{{"index.number_of_replicas", "2"}}, false)
                .type(),
            "validation_exception");
}

TEST_F(Cluster, ExpandsReplicasToItsNodes) {
  const IndexPtr a =
      Create("a", {{"index.auto_expand_replicas", "0-1"}, {"index.number_of_replicas", "3"}});
  EXPECT_EQ(a->number_of_replicas, 0);
  EXPECT_EQ(service_->state()->Health(), "green");
  Create("b");
  EXPECT_EQ(service_->state()->Health(), "yellow");
}

TEST_F(Cluster, ChangesDynamicSettingsOnly) {
  const IndexPtr a = Create("a", {{"index.priority", "3"}});
  EXPECT_EQ(
      service_
          ->UpdateIndexSettings(
              task_, {"a"},
              SettingsUpdate{{"index.number_of_shards", "3"}, {"index.codec", "default"}}, false)
          .reason(),
      "Can't update non dynamic settings [[index.codec, index.number_of_shards]] for open "
      "indices [[a/" +
          a->uuid + "]]");
  ASSERT_TRUE(service_
                  ->UpdateIndexSettings(task_, {"a"},
                                        SettingsUpdate{{"index.number_of_replicas", "0"},
                                                       {"index.max_result_window", "5"},
                                                       {"index.priority", std::nullopt}},
                                        false)
                  .ok());
  IndexPtr now = service_->state()->FindIndex("a");
  EXPECT_EQ(now->number_of_replicas, 0);
  EXPECT_EQ(now->settings.count("index.priority"), 0u);
  EXPECT_EQ(a->number_of_replicas, 1) << "the old one is as it was";
  ASSERT_TRUE(service_
                  ->UpdateIndexSettings(
                      task_, {"a"},
                      SettingsUpdate{{"index.max_result_window", "9"}, {"index.hidden", "true"}},
                      true)
                  .ok());
  now = service_->state()->FindIndex("a");
  EXPECT_EQ(now->settings.at("index.max_result_window"), "5");
  EXPECT_EQ(now->settings.at("index.hidden"), "true");
  EXPECT_EQ(service_->UpdateIndexSettings(task_, {"zz"}, SettingsUpdate{}, false).type(),
            "index_not_found_exception");
}

TEST_F(Cluster, WritesNothingIfNothingChanges) {
  Create("a");
  const std::uint64_t sequence = store_.contents().sequence;
  const auto same = service_->UpdateMapping(
      task_, "a", [](const IndexMetadata& index) { return base::Result(index.mappings); });
  ASSERT_TRUE(same.ok());
  EXPECT_EQ((*same)->name, "a");
  EXPECT_EQ(store_.contents().sequence, sequence);
  const auto changed = service_->UpdateMapping(
      task_, "a", [](const IndexMetadata&) { return base::Result<std::string>("{\"a\":1}"); });
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(service_->state()->FindIndex("a")->mappings, "{\"a\":1}");
}

TEST_F(Cluster, LetsTheMappingOfALaterIndexOfTheSameNameAlone) {
  const std::string first = Create("a")->uuid;
  ASSERT_TRUE(service_->DeleteIndices(task_, {"a"}).ok());
  const std::string mappings = Create("a")->mappings;
  const auto grow = [](const IndexMetadata&) { return base::Result<std::string>("{\"a\":1}"); };
  EXPECT_EQ(service_->UpdateMapping(task_, "a", grow, first).status().type(),
            "index_not_found_exception");
  EXPECT_EQ(service_->state()->FindIndex("a")->mappings, mappings);
}

TEST_F(Cluster, WaitsForItsTurnAndHearsTheStop) {
  store_.Hold();
  LoneTask first, second;
  std::thread writer([&] { EXPECT_TRUE(service_->CreateIndex(first, {.name = "a"}).ok()); });
  store_.WaitUntilWriting(2);  // the first was the cluster's id
  std::thread waiter([&] {
    EXPECT_EQ(service_->CreateIndex(second, {.name = "b"}).status().code(), base::Code::kCancelled);
  });
  second.WaitUntilItWaitsOn("cluster state");
  second.Stop();
  waiter.join();
  store_.LetGo();
  writer.join();
  EXPECT_NE(service_->state()->FindIndex("a"), nullptr);
  EXPECT_EQ(service_->state()->FindIndex("b"), nullptr);
  EXPECT_NE(Create("b"), nullptr) << "the turn was given back";
}

TEST_F(Cluster, FinishesAChangeThatIsBeingWrittenWhenTheStopComes) {
  store_.Hold();
  LoneTask task;
  std::thread writer([&] { EXPECT_TRUE(service_->CreateIndex(task, {.name = "a"}).ok()); });
  store_.WaitUntilWriting(2);
  task.Stop();
  store_.LetGo();
  writer.join();
  EXPECT_NE(service_->state()->FindIndex("a"), nullptr);
  EXPECT_EQ(task->Checkpoint().code(), base::Code::kCancelled);
  EXPECT_FALSE(service_->CreateIndex(task, {.name = "b"}).ok());
}

TEST_F(Cluster, ForgetsAChangeThatWasNotWritten) {
  store_.FailNextWrite();
  EXPECT_EQ(service_->CreateIndex(task_, {.name = "a"}).status().http_status(), 503);
  EXPECT_EQ(service_->state()->FindIndex("a"), nullptr);
  EXPECT_NE(Create("a"), nullptr);
}

TEST_F(Cluster, LogsOnceAMinuteThatNothingCanBeWritten) {
  const test::LoggedLines log;
  for (int i = 0; i < 5; ++i) {
    store_.FailNextWrite();
    EXPECT_FALSE(service_->UpdateSettings(task_, {{"cluster.max_shards_per_node", "7"}}, {}).ok());
  }
  EXPECT_EQ(log.messages(), std::vector<std::string>{"metadata could not be written"});
}

TEST_F(Cluster, ReadsTheStoreAgainIfAnAnswerWasLost) {
  store_.LoseNextAnswer();
  EXPECT_EQ(service_->CreateIndex(task_, {.name = "a"}).status().code(),
            base::Code::kOutcomeUnknown);
  const auto again = service_->CreateIndex(task_, {.name = "a"});
  EXPECT_EQ(again.status().type(), "resource_already_exists_exception");
  ASSERT_NE(service_->state()->FindIndex("a"), nullptr);
  EXPECT_NE(Create("b"), nullptr);
}

std::vector<std::string> Resolved(const ClusterState& state, std::vector<std::string> expressions,
                                  const IndexOptions& options = {}) {
  const auto names = ResolveIndices(state, expressions, options);
  EXPECT_TRUE(names.ok()) << names.status().reason();
  return names.ok() ? *names : std::vector<std::string>{"?"};
}

TEST_F(Cluster, FindsIndicesByNameWildcardAndAlias) {
  Create("a1");
  Create("a2");
  Create("hid", {{"index.hidden", "true"}});
  ASSERT_TRUE(service_->CreateIndex(task_, {.name = "b", .aliases = {{"al", "{}"}}}).ok());
  const ClusterState& state = *service_->state();
  EXPECT_THAT(Resolved(state, {}), ElementsAre("a1", "a2", "b"));
  EXPECT_THAT(Resolved(state, {"_all"}), ElementsAre("a1", "a2", "b"));
  EXPECT_THAT(Resolved(state, {"*"}, {.expand_hidden = true}), ElementsAre("a1", "a2", "b", "hid"));
  EXPECT_THAT(Resolved(state, {"b", "a*", "b"}), ElementsAre("b", "a1", "a2"));
  EXPECT_THAT(Resolved(state, {"*", "-a1"}), ElementsAre("a2", "b"));
  EXPECT_THAT(Resolved(state, {"al"}), ElementsAre("b"));
  EXPECT_THAT(Resolved(state, {"hid"}), ElementsAre("hid"));
  EXPECT_THAT(Resolved(state, {"c*"}), ElementsAre());
  EXPECT_THAT(Resolved(state, {"c", "a1"}, {.ignore_unavailable = true}), ElementsAre("a1"));
  const auto missing = ResolveIndices(state, {"c", "a1"}, {});
  EXPECT_EQ(missing.status().http_status(), 404);
  EXPECT_EQ(missing.status().reason(), "no such index [c]");
  EXPECT_EQ(ResolveIndices(state, {"a1", "-a1"}, {}).status().reason(), "no such index [-a1]");
  EXPECT_EQ(ResolveIndices(state, {"c*"}, {.allow_no_indices = false}).status().reason(),
            "no such index [c*]");
  EXPECT_EQ(ResolveIndices(state, {"_nosuch"}, {}).status().reason(),
            "Invalid index name [_nosuch], must not start with '_'.");
}

TEST_F(Cluster, ExcludesNamesButNotTheIndicesOfAnAlias) {
  Create("a1");
  Create("a2");
  ASSERT_TRUE(service_->CreateIndex(task_, {.name = "b", .aliases = {{"al", "{}"}}}).ok());
  const ClusterState& state = *service_->state();
  EXPECT_THAT(Resolved(state, {"*", "-al"}), ElementsAre("a1", "a2", "b"));
  EXPECT_THAT(Resolved(state, {"*", "-al*"}), ElementsAre("a1", "a2"));
  EXPECT_EQ(ResolveIndices(state, {"a*", "-nope"}, {}).status().reason(), "no such index [nope]");
  EXPECT_EQ(ResolveIndices(state, {"a*", "-a*"}, {.allow_no_indices = false}).status().reason(),
            "no such index [null]");
  EXPECT_EQ(ResolveIndices(state, {"a*", "b*"}, {.expand_open = false}).status().reason(),
            "no such index [a*]");
}

TEST_F(Cluster, IgnoresAliasesWhereIndicesThemselvesAreMeant) {
  Create("a1");
  ASSERT_TRUE(service_->CreateIndex(task_, {.name = "b", .aliases = {{"al", "{}"}}}).ok());
  const ClusterState& state = *service_->state();
  const IndexOptions options{.ignore_aliases = true};
  EXPECT_THAT(Resolved(state, {"a*"}, options), ElementsAre("a1"));
  EXPECT_THAT(Resolved(state, {"al", "a1"}, {.ignore_unavailable = true, .ignore_aliases = true}),
              ElementsAre("a1"));
  EXPECT_FALSE(ResolveIndices(
                   state, {"al"},
                   {.ignore_unavailable = true, .allow_no_indices = false, .ignore_aliases = true})
                   .ok())
      << "the only expression means some index";
  for (const std::vector<std::string>& named : {std::vector<std::string>{"al"}, {"*", "-al"}}) {
    EXPECT_EQ(ResolveIndices(state, named, options).status().reason(),
              "The provided expression [al] matches an alias, specify the corresponding concrete "
              "indices instead.");
  }
}

// Not made by the service: it is only looked at.
ClusterState StateOf(int indices, int aliases) {
  ClusterState state;
  for (int i = 0; i < indices; ++i) {
    auto index = std::make_shared<IndexMetadata>();
    index->name = "index-" + std::to_string(i);
    for (int j = i; j < aliases; j += indices) index->aliases["al-" + std::to_string(j)] = "{}";
    state.indices[index->name] = index;
  }
  return state;
}

std::uint64_t LooksFor(const ClusterState& state, const std::vector<std::string>& expressions) {
  std::uint64_t looks = 0;
  EXPECT_TRUE(ResolveIndices(state, expressions, {.looks = &looks}).ok());
  return looks;
}

TEST(ResolvingIndices, LooksAtEachNameOnceAPattern) {
  const ClusterState state = StateOf(1'500, 5'000);
  constexpr std::uint64_t kNames = 6'500;
  std::vector<std::string> different;
  for (int i = 0; i < 400; ++i) different.push_back("*" + std::to_string(i) + "*");
  EXPECT_LE(LooksFor(state, different), 401 * kNames + 400);
  const std::vector<std::string> repeated(400, "*-1*");
  EXPECT_LE(LooksFor(state, repeated), 2 * kNames + 400);
  EXPECT_LE(LooksFor(state, std::vector<std::string>(400, "*")), 2 * kNames + 400);
  std::vector<std::string> plain;
  for (int i = 0; i < 5'000; ++i) plain.push_back("al-" + std::to_string(i));
  EXPECT_LE(LooksFor(state, plain), kNames + 5'000);
  std::vector<std::string> prefixed;  // held against what begins as they do
  for (int i = 0; i < 400; ++i) prefixed.push_back("index-1" + std::to_string(i) + "*");
  EXPECT_LE(LooksFor(state, prefixed), 5'000u + 2'000);
}

TEST(ResolvingIndices, RepeatsAPatternAfterAnExclusion) {
  const ClusterState state = StateOf(3, 0);
  EXPECT_THAT(Resolved(state, {"*", "-index-1", "*"}),
              ElementsAre("index-0", "index-2", "index-1"));
  EXPECT_THAT(Resolved(state, {"*", "-*", "index-2"}), ElementsAre("index-2"));
}

TEST_F(Cluster, AStopEndsTheResolutionOfNames) {
  const ClusterState state = StateOf(1'000, 0);
  tasks::TaskContext& task = *task_;
  task.RequestStop({.reason = "enough"});
  EXPECT_EQ(ResolveIndices(state, {"*1*"}, {.task = &task}).status().code(),
            base::Code::kCancelled);
}

TEST_F(Cluster, MappingsOfManyIndicesAreOneWriteOfTheMetadataOrNone) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) {
    names.push_back("i" + std::to_string(i));
    Create(names.back());
  }
  const std::uint64_t before = store_.contents().sequence;
  const auto grow = [](const IndexMetadata&) -> base::Result<std::string> {
    return std::string("{\"a\":1}");
  };
  ASSERT_TRUE(service_->UpdateMappings(task_, names, grow).ok());
  EXPECT_EQ(store_.contents().sequence, before + 1);
  EXPECT_EQ(service_->state()->FindIndex("i49")->mappings, "{\"a\":1}");
  const auto fail = [](const IndexMetadata& index) -> base::Result<std::string> {
    if (index.name == "i30") return base::IllegalArgument("no");
    return std::string("{}");
  };
  EXPECT_FALSE(service_->UpdateMappings(task_, names, fail).ok());
  EXPECT_EQ(store_.contents().sequence, before + 1);
  EXPECT_EQ(service_->state()->FindIndex("i0")->mappings, "{\"a\":1}");
}

}  // namespace
}  // namespace cluster
