#include "actions/tasks_list/list.h"

#include "support/tasks_fixture.h"

namespace actions::tasks_list {
namespace {

using test::Coming;
using testing::Test;

constexpr std::string_view kWork = "test:work";

// Says nothing until it is told to stop.
class SilentPeer final : public tasks::Peer {
 public:
  explicit SilentPeer(test::TestNode& node) : node_(node) {}
  const std::string& node_id() const override { return id_; }
  std::shared_ptr<tasks::Call> Start(tasks::StartRequest, tasks::CallEvents events) override {
    struct Call final : tasks::Call {
      Call(tasks::Loop& to, tasks::CallEvents told) : loop(to), events(std::move(told)) {}
      void Cancel(const tasks::Stop& stop) override {
        loop.Post([why = stop.reason, on_end = std::exchange(events.on_end, nullptr)] {
          if (on_end) on_end(tasks::End(base::Cancelled(why)));
        });
      }
      tasks::Loop& loop;
      tasks::CallEvents events;
    };
    return std::make_shared<Call>(node_.loop, std::move(events));
  }

 private:
  const std::string id_ = "node-a";
  test::TestNode& node_;
};

class ListTest : public test::StartedTasksTest {
 protected:
  ListRequest Waiting(std::int64_t timeout_millis) {
    ListRequest request;
    request.filter.actions = {std::string(kWork)};
    request.wait = true;
    request.timeout_millis = timeout_millis;
    return request;
  }
};

TEST_F(ListTest, ShowsItselfAndItsChild) {
  const Told told = List(ListRequest());
  ASSERT_EQ(told.tasks.size(), 2u);
  const bool parent_first = told.tasks[0].action == names::kTasksList;
  const tasks::TaskInfo& parent = told.tasks[parent_first ? 0 : 1];
  const tasks::TaskInfo& child = told.tasks[parent_first ? 1 : 0];
  EXPECT_EQ(parent.action, "cluster:monitor/tasks/lists");
  EXPECT_EQ(parent.type, tasks::TaskType::kTransport);
  EXPECT_EQ(child.action, "cluster:monitor/tasks/lists[n]");
  EXPECT_EQ(child.type, tasks::TaskType::kDirect);
  EXPECT_EQ(child.parent, parent.id);
  EXPECT_FALSE(parent.cancellable || child.cancellable);
}

TEST_F(ListTest, IsOffTheListWhenTheAnswerHasBeenTaken) {
  List(ListRequest());
  EXPECT_EQ(node_.registry.size(), 0u);
}

TEST_F(ListTest, FiltersByActionGlobParentAndOurOwn) {
  tasks::TaskSpec spec = Spec("test:index");
  spec.description = "bulk request to [logs]";
  spec.indices = {"logs-1"};
  spec.origin = From("ann", "job-7");
  const auto parent = Hold(std::move(spec));
  spec = Spec("test:child");
  spec.parent = parent->id();
  const auto child = Hold(std::move(spec));
  const auto only = [&](const std::function<void(tasks::TaskFilter&)>& set) {
    ListRequest request;
    set(request.filter);
    return List(std::move(request)).Numbers();
  };
  const std::vector<std::int64_t> first = {parent->id().number}, second = {child->id().number};
  EXPECT_EQ(only([](auto& f) { f.actions = {"no", "*index"}; }), first);
  EXPECT_EQ(only([](auto& f) { f.actions = {"*INDEX"}; }).size(), 0u);
  EXPECT_EQ(only([](auto& f) { f.actions = {"test:inde?"}; }).size(), 0u);
  EXPECT_EQ(only([&](auto& f) { f.parent = parent->id(); }), second);
  EXPECT_EQ(only([](auto& f) { f.description = "bulk*logs]"; }), first);
  EXPECT_EQ(only([](auto& f) { f.x_opaque_id = "job-7"; }), first);
  EXPECT_EQ(only([](auto& f) { f.index = "logs-*"; }), first);
  EXPECT_EQ(only([](auto& f) { f.user = "ann"; }), first);
  EXPECT_EQ(only([](auto& f) { f.min_running_nanos = std::int64_t{3600} * 1'000'000'000; }).size(),
            0u);
}

// B19: the parent's node counts as well as its number.
TEST_F(ListTest, B19ParentOfTheSameNumberOnAnotherNodeDoesNotMatch) {
  const auto parent = Hold(kWork);
  tasks::TaskSpec spec = Spec("test:child");
  spec.parent = {"elsewhere", parent->id().number};
  Hold(std::move(spec));
  ListRequest request;
  request.filter.parent = parent->id();
  EXPECT_TRUE(List(std::move(request)).tasks.empty());
}

TEST_F(ListTest, TellsThousandsInPagesAndMissesNone) {
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 2500; ++i) numbers.push_back(Hold(kWork)->id().number);
  ListRequest request;
  request.filter.actions = {std::string(kWork)};
  auto pages = TryList(std::move(request));
  ASSERT_TRUE(pages.ok());
  EXPECT_FALSE((*pages)->Short()) << "only the first page is here";
  Coming<std::optional<TaskPages::Page>> first;
  (*pages)->Next(first.Setter());
  EXPECT_EQ(first.Get()->tasks.size(), tasks::TaskRegistry::kPage / 2) << "the next is on its way";
  EXPECT_EQ(node_.Tasks("cluster:monitor/tasks/lists").size(), 1u) << "it goes on";
  Told told = TellAll(pages);
  EXPECT_EQ(told.tasks.size(), 2000u);
  EXPECT_TRUE(node_.Tasks("cluster:monitor/tasks/*").empty());
  EXPECT_EQ(List({std::string(kWork)}).Numbers(), numbers);
}

TEST_F(ListTest, EndsWhenItsReaderGivesUp) {
  for (int i = 0; i < 1500; ++i) Hold(kWork);
  {
    auto pages = TryList(ListRequest());
    ASSERT_TRUE(pages.ok());
  }
  node_.WaitForTask(std::string(kWork));
  while (!node_.Tasks("cluster:monitor/tasks/*").empty()) std::this_thread::yield();
}

TEST_F(ListTest, NodesThatNobodyIsCalledMeanNoTask) {
  ListRequest request;
  request.nodes = {"no-such-node"};
  const Told told = List(std::move(request));
  EXPECT_TRUE(told.tasks.empty());
  EXPECT_TRUE(told.failures.nodes.empty());
}

TEST_F(ListTest, RefusesARoleThatIsNeitherTrueNorFalse) {
  ListRequest request;
  request.nodes = {"data:maybe"};
  EXPECT_EQ(TryList(std::move(request)).status().http_status(), 400);
}

TEST_F(ListTest, DetailedTellsDescriptionAndResources) {
  Hold(kWork);
  ListRequest request;
  request.filter.actions = {std::string(kWork)};
  EXPECT_FALSE(List(request).tasks[0].description);
  request.detailed = true;
  const Told told = List(request);
  EXPECT_EQ(told.tasks[0].description, "");
  EXPECT_TRUE(told.tasks[0].resources);
}

// B22: the wait is ended by the task's end and holds no thread meanwhile.
TEST_F(ListTest, B22WaitsForEndsAndHoldsNoThread) {
  const auto one = Hold(kWork), two = Hold(kWork);
  std::vector<Coming<base::Result<Pages>>> lists(20);  // far more than the pool has threads
  for (auto& coming : lists) tasks_list::List(node_.node, Waiting(60'000), coming.Setter());
  const auto waiting = [this] {
    return std::ranges::count_if(node_.Tasks("cluster:monitor/tasks/lists[n]"), [](const auto& it) {
      return it->Info(false).waits_on != nullptr;
    });
  };
  while (waiting() < std::ssize(lists)) std::this_thread::yield();
  EXPECT_EQ(List({"test:none"}).tasks.size(), 0u) << "others are served meanwhile";
  Release(one);
  EXPECT_FALSE(lists[0].IsThere());
  Release(two);
  for (auto& coming : lists) {
    const Told told = TellAll(coming.Get());
    EXPECT_TRUE(told.failures.nodes.empty());
    EXPECT_EQ(told.Numbers(), (std::vector{one->id().number, two->id().number}))
        << "those that have ended are told";
  }
}

// B13: on a timeout what is known is told, and the failure names the task.
TEST_F(ListTest, B13TimeoutTellsWhatIsKnownAndNamesTheTask) {
  const auto task = Hold(kWork);
  const Told told = List(Waiting(20));
  EXPECT_EQ(told.Numbers(), std::vector{task->id().number});
  ASSERT_EQ(told.failures.nodes.size(), 1u);
  EXPECT_EQ(told.failures.nodes[0].node_id, "node-a");
  EXPECT_EQ(told.failures.nodes[0].why.type(), "timeout_exception");
  EXPECT_EQ(told.failures.nodes[0].why.reason(),
            "Timed out waiting for completion of [" + task->id().ToString() + "]");
}

// B13, too: what runs here is known though nobody had the time to look.
TEST_F(ListTest, B13OfANodeThatIsLateItselfIsToldWhatRunsThere) {
  const auto task = Hold(kWork);
  SilentPeer nobody(node_);
  node_.peer_instead = &nobody;
  ListRequest request;
  request.filter.actions = {std::string(kWork)};
  request.timeout_millis = 1;
  const Told told = List(std::move(request));
  EXPECT_EQ(told.Numbers(), std::vector{task->id().number});
  EXPECT_TRUE(told.failures.nodes.empty()) << "nothing is missing";
  while (!node_.Tasks("cluster:monitor/tasks/*").empty()) std::this_thread::yield();
  node_.peer_instead = nullptr;
}

TEST_F(ListTest, NoTimeAtAllNamesEveryNode) {
  ListRequest request;
  request.timeout_millis = 0;
  const Told told = List(std::move(request));
  EXPECT_TRUE(told.tasks.empty());
  ASSERT_EQ(told.failures.nodes.size(), 1u);
  EXPECT_EQ(told.failures.nodes[0].why.type(), "receive_timeout_transport_exception");
  EXPECT_TRUE(told.failures.nodes[0].why.reason().starts_with("[opensearch-node1]["));
  EXPECT_TRUE(told.failures.nodes[0].why.reason().ends_with("timed out after [0ms]"));
}

TEST_F(ListTest, DoesNotWaitForListsNorForBackgroundWorkThatNobodyNamed) {
  tasks::TaskSpec spec = Spec("internal:session");
  spec.task_class = tasks::TaskClass::kBackground;
  Hold(std::move(spec));
  ListRequest request;
  request.wait = true;
  EXPECT_TRUE(List(std::move(request)).failures.nodes.empty());
}

TEST_F(ListTest, AWaitEndsWhenItsClientHasGone) {
  Hold(kWork);
  Coming<base::Result<Pages>> coming;
  const auto task = tasks_list::List(node_.node, Waiting(-1), coming.Setter());
  ASSERT_TRUE(task);
  tasks::Stop stop;
  stop.cause = tasks::StopCause::kClientGone;
  stop.reason = "channel closed";
  task->RequestStop(stop);
  const Told told = TellAll(coming.Get());
  EXPECT_EQ(told.failures.nodes.size(), 1u);
  EXPECT_TRUE(node_.Tasks("cluster:monitor/tasks/*").empty());
}

}  // namespace
}  // namespace actions::tasks_list
