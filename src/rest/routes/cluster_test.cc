#include "rest/routes/cluster.h"

#include "base/json/compact_writer.h"
#include "rest/build_info.h"
#include "rest/routes/cluster_fixture.h"
#include "rest/routes/nested_settings.h"

namespace rest::routes {
namespace {

using base::json::Document;
using test::HttpAnswer;

TEST_F(ClusterRoutesTest, RootSaysWhatAnswersAndHeadTheSameWithoutBody) {
  const HttpAnswer answer = Call("GET", "/");
  EXPECT_TRUE(
      answer.body.starts_with("{\n  \"name\" : \"opensearch-node1\",\n"
                              "  \"cluster_name\" : \"test\",\n"))
      << answer.body;
  const Document root = Parse(answer.body);
  EXPECT_EQ(root.root().FindPath({"version", "number"})->text(), "2.19.1");
  EXPECT_EQ(root.root().FindPath({"version", "distribution"})->text(), "opensearch");
  EXPECT_EQ(root.root().FindPath({"version", "build_hash"})->text(), build::Hash());
  EXPECT_EQ(root.root().Find("tagline")->text(), "The OpenSearch Project: https://opensearch.org/");
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("HEAD", "/"));
  const HttpAnswer head = client.ReadAnswer(/*to_head=*/true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), std::to_string(answer.body.size()));
}

TEST_F(ClusterRoutesTest, HealthIsShapedAsOpenSearchs) {
  node_.CreateIndex("a", 2, {{"index.number_of_replicas", "1"}});
  node_.CreateIndex("b", 1, {{"index.number_of_replicas", "0"}});
  EXPECT_EQ(
      Get("/_cluster/health"),
      R"({"cluster_name":"test","status":"yellow","timed_out":false,"number_of_nodes":1,)"
      R"("number_of_data_nodes":1,"discovered_master":true,"discovered_cluster_manager":true,)"
      R"("active_primary_shards":3,"active_shards":3,"relocating_shards":0,)"
      R"("initializing_shards":0,"unassigned_shards":2,"delayed_unassigned_shards":0,)"
      R"("number_of_pending_tasks":0,"number_of_in_flight_fetch":0,)"
      R"("task_max_waiting_in_queue_millis":0,"active_shards_percent_as_number":60.0})");
  const Document levels = Parse(Get("/_cluster/health/a?level=shards"));
  EXPECT_EQ(levels.root().Find("indices")->members().size(), 1u);
  EXPECT_EQ(levels.root().FindPath({"indices", "a", "shards", "1"})->ToString(),
            R"({"status":"yellow","primary_active":true,"active_shards":1,"relocating_shards":0,)"
            R"("initializing_shards":0,"unassigned_shards":1})");
  EXPECT_EQ(levels.root().Find("active_shards_percent_as_number")->text(), "60.0");
  EXPECT_FALSE(
      Parse(Get("/_cluster/health/a?level=indices")).root().FindPath({"indices", "a", "shards"}));
}

TEST_F(ClusterRoutesTest, HealthNamesAFullDisk) {
  node_.CreateIndex("a", 1, {{"index.blocks.read_only_allow_delete", "true"}});
  const Document health = Parse(Get("/_cluster/health"));
  ASSERT_EQ(health.root().Find("problems")->items().size(), 1u);
  EXPECT_TRUE(
      health.root()
          .Find("problems")
          ->items()[0]
          ->text()
          .starts_with("[1] indices take no documents, a disk of theirs is above the flood stage"));
}

TEST_F(ClusterRoutesTest, AStateThatIsWaitedForShowsWhatCameMeanwhile) {
  const std::string next = std::to_string(node_.node.cluster.state()->version + 1);
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("GET",
                                "/_cluster/state/metadata/a?ignore_unavailable=false"
                                "&wait_for_metadata_version=" +
                                    next));
  node_.WaitForTask("cluster:monitor/state");
  node_.CreateIndex("a", 1);
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  const Document state = Parse(answer.body);
  EXPECT_EQ(state.root().Find("wait_for_timed_out")->text(), "false");
  EXPECT_NE(state.root().FindPath({"metadata", "indices", "a"}), nullptr);
}

TEST_F(ClusterRoutesTest, AHealthThatDoesNotComeIs408) {
  node_.CreateIndex("a", 1, {{"index.number_of_replicas", "1"}});
  for (const char* wish :
       {"wait_for_status=green", "wait_for_nodes=>=2", "wait_for_nodes=gt(1)", "wait_for_nodes=3",
        "wait_for_active_shards=all", "wait_for_active_shards=9"}) {
    const HttpAnswer answer = Call("GET", "/_cluster/health?timeout=10ms&" + std::string(wish));
    EXPECT_EQ(answer.status, 408) << wish;
    EXPECT_NE(answer.body.find(R"("status":"yellow","timed_out":true)"), std::string::npos);
  }
  const HttpAnswer missing = Call("GET", "/_cluster/health/nope?timeout=10ms");
  EXPECT_EQ(missing.status, 408);
  EXPECT_NE(missing.body.find(R"("status":"red","timed_out":true)"), std::string::npos);
  for (const char* wish :
       {"wait_for_status=yellow", "wait_for_nodes=<=1", "wait_for_nodes=1",
        "wait_for_active_shards=1", "wait_for_events=languid", "wait_for_status=RED"}) {
    EXPECT_EQ(Call("GET", "/_cluster/health?" + std::string(wish)).status, 200) << wish;
  }
  EXPECT_EQ(Call("GET", "/_cluster/health/nope*").status, 200);
}

TEST_F(ClusterRoutesTest, AHealthThatIsWaitedForComes) {
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("GET", "/_cluster/health/later?wait_for_status=green&timeout=9s"));
  node_.WaitForTask("cluster:monitor/health");
  node_.CreateIndex("later", 1, {{"index.number_of_replicas", "0"}});
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(ClusterRoutesTest, BadWishesAreRefused) {
  for (const char* wish : {"wait_for_status=blue", "wait_for_nodes=foo", "wait_for_active_shards=x",
                           "wait_for_events=foo", "wait_for_no_relocating_shards=x", "timeout=5",
                           "foo=1", "awareness_attribute=zone"}) {
    EXPECT_EQ(Call("GET", "/_cluster/health?" + std::string(wish)).status, 400) << wish;
  }
}

TEST_F(ClusterRoutesTest, SettingsAreEmptyUntilSomethingIsSet) {
  EXPECT_EQ(Get("/_cluster/settings"), R"({"persistent":{},"transient":{}})");
  EXPECT_NE(Get("/_cluster/settings?include_defaults").find(R"("defaults":{"action":{)"),
            std::string::npos);
  EXPECT_EQ(Call("PUT", "/_cluster/settings").status, 400);
}

TEST_F(ClusterRoutesTest, SettingsOfManyPointsAreShownAndOfTooManyRefused) {
  const std::string group = "cluster.routing.allocation.exclude.";
  const auto body = [&](int points) {
    std::string name = group;
    for (int i = 0; i < points; ++i) name += "a.";
    return R"({"persistent":{")" + name + R"(z":"x"}})";
  };
  EXPECT_EQ(Call("PUT", "/_cluster/settings", body(100'000)).status, 400);
  EXPECT_EQ(Call("PUT", "/_cluster/settings", body(4'000)).status, 200);
  EXPECT_EQ(Call("GET", "/_cluster/settings").status, 200);
}

TEST_F(ClusterRoutesTest, NodesTellWhereTheyAre) {
  const Document all = Parse(Get("/_nodes"));
  EXPECT_EQ(all.root().FindPath({"_nodes", "total"})->text(), "1");
  const auto& node = *all.root().FindPath({"nodes", "node-a"});
  EXPECT_EQ(node.members()[0].key, "name");
  EXPECT_EQ(node.Find("version")->text(), "2.19.1");
  EXPECT_TRUE(node.Find("os"));
  for (const char* target : {"/_nodes/http", "/_nodes/_all/http", "/_nodes/_local/http,nope"}) {
    const Document told = Parse(Get(target));
    EXPECT_TRUE(told.root().FindPath({"nodes", "node-a", "http", "publish_address"})) << target;
    EXPECT_FALSE(told.root().FindPath({"nodes", "node-a", "os"})) << target;
  }
  EXPECT_EQ(Get("/_nodes/nope"),
            R"({"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"test","nodes":{}})");
  EXPECT_EQ(Call("GET", "/_nodes?foo=1").status, 400);
}

TEST_F(ClusterRoutesTest, StatsTellWhatIsUsedAndOurHistogramsWhenAskedByName) {
  const auto task = Hold("test:work");
  tasks::Stop stop;
  stop.reason = "x";
  task->RequestStop(stop);
  Release(task, tasks::End(base::Cancelled("x")));
  const Document all = Parse(Get("/_nodes/stats"));
  const auto& node = *all.root().FindPath({"nodes", "node-a"});
  for (const char* section :
       {"indices", "os", "process", "thread_pool", "fs", "http", "task_cancellation"}) {
    EXPECT_TRUE(node.Find(section)) << section;
  }
  EXPECT_FALSE(node.Find("cancel_to_end")) << "no key of ours unasked";
  EXPECT_TRUE(node.FindPath({"thread_pool", "write", "completed"}));
  const Document ours = Parse(Get("/_nodes/stats/cancel_to_end,checkpoint_gaps"));
  const auto& histograms = *ours.root().FindPath({"nodes", "node-a"});
  EXPECT_EQ(histograms.FindPath({"cancel_to_end", "test:work", "count"})->text(), "1");
  EXPECT_TRUE(histograms.Find("checkpoint_gaps"));
  EXPECT_FALSE(histograms.Find("os"));
}

class LateTasksTest : public ClusterRoutesTest {
 protected:
  LateTasksTest() : ClusterRoutesTest({.late = {.after_nanos = 1}}) {}
};

// B16: what is late is told in less than whole seconds, and the settings are known.
TEST_F(LateTasksTest, B16CountSearchesOnShardsThatRunOnAfterTheirCancel) {
  const auto counts = [this] {
    const Document all = Parse(Get("/_nodes/stats/task_cancellation"));
    const auto& of =
        *all.root().FindPath({"nodes", "node-a", "task_cancellation", "search_shard_task"});
    return std::string(of.Find("current_count_post_cancel")->text()) + " " +
           std::string(of.Find("total_count_post_cancel")->text());
  };
  const auto task = Hold("indices:data/read/search[phase/query]");
  const auto other = Hold("indices:data/write/bulk");
  EXPECT_EQ(counts(), "0 0");
  for (const auto& stopped : {task, other}) {
    stopped->RequestStop({tasks::StopCause::kUser, "by user request"});
  }
  EXPECT_EQ(counts(), "1 1");
  Release(task, tasks::End(base::Cancelled("by user request")));
  EXPECT_EQ(counts(), "0 1");
  EXPECT_NE(Get("/_cluster/settings?include_defaults&flat_settings")
                .find(R"("task_cancellation.duration_millis":"0")"),
            std::string::npos);
}

TEST_F(ClusterRoutesTest, UnknownMetricsOfStatsAreRefusedInOpenSearchsWords) {
  const auto has = [&](const std::string& target, const std::string& reason) {
    EXPECT_NE(Get(target).find("request [" + target + "] contains " + reason), std::string::npos)
        << Get(target);
  };
  has("/_nodes/stats/http,nope", "unrecognized metric: [nope]");
  has("/_nodes/stats/indices/nope", "unrecognized index metric: [nope]");
  has("/_nodes/stats/_all,http", "_all and individual metrics [_all,http]");
  has("/_nodes/stats/http/docs", "index metrics [docs] but indices stats not requested");
}

TEST_F(ClusterRoutesTest, CatTablesNameTheirColumnsAsOpenSearchDoes) {
  node_.CreateIndex("idx", 2, {{"index.number_of_replicas", "1"}});
  EXPECT_TRUE(Get("/_cat/health?v&ts=false")
                  .starts_with("cluster status node.total node.data discovered_cluster_manager "
                               "shards pri relo init unassign pending_tasks max_task_wait_time "
                               "active_shards_percent\n"
                               "test    yellow          1         1                       true "
                               "     2   2    0    0        2             0                  - "
                               "                50.0%\n"));
  EXPECT_TRUE(Get("/_cat/indices?v").starts_with("health status index uuid"));
  EXPECT_EQ(Get("/_cat/indices/idx?h=health,status,index,pri,rep,dc,dd"),
            "yellow open idx 2 1 0 0\n");
  EXPECT_EQ(Get("/_cat/indices?health=green"), "");
  EXPECT_EQ(Call("GET", "/_cat/indices?health=blue").status, 400);
  EXPECT_EQ(Call("GET", "/_cat/indices/nope").status, 404);
  EXPECT_EQ(Get("/_cat/count?h=count"), "0\n");
  EXPECT_EQ(Get("/_cat/cluster_manager"), "node-a 127.0.0.1 127.0.0.1 opensearch-node1\n");
  EXPECT_EQ(Get("/_cat/master?h=node"), "opensearch-node1\n");
  EXPECT_EQ(Get("/_cat/nodes?h=node.role,node.roles,master,name"),
            "dimr cluster_manager,data,ingest,remote_cluster_client * opensearch-node1\n");
  EXPECT_TRUE(Get("/_cat/nodes?help").starts_with("id "));
  EXPECT_TRUE(Get("/_cat").starts_with("=^.^=\n/_cat/"));
  EXPECT_EQ(Get("/_cat/nope"),
            R"({"error":"no handler found for uri [/_cat/nope] and method [GET]"})");
}

TEST(NestedSettingsTest, TakesNamesApartAtTheirPoints) {
  std::string nested, flat;
  const SettingsMap settings = {{"a.b.c", "1"}, {"a.b.d", "2"}, {"a.e", "3"}, {"f", "4"}};
  base::json::CompactWriter nested_out(nested), flat_out(flat);
  WriteSettings(nested_out, settings, false);
  WriteSettings(flat_out, settings, true);
  EXPECT_EQ(nested, R"({"a":{"b":{"c":"1","d":"2"},"e":"3"},"f":"4"})");
  EXPECT_EQ(flat, R"({"a.b.c":"1","a.b.d":"2","a.e":"3","f":"4"})");
}

TEST(NestedSettingsTest, KeepANameWholeThatGoesOnBehindAnother) {
  std::string nested, flat;
  const SettingsMap settings = {{"a.b", "1"}, {"a.b-c", "2"}, {"a.b.d", "3"}, {"p.list", "x"}};
  base::json::CompactWriter nested_out(nested), flat_out(flat);
  WriteSettings(nested_out, settings, false, "p.list");
  WriteSettings(flat_out, settings, true, "p.list");
  EXPECT_EQ(nested, R"({"a":{"b":"1","b-c":"2","b.d":"3"},"p":{"list":["x"]}})");
  EXPECT_EQ(flat, R"({"a.b":"1","a.b-c":"2","a.b.d":"3","p.list":["x"]})");
}

}  // namespace
}  // namespace rest::routes
