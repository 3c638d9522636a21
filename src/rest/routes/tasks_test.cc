#include "rest/routes/tasks.h"

#include "actions/get/get.h"
#include "actions/tasks_history/history.h"
#include "base/json/tree.h"
#include "rest/routes/cat_tasks.h"
#include "support/served.h"
#include "support/tasks_fixture.h"

namespace rest::routes {
namespace {

using base::json::Document;
using test::HttpAnswer;

// A node with these routes on a real server, and tasks in the test's hands.
class TaskRoutesTest : public test::TasksTest {
 protected:
  TaskRoutesTest() {
    actions::get::Register(node_.node);
    actions::tasks_get::Register(node_.node);
    actions::tasks_history::Register(node_.node);
    node_.Start();
    AddTaskRoutes(router_, node_.node);
    AddCatTasksRoute(router_, node_.node);
  }

  HttpAnswer Call(std::string_view method, const std::string& target, std::string_view body = {},
                  const test::HttpClient::Headers& headers = {}) {
    return served_.Connect().Call(method, target, body, headers);
  }
  std::string Get(const std::string& target) { return Call("GET", target).body; }
  std::string Post(const std::string& target) { return Call("POST", target).body; }
  static Document Parse(const std::string& text) {
    auto parsed = Document::Parse(text);
    if (!parsed.ok()) throw std::runtime_error("no JSON: " + text);
    return *std::move(parsed);
  }

  tasks::TaskPtr HoldBulk() {
    tasks::TaskSpec spec = Spec("indices:data/write/bulk");
    spec.description = "bulk request to [test_index]";
    spec.origin = From("", "job-7");
    return Hold(std::move(spec));
  }
  // With every number that differs from run to run as 0.
  static std::string Settled(std::string text) {
    for (const std::string_view key : {"\"start_time_in_millis\":", "\"running_time_in_nanos\":",
                                       "\"cancellation_time_millis\":"}) {
      for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
        const std::size_t begin = at + key.size();
        const std::size_t end = text.find_first_not_of("0123456789", begin);
        text.replace(begin, end - begin, "0");
      }
    }
    return text;
  }
  static std::string Refusal(const std::string& reason) {
    const std::string why = R"({"type":"illegal_argument_exception","reason":")" + reason + "\"";
    return R"({"error":{"root_cause":[)" + why + "}]," + why.substr(1) + R"(},"status":400})";
  }

  Router router_;
  test::Served served_{[this](http::ExchangePtr exchange) { router_.Handle(std::move(exchange)); }};
};

TEST_F(TaskRoutesTest, AListByNodesIsShapedAsOpenSearchs) {
  const auto task = HoldBulk();
  const std::string id = task->id().ToString();
  EXPECT_EQ(
      Settled(Get("/_tasks?actions=*bulk")),
      R"({"nodes":{"node-a":{"name":"opensearch-node1","transport_address":"","host":"127.0.0.1",)"
      R"("ip":"","roles":["cluster_manager","data","ingest","remote_cluster_client"],"tasks":{")" +
          id + R"(":{"node":"node-a","id":)" + std::to_string(task->id().number) +
          R"(,"type":"transport","action":"indices:data/write/bulk","start_time_in_millis":0,)"
          R"("running_time_in_nanos":0,"cancellable":true,"cancelled":false,)"
          R"("headers":{"X-Opaque-Id":"job-7"}}}}}})");
}

TEST_F(TaskRoutesTest, ListsGroupByParentsWithTheirChildrenAndByNothing) {
  const auto parent = Hold("test:a");
  tasks::TaskSpec spec = Spec("test:b");
  spec.parent = parent->id();
  const auto child = Hold(std::move(spec));
  spec = Spec("test:c");
  spec.parent = child->id();
  const auto grandchild = Hold(std::move(spec));
  const Document tree = Parse(Get("/_tasks?actions=test:*&group_by=parents"));
  ASSERT_EQ(tree.root().Find("tasks")->members().size(), 1u);
  const auto& top = *tree.root().Find("tasks")->members()[0].value;
  EXPECT_EQ(tree.root().Find("tasks")->members()[0].key, parent->id().ToString());
  const auto& below = *top.Find("children")->items()[0];
  EXPECT_EQ(below.Find("action")->text(), "test:b");
  EXPECT_EQ(below.Find("children")->items()[0]->Find("action")->text(), "test:c");
  EXPECT_FALSE(below.Find("children")->items()[0]->Find("children"));
  const Document flat = Parse(Get("/_tasks?actions=test:*&group_by=none"));
  EXPECT_EQ(flat.root().Find("tasks")->items().size(), 3u);
  const Document orphan = Parse(Get("/_tasks?actions=test:b&group_by=parents"));
  EXPECT_EQ(orphan.root().Find("tasks")->members()[0].key, child->id().ToString());
}

TEST_F(TaskRoutesTest, NothingFoundIsEmptyInEachShape) {
  EXPECT_EQ(Get("/_tasks?actions=nothing*"), R"({"nodes":{}})");
  EXPECT_EQ(Get("/_tasks?actions=nothing*&group_by=parents"), R"({"tasks":{}})");
  EXPECT_EQ(Get("/_tasks?actions=nothing*&group_by=none"), R"({"tasks":[]})");
  EXPECT_EQ(Get("/_tasks?nodes=no-such-node"), R"({"nodes":{}})");
  EXPECT_EQ(Post("/_tasks/_cancel"), R"({"node_failures":[],"nodes":{}})");
  EXPECT_EQ(Post("/_tasks/_cancel?actions=nothing*&group_by=none"),
            R"({"node_failures":[],"tasks":[]})");
}

TEST_F(TaskRoutesTest, BadParametersAreRefusedInOpenSearchsWords) {
  EXPECT_EQ(Get("/_tasks?group_by=colour"),
            Refusal("[group_by] must be one of [nodes], [parents] or [none] but was [colour]"));
  EXPECT_EQ(Get("/_tasks?colour=red&actoins=x"),
            Refusal("request [/_tasks] contains unrecognized parameters: [actoins] -> did you mean "
                    "[actions]?, [colour]"));
  EXPECT_EQ(Get("/_tasks?colour=red&group_by=colour"),
            Refusal("request [/_tasks] contains unrecognized parameter: [colour]"));
  EXPECT_EQ(Get("/_tasks?detailed=perhaps&colour=red"),
            Refusal("Failed to parse value [perhaps] as only [true] or [false] are allowed."));
  EXPECT_EQ(Get("/_tasks?timeout=soon"),
            Refusal("failed to parse setting [timeout] with value [soon] as a time value: unit is "
                    "missing or unrecognized"));
  EXPECT_EQ(Post("/_tasks/_cancel?action=nothing*"),
            Refusal("request [/_tasks/_cancel] contains unrecognized parameter: [action] -> did "
                    "you mean [actions]?"));
  EXPECT_EQ(Post("/_tasks/_cancel?detailed=true"),
            Refusal("request [/_tasks/_cancel] contains unrecognized parameter: [detailed]"));
  EXPECT_EQ(Post("/_tasks/rubbish/_cancel"), Refusal("malformed task id rubbish"));
  EXPECT_EQ(Call("GET", "/_tasks/_cancel").status, 405);
}

// The documented example, word for word but for ids and times.
TEST_F(TaskRoutesTest, ACancelAnswersAsDocumented) {
  const auto task = HoldBulk();
  const std::string id = task->id().ToString();
  EXPECT_EQ(
      Settled(Post("/_tasks/" + id + "/_cancel")),
      R"({"node_failures":[],"nodes":{"node-a":{"name":"opensearch-node1","transport_address":"",)"
      R"("host":"127.0.0.1","ip":"","roles":["cluster_manager","data","ingest",)"
      R"("remote_cluster_client"],"attributes":{},"tasks":{")" +
          id + R"(":{"node":"node-a","id":)" + std::to_string(task->id().number) +
          R"(,"type":"transport","action":"indices:data/write/bulk","status":"cancelled",)"
          R"("description":"bulk request to [test_index]","start_time_in_millis":0,)"
          R"("running_time_in_nanos":0,"cancellable":true,"cancelled":true,)"
          R"("headers":{"X-Opaque-Id":"job-7"},"cancellation_time_millis":0}}}}})");
}

TEST_F(TaskRoutesTest, AnUnknownTaskIsANodeFailure) {
  EXPECT_EQ(Post("/_tasks/node-a:999999999/_cancel"),
            R"({"node_failures":[{"type":"failed_node_exception","reason":"Failed node [node-a]",)"
            R"("node_id":"node-a","caused_by":{"type":"resource_not_found_exception",)"
            R"("reason":"task [node-a:999999999] is not found"}}],"nodes":{}})");
  EXPECT_EQ(
      Post("/_tasks/:5/_cancel"),
      R"({"node_failures":[{"type":"failed_node_exception","reason":"Failed node []",)"
      R"("node_id":"","caused_by":{"type":"no_such_node_exception","reason":"No such node []",)"
      R"("node_id":""}}],"nodes":{}})");
}

// B8: an empty variable in a client's URL does not mean the whole cluster.
TEST_F(TaskRoutesTest, B8AccidentsThatWouldMeanEveryTaskAreRefused) {
  const auto task = HoldBulk();
  for (const char* target :
       {"/_tasks/unset/_cancel", "/_tasks//_cancel", "/_tasks/node-a:-1/_cancel",
        "/_tasks///_cancel?actions=*", "/_tasks/_cancel?actions=,", "/_tasks/_cancel?nodes=,,,",
        "/_tasks/%20/_cancel", "/_tasks/_cancel?index=", "/_tasks/_cancel?index",
        "/_tasks/_cancel?description=", "/_tasks/_cancel?user=", "/_tasks/_cancel?x_opaque_id="}) {
    const HttpAnswer answer = Call("POST", target);
    EXPECT_EQ(answer.status, 400) << target << answer.body;
    EXPECT_NE(answer.body.find("illegal_argument_exception"), std::string::npos) << answer.body;
  }
  EXPECT_FALSE(task->cancelled());
}

TEST_F(TaskRoutesTest, B8AnUnsetParentMeansAllAndABareCancelIsValid) {
  for (const char* parent : {"-1", "", "unset", "node-a:-1"}) {
    const auto task = HoldBulk();
    Post("/_tasks/_cancel?parent_task_id=" + std::string(parent));
    EXPECT_TRUE(task->cancelled()) << parent;
  }
  const auto task = HoldBulk();
  EXPECT_EQ(Call("POST", "/_tasks/_cancel/").status, 200);
  EXPECT_TRUE(task->cancelled());
}

TEST_F(TaskRoutesTest, ABodyIsIgnored) {
  EXPECT_EQ(Call("POST", "/_tasks/_cancel?actions=nothing*", "{\"a\": 1}",
                 {{"content-type", "application/json"}})
                .body,
            R"({"node_failures":[],"nodes":{}})");
}

TEST_F(TaskRoutesTest, OurParametersFilterAndTellMore) {
  const auto task = HoldBulk();
  const auto other = Hold("test:other");
  const std::string dry = Post("/_tasks/_cancel?x_opaque_id=job-7&dry_run=true");
  EXPECT_NE(dry.find(task->id().ToString()), std::string::npos);
  EXPECT_EQ(dry.find("\"status\""), std::string::npos);
  EXPECT_FALSE(task->cancelled());
  const Document told =
      Parse(Post("/_tasks/_cancel?description=bulk*&reason=too%20big&extended=true&group_by=none"));
  const auto& shown = *told.root().Find("tasks")->items()[0];
  EXPECT_EQ(shown.FindPath({"cancellation", "reason"})->text(), "too big");
  EXPECT_TRUE(shown.FindPath({"cancellation", "by"})->text().starts_with("127.0.0.1:"));
  EXPECT_EQ(shown.Find("class")->text(), "client");
  EXPECT_FALSE(other->cancelled());
  EXPECT_EQ(Get("/_tasks?min_running_time=1h"), R"({"nodes":{}})");
}

TEST_F(TaskRoutesTest, AWaitThatIsOverTellsWhatStillRuns) {
  const auto task = HoldBulk();
  const Document told =
      Parse(Post("/_tasks/_cancel?wait_for_completion=true&timeout=10ms&group_by=none"));
  EXPECT_EQ(told.root().Find("tasks")->items().size(), 1u);
  const auto& failure = *told.root().Find("task_failures")->items()[0];
  EXPECT_EQ(failure.Find("task_id")->text(), std::to_string(task->id().number));
  EXPECT_EQ(failure.FindPath({"reason", "type"})->text(), "timeout_exception");
}

TEST_F(TaskRoutesTest, ALongListIsStreamedWhole) {
  std::vector<tasks::TaskPtr> held;
  for (int i = 0; i < 3000; ++i) held.push_back(Hold("test:many"));
  for (const char* group_by : {"nodes", "none", "parents"}) {
    const HttpAnswer answer =
        Call("GET", "/_tasks?detailed&actions=test:many&group_by=" + std::string(group_by));
    ASSERT_TRUE(answer.whole);
    const Document told = Parse(answer.body);
    const auto* found = std::string(group_by) == "nodes"
                            ? told.root().FindPath({"nodes", "node-a", "tasks"})
                            : told.root().Find("tasks");
    EXPECT_EQ(std::max(found->members().size(), found->items().size()), held.size());
  }
  EXPECT_TRUE(Call("GET", "/_tasks?actions=test:many").Header("content-length").empty());
  EXPECT_TRUE(node_.Tasks("cluster:monitor/*").empty());
}

TEST_F(TaskRoutesTest, AReaderThatLeavesALongListLeavesNoTask) {
  for (int i = 0; i < 5000; ++i) Hold("test:many");
  {
    test::HttpClient client = served_.Connect(2048);
    client.Send(test::RequestText("GET", "/_tasks?detailed"));
    client.ReadLine();
    client.Reset();
  }
  while (!node_.Tasks("cluster:monitor/*").empty()) std::this_thread::yield();
}

TEST_F(TaskRoutesTest, GetShowsARunningTaskAndRefusesBadIds) {
  const auto task = HoldBulk();
  const std::string text = Settled(Get("/_tasks/" + task->id().ToString()));
  EXPECT_TRUE(text.starts_with(R"({"completed":false,"task":{"node":"node-a","id":)")) << text;
  EXPECT_NE(text.find(R"("description":"bulk request to [test_index]")"), std::string::npos);
  EXPECT_NE(text.find(R"("resource_stats":{"average":)"), std::string::npos);
  EXPECT_EQ(Get("/_tasks/rubbish"), Refusal("malformed task id rubbish"));
  EXPECT_EQ(Get("/_tasks/n:abc"),
            R"({"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"malformed )"
            R"(task id n:abc"}],"type":"illegal_argument_exception","reason":"malformed task id )"
            R"(n:abc","caused_by":{"type":"number_format_exception","reason":"For input string: )"
            R"(\"abc\""}},"status":400})");
  EXPECT_EQ(Get("/_tasks/n:-1"),
            R"({"error":{"root_cause":[{"type":"action_request_validation_exception","reason":)"
            R"("Validation Failed: 1: task id is required;"}],"type":)"
            R"("action_request_validation_exception","reason":"Validation Failed: 1: task id is )"
            R"(required;"},"status":400})");
  EXPECT_EQ(
      Get("/_tasks/node-a:999999999"),
      R"({"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index )"
      R"([.tasks]","index":".tasks","resource.id":".tasks","resource.type":"index_expression",)"
      R"("index_uuid":"_na_"}],"type":"resource_not_found_exception","reason":"task )"
      R"([node-a:999999999] isn't running and hasn't stored its results","caused_by":{"type":)"
      R"("index_not_found_exception","reason":"no such index [.tasks]","index":".tasks",)"
      R"("resource.id":".tasks","resource.type":"index_expression","index_uuid":"_na_"}},)"
      R"("status":404})");
}

TEST_F(TaskRoutesTest, TheHistoryTellsWhoStoppedWhatAndWhy) {
  const auto task = HoldBulk();
  Post("/_tasks/" + task->id().ToString() + "/_cancel?reason=enough");
  Release(task, tasks::End(base::Cancelled("enough")));
  Release(Hold("test:done"));
  const Document all = Parse(Get("/_tasks/_history?actions=test:done,*bulk"));
  EXPECT_EQ(all.root().Find("tasks")->items().size(), 2u);
  const Document told = Parse(Get("/_tasks/_history?cancelled=true&size=5"));
  ASSERT_EQ(told.root().Find("tasks")->items().size(), 1u);
  const auto& ended = *told.root().Find("tasks")->items()[0];
  EXPECT_EQ(ended.Find("outcome")->text(), "cancelled");
  EXPECT_EQ(ended.FindPath({"cancellation", "reason"})->text(), "enough");
  EXPECT_EQ(ended.Find("description")->text(), "bulk request to [test_index]");
  const Document cancels = Parse(Get("/_tasks/_history?actions=cluster:admin/tasks/cancel"));
  const auto& cancel = *cancels.root().Find("tasks")->items()[0];
  EXPECT_EQ(cancel.FindPath({"stopped_others", "count"})->text(), "1");
  EXPECT_EQ(cancel.FindPath({"stopped_others", "tasks"})->items()[0]->text(),
            task->id().ToString());
  EXPECT_EQ(Call("GET", "/_tasks/_history?size=100000").status, 400);
  EXPECT_EQ(Call("GET", "/_tasks/_history?index=x").status, 400);
  EXPECT_EQ(Call("GET", "/_tasks/_history?from=9999&size=2").status, 400);
}

TEST_F(TaskRoutesTest, RethrottleChecksItsRateAndNamesWhatIsMissing) {
  EXPECT_EQ(Post("/_reindex/node-a:9/_rethrottle?requests_per_second=5"),
            R"({"node_failures":[{"type":"failed_node_exception","reason":"Failed node [node-a]",)"
            R"("node_id":"node-a","caused_by":{"type":"resource_not_found_exception",)"
            R"("reason":"task [node-a:9] is missing"}}],"nodes":{}})");
  const std::string refused =
      "[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.";
  for (const char* rate : {"0", "-2", "-0.5"}) {
    EXPECT_EQ(Post("/_update_by_query/n:9/_rethrottle?requests_per_second=" + std::string(rate)),
              Refusal(refused));
  }
  EXPECT_NE(Post("/_delete_by_query/n:9/_rethrottle?requests_per_second=fast")
                .find(R"("caused_by":{"type":"number_format_exception","reason":"For input )"
                      R"(string: \"fast\""}},"status":400})"),
            std::string::npos);
  for (const char* rate : {"", "?requests_per_second=-1", "?requests_per_second=Infinity"}) {
    EXPECT_EQ(Call("POST", "/_reindex/node-a:9/_rethrottle" + std::string(rate)).status, 200);
  }
  EXPECT_EQ(Post("/_reindex/rubbish/_rethrottle?requests_per_second=5"),
            Refusal("malformed task id rubbish"));
}

TEST_F(TaskRoutesTest, CatTasksListsChildrenBelowTheirParents) {
  const auto parent = Hold("test:a");
  const auto last = Hold("test:z");
  tasks::TaskSpec spec = Spec("test:b");
  spec.parent = parent->id();
  Hold(std::move(spec));
  EXPECT_EQ(Get("/_cat/tasks?v&h=action,type,node,ip,x&actions=test:*"),
            "action type      node             ip        x\n"
            "test:a transport opensearch-node1 127.0.0.1 -\n"
            "test:b transport opensearch-node1 127.0.0.1 -\n"
            "test:z transport opensearch-node1 127.0.0.1 -\n");
  EXPECT_EQ(Get("/_cat/tasks?h=parent_task_id&actions=test:b"), parent->id().ToString() + "\n");
  EXPECT_EQ(Get("/_cat/tasks?format=json&h=ac&actions=test:z"), R"([{"ac":"test:z"}])");
}

// B10: full_id is accepted.
TEST_F(TaskRoutesTest, B10CatTasksAcceptsFullId) {
  Hold("test:a");
  EXPECT_EQ(Get("/_cat/tasks?h=ni&actions=test:a"), "node\n");
  EXPECT_EQ(Get("/_cat/tasks?h=ni&actions=test:a&full_id=true"), "node-a\n");
  EXPECT_EQ(Call("GET", "/_cat/tasks?group_by=none").status, 400);
}

// B23: nothing internal leaks into the headers of an answer.
TEST_F(TaskRoutesTest, B23AnswersCarryNoInternalHeaders) {
  for (const auto& [name, value] :
       Call("POST", "/_tasks/_cancel?wait_for_completion=true").headers) {
    EXPECT_NE(name, "TASK_RESOURCE_USAGE") << value;
  }
}

TEST_F(TaskRoutesTest, AStreamTellsWhatBeginsIsCancelledAndEnds) {
  test::HttpClient client = served_.Connect();
  const auto event = [&] {  // a chunk with one event comes as one line
    for (;;) {
      const auto line = client.ReadLine();
      if (!line) throw std::runtime_error("the stream has ended");
      if (line->starts_with("event: ")) return *line;
    }
  };
  const auto is = [](const std::string& told, const std::string& what, const tasks::TaskPtr& of) {
    return told.starts_with("event: " + what + "\ndata: {") &&
           told.find("\"id\":" + std::to_string(of->id().number)) != std::string::npos;
  };
  const auto task = HoldBulk();
  client.Send(test::RequestText("GET", "/_tasks/_stream?actions=*bulk&interval=100ms"));
  EXPECT_TRUE(is(event(), "started", task));
  Post("/_tasks/" + task->id().ToString() + "/_cancel");
  EXPECT_TRUE(is(event(), "cancelled", task));
  Release(task, tasks::End(base::Cancelled("by user request")));
  const std::string ended = event();
  EXPECT_TRUE(is(ended, "ended", task));
  EXPECT_NE(ended.find(R"("outcome":"cancelled")"), std::string::npos);
  client.Reset();
  while (!node_.Tasks("cluster:monitor/tasks/*").empty()) std::this_thread::yield();
}

TEST_F(TaskRoutesTest, NobodyListsForReadersOfTheStreamAndTheyAreNoEvents) {
  std::vector<test::HttpClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(served_.Connect());
    clients.back().Send(test::RequestText("GET", "/_tasks/_stream?interval=100ms"));
  }
  const auto task = HoldBulk();
  for (test::HttpClient& client : clients) {
    const std::string id = "\"id\":" + std::to_string(task->id().number) + ",";
    while (client.ReadLine().value().find(id) == std::string::npos) {
    }
  }
  const auto of = [&](const char* action) {
    return node_.node.history.Query(
        [&](const tasks::TaskInfo& info) { return info.action == action; }, 0, 10);
  };
  EXPECT_TRUE(of("cluster:monitor/tasks/lists").empty());
  EXPECT_EQ(node_.Tasks("cluster:monitor/tasks/stream").size(), clients.size());
  clients.clear();
  while (!node_.Tasks("cluster:monitor/tasks/*").empty()) std::this_thread::yield();
  Release(task);
}

TEST_F(TaskRoutesTest, AnEventLongerThanAPieceArrivesWhole) {
  test::HttpClient client = served_.Connect();
  tasks::TaskSpec spec = Spec("test:long");
  spec.description = std::string(30'000, 'x') + "end";
  const auto task = Hold(std::move(spec));
  client.Send(test::RequestText("GET", "/_tasks/_stream?actions=test:long"));
  node_.WaitForTask("cluster:monitor/tasks/stream");
  std::string text;
  while (text.find("end\"") == std::string::npos) text += client.ReadLine().value();
  EXPECT_GE(std::ranges::count(text, 'x'), 30'000);
  Release(task);
}

TEST_F(TaskRoutesTest, AStreamCanBeCancelled) {
  test::HttpClient client = served_.Connect();
  client.Send(test::RequestText("GET", "/_tasks/_stream"));
  node_.WaitForTask("cluster:monitor/tasks/stream");
  Post("/_tasks/_cancel?actions=*stream");
  EXPECT_TRUE(client.ReadAnswer().whole);
  while (!node_.Tasks("cluster:monitor/tasks/*").empty()) std::this_thread::yield();
}

TEST_F(TaskRoutesTest, AClientThatLeavesEndsItsWaitAndNotTheTask) {
  const auto task = HoldBulk();
  {
    test::HttpClient client = served_.Connect();
    client.Send(test::RequestText(
        "GET", "/_tasks/" + task->id().ToString() + "?wait_for_completion=true&timeout=1h"));
    node_.WaitForTask("cluster:monitor/task/get");
  }
  while (!node_.Tasks("cluster:monitor/task/get").empty()) std::this_thread::yield();
  EXPECT_FALSE(task->cancelled());
}

}  // namespace
}  // namespace rest::routes
