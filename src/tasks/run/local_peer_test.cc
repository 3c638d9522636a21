#include "tasks/run/local_peer.h"

#include <gtest/gtest.h>

#include <future>

#include "support/loopback_node.h"
#include "support/puppet.h"
#include "tasks/child_scope.h"
#include "tasks/run/thread_pool.h"

namespace tasks {
namespace {

using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request"};

class OwnNode : public testing::Test {
 protected:
  OwnNode() {
    node_.actions.Add("inline", nullptr, [](RunningTask task, std::shared_ptr<Inbound> inbound) {
      inbound->Progress("half");
      std::move(task).Finish(End(Status(), inbound->request().payload));
    });
    node_.Handle("wait",
                 [this](TaskContext& task, const std::string&) { return End(puppet_.Act(task)); });
  }
  CallEvents Heard() {
    return {
        .on_started = [this](const TaskId& id) { heard_.push_back("started " + id.ToString()); },
        .on_progress = [this](const std::string& bytes) { heard_.push_back(bytes); },
        .on_end =
            [this](const End& end) {
              heard_.push_back("end " + end.result.value_or(end.error.reason()));
              never_began_ = end.never_began;
            }};
  }

  base::ManualClock clock_;
  Loop loop_{clock_, Loop::Mode::kManual};
  test::Puppet puppet_;
  test::LoopbackNode node_{"node-a", clock_, &loop_};
  std::vector<std::string> heard_;
  bool never_began_ = false;
};

TEST_F(OwnNode, NeverCallsBackFromWithinStart) {
  node_.self.Start({.action = "inline", .payload = "x"}, Heard());
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(node_.registry.size(), 0u) << "it has ended long since";
  loop_.RunDue();
  EXPECT_EQ(heard_, (std::vector<std::string>{"started node-a:1", "half", "end x"}));
}

TEST_F(OwnNode, TellsAnEndThatComesLaterWithoutADetour) {
  std::optional<RunningTask> later;
  node_.actions.Add("later", nullptr,
                    [&](RunningTask task, std::shared_ptr<Inbound>) { later = std::move(task); });
  node_.self.Start({.action = "later"}, Heard());
  loop_.RunDue();
  EXPECT_EQ(heard_, std::vector<std::string>{"started node-a:1"});
  std::move(*later).Finish(End(Status(), "x"));
  EXPECT_EQ(heard_.back(), "end x");
}

TEST_F(OwnNode, KeepsTheOrderOfAnEndThatOvertakesItsLoop) {
  std::optional<RunningTask> later;
  node_.actions.Add("later", nullptr,
                    [&](RunningTask task, std::shared_ptr<Inbound>) { later = std::move(task); });
  node_.self.Start({.action = "later"}, Heard());
  std::move(*later).Finish(End(Status(), "x"));
  EXPECT_TRUE(heard_.empty()) << "it was not told yet that it has started";
  loop_.RunDue();
  EXPECT_EQ(heard_, (std::vector<std::string>{"started node-a:1", "end x"}));
}

TEST_F(OwnNode, RegistersAChildAsWhatItIs) {
  const auto origin = std::make_shared<Origin>();
  node_.actions.Add(
      "described",
      [](const StartRequest& request, TaskSpec& spec) {
        spec.description = "about " + request.payload;
        spec.cancellable = false;
      },
      [&](RunningTask task, std::shared_ptr<Inbound>) {
        const TaskSpec& spec = task->spec();
        EXPECT_EQ(spec.action, "described");
        EXPECT_EQ(spec.type, TaskType::kDirect);
        EXPECT_EQ(spec.task_class, TaskClass::kBackground);
        EXPECT_EQ(spec.parent, (TaskId{"node-b", 7}));
        EXPECT_EQ(spec.origin, origin);
        EXPECT_EQ(spec.token.chunk, 3u);
        EXPECT_EQ(spec.description, "about it");
        EXPECT_FALSE(spec.cancellable);
        EXPECT_GE(*spec.deadline_nanos, clock_.MonotonicNanos() + 50'000'000);
      });
  node_.self.Start({.action = "described",
                    .task_class = TaskClass::kBackground,
                    .parent = {"node-b", 7},
                    .origin = origin,
                    .deadline_left_millis = 50,
                    .token = {{"node-b", 7}, 3},
                    .payload = "it"},
                   Heard());
}

TEST_F(OwnNode, EndsACallForAnActionItDoesNotHave) {
  auto call = node_.self.Start({.action = "nothing"}, Heard());
  call->Cancel(kByUser);
  loop_.RunDue();
  EXPECT_EQ(heard_, std::vector<std::string>{"end No handler for action [nothing]"});
  EXPECT_TRUE(never_began_);
}

TEST_F(OwnNode, BeginsOnlyWhatIsEarlyWhileItHoldsBack) {
  node_.actions.Add(
      "early", nullptr,
      [](RunningTask task, std::shared_ptr<Inbound>) { std::move(task).Finish(End()); },
      Reach::kOwnNode, Early::kYes);
  node_.actions.HoldBack({503, "node_not_connected_exception", "it is starting"});
  node_.self.Start({.action = "inline", .payload = "x"}, Heard());
  loop_.RunDue();
  EXPECT_EQ(heard_, std::vector<std::string>{"end it is starting"});
  EXPECT_TRUE(never_began_) << "so that it can be tried again";

  heard_.clear();
  node_.self.Start({.action = "early"}, Heard());
  loop_.RunDue();
  EXPECT_EQ(heard_.size(), 2u);
  EXPECT_FALSE(never_began_);

  heard_.clear();
  node_.actions.Open();
  node_.self.Start({.action = "inline", .payload = "x"}, Heard());
  loop_.RunDue();
  EXPECT_EQ(heard_.back(), "end x");
}

TEST_F(OwnNode, EndsACallThatTheRegistryRefuses) {
  node_.registry.StopAll("node is shutting down");
  node_.self.Start({.action = "inline"}, Heard());
  loop_.RunDue();
  EXPECT_EQ(heard_, std::vector<std::string>{"end node is shutting down"});
}

TEST_F(OwnNode, StoppedBeforeItsFirstLineNeverRuns) {
  node_.actions.Add("stopped", nullptr, [](RunningTask, std::shared_ptr<Inbound>) {
    ADD_FAILURE() << "its handler ran";
  });
  struct Refuser final : Inbound {
    const StartRequest& request() const override { return start; }
    bool streamed() const override { return false; }
    base::Result<std::optional<std::string>> Next(TaskContext&) override {
      return std::optional<std::string>();
    }
    void Progress(std::string) override {}
    StartRequest start{.action = "stopped"};
  };
  std::optional<End> heard;
  node_.actions.Begin(
      node_.registry, TaskType::kTransport, std::make_shared<Refuser>(),
      [](const TaskPtr& task) { task->RequestStop(kByUser); },
      [&](const End& end) { heard = end; });
  ASSERT_TRUE(heard.has_value());
  EXPECT_EQ(heard->outcome, Outcome::kCancelled);
  EXPECT_TRUE(heard->never_began);
}

TEST_F(OwnNode, PassesACancelOnToTheChild) {
  std::promise<Outcome> end;
  auto call = node_.self.Start({.action = "wait"},
                               {.on_started = nullptr,
                                .on_progress = nullptr,
                                .on_end = [&](const End& how) { end.set_value(how.outcome); }});
  puppet_.WaitUntilBegun();
  call->Cancel(kByUser);
  loop_.RunDue();
  EXPECT_EQ(end.get_future().get(), Outcome::kCancelled);
  call->Cancel(kByUser);  // harmless
}

TEST_F(OwnNode, AChildThatActsBeforeItsStartReturnsHearsItsParentsStop) {
  const RunningTask parent = *node_.registry.Register({.action = "parent"});
  node_.actions.Add("early", nullptr, [&](RunningTask task, std::shared_ptr<Inbound>) {
    parent->RequestStop(kByUser);
    EXPECT_TRUE(task->cancelled());
    std::move(task).Finish(End(task->Checkpoint()));
  });
  ChildScope children(*parent);
  std::optional<End> heard;
  EXPECT_TRUE(children.Start(node_.self, {.action = "early"},
                             {.on_started = nullptr,
                              .on_progress = nullptr,
                              .on_end = [&](const End& end) { heard = end; }}));
  loop_.RunDue();
  ASSERT_TRUE(heard.has_value());
  EXPECT_EQ(heard->outcome, Outcome::kCancelled);
}

class Chunks final : public PayloadSource {
 public:
  base::Result<std::optional<std::string>> Next() override {
    if (left_ == 0) return std::optional<std::string>();
    return std::optional<std::string>(std::to_string(left_--));
  }

 private:
  int left_ = 2;
};

TEST_F(OwnNode, GivesAChildItsStreamPieceByPieceUntilItHasToStop) {
  std::vector<std::string> pieces;
  node_.actions.Add("stream", nullptr, [&](RunningTask task, std::shared_ptr<Inbound> inbound) {
    pieces.push_back(**inbound->Next(*task));
    pieces.push_back(**inbound->Next(*task));
    EXPECT_FALSE(*inbound->Next(*task));
    task->RequestStop(kByUser);
    EXPECT_EQ(inbound->Next(*task).status().code(), base::Code::kCancelled);
  });
  StartRequest request{.action = "stream"};
  request.stream = std::make_shared<Chunks>();
  node_.self.Start(std::move(request), Heard());
  EXPECT_EQ(pieces, (std::vector<std::string>{"2", "1"}));
}

TEST(ActionTable, AnActionReachesAnyNodeUnlessItSaysOtherwise) {
  ActionTable actions;
  actions.Add("anywhere", nullptr, nullptr);
  actions.Add("here", nullptr, nullptr, Reach::kOwnNode);
  EXPECT_EQ(actions.ReachOf("anywhere"), Reach::kAnyNode);
  EXPECT_EQ(actions.ReachOf("here"), Reach::kOwnNode);
  EXPECT_EQ(actions.ReachOf("unknown"), Reach::kAnyNode);
}

TEST(OwnNodeThreaded, LeavesOfAPoolAreChildrenLikeAnyOther) {
  test::LoopbackNode node("node-a");
  ThreadPool pool({.name = "write", .threads = 2}, node.loop);
  node.actions.Add("leaf", nullptr, [&](RunningTask task, std::shared_ptr<Inbound> inbound) {
    pool.Submit(std::move(task),
                [inbound](TaskContext&) { return End(Status(), inbound->request().payload); });
  });
  RunningTask parent = *node.registry.Register({.action = "parent"});
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> sum = 0;
    ChildScope children(*parent);
    for (int i = 1; i <= 10; ++i)
      children.Start(node.self, {.action = "leaf", .payload = std::to_string(i)},
                     {.on_started = nullptr, .on_progress = nullptr, .on_end = [&](const End& end) {
                        sum += std::stoi(*end.result);
                      }});
    ASSERT_TRUE(children.Join().ok());
    ASSERT_EQ(sum, 55);
  }
  EXPECT_EQ(node.registry.size(), 1u);
}

}  // namespace
}  // namespace tasks
