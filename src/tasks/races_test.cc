// Races that other task managers lost, run many times: with the sanitizers they are the proof.

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "support/loopback_peer.h"
#include "support/puppet.h"
#include "tasks/child_scope.h"
#include "tasks/record/history.h"

namespace tasks {
namespace {

using base::Code;
using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request"};

CallEvents Silent() { return {.on_started = nullptr, .on_progress = nullptr, .on_end = nullptr}; }

TEST(Races, CancelsAndListsAgainstEnds) {
  History history({}, base::Clock::System());
  TaskRegistry registry(
      {.node_id = "node-a", .clock = &base::Clock::System(), .history = &history});
  std::atomic<bool> done = false;
  std::jthread canceller([&] {
    while (!done) {
      for (const TaskPtr& task : registry.CancelMatching({}, &kByUser)) {
        EXPECT_TRUE(task->Info(true).cancelled);
        registry.Cancel(task->id(), {}, kByUser).status().Ignore();
      }
    }
  });
  for (int i = 0; i < 5000; ++i) {
    RunningTask task = *registry.Register({.action = "a"});
    const Status status = task->Checkpoint();
    std::move(task).Finish(End(status));
  }
  done = true;
  canceller.join();
  EXPECT_EQ(registry.size(), 0u);
  for (const TaskInfo& info : history.Query([](const TaskInfo&) { return true; }, 0, 10'000)) {
    EXPECT_TRUE(info.cancelled || info.outcome == Outcome::kDone);
    EXPECT_EQ(info.completed_despite_cancel, info.cancelled && info.outcome == Outcome::kDone);
  }
}

TEST(Races, AStopWhileItsTaskSealsAndUnsealsIsHeardExactlyOnce) {
  TaskRegistry registry({.node_id = "node-a", .clock = &base::Clock::System()});
  for (int round = 0; round < 500; ++round) {
    const RunningTask task = *registry.Register({.action = "a"});
    std::atomic<int> heard = 0;
    std::stop_callback callback(task->stop_token(), [&] { ++heard; });
    std::jthread canceller([&] { task->RequestStop(kByUser); });
    for (;;) {
      if (!task->Seal().ok()) break;
      EXPECT_EQ(heard, 0) << "inside a unit";
      if (!task->Unseal().ok()) break;
      std::this_thread::yield();
    }
    canceller.join();
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(task->Seal().code(), Code::kCancelled);
  }
}

// A leaf that writes its payload's bytes, one a unit.
class Writers : public testing::Test {
 protected:
  Writers() {
    there_.Handle("write", [this](TaskContext& task, const std::string& payload) {
      std::string letters;
      Status why;
      while (why.ok() && letters.size() < payload.size()) {
        why = task.Seal();
        if (!why.ok()) break;
        ++written_;
        letters += 'd';
        why = task.Unseal();
      }
      if (letters.size() == payload.size()) why = Status();
      letters.resize(payload.size(), 'n');
      return End(std::move(why), letters);
    });
  }

  std::atomic<int> written_ = 0;
  test::LoopbackNode here_{"node-a"}, there_{"node-b"};
  test::LoopbackPeer peer_{there_};
};

TEST_F(Writers, CancelledAgainstTheirAppendsTellTheTruthEachTime) {
  for (int round = 0; round < 300; ++round) {
    written_ = 0;
    RunningTask root = *here_.registry.Register({.action = "root"});
    std::jthread canceller([&] {
      while (written_ < round % 7) std::this_thread::yield();
      root->RequestStop(kByUser);
    });
    std::mutex mutex;
    std::string told;
    {
      ChildScope children(*root);
      for (int i = 0; i < 2; ++i)
        children.Start(
            peer_, {.action = "write", .payload = "abc"},
            {.on_started = nullptr, .on_progress = nullptr, .on_end = [&](const End& end) {
               std::lock_guard lock(mutex);
               told += end.result.value_or("nnn");
             }});
      children.Join().Ignore();  // what was told is what counts
    }
    const auto done = static_cast<int>(std::ranges::count(told, 'd'));
    ASSERT_EQ(done, written_.load()) << told;
    written_ = 7;  // lets the canceller go
    canceller.join();
    std::move(root).Finish(End());
    ASSERT_TRUE(there_.Alive().empty());
  }
}

TEST(Races, AStopAgainstTheStartAndTheEndOfChildrenLeavesNobodyBehind) {
  test::LoopbackNode here("node-a"), there("node-b");
  test::LoopbackPeer peer(there);
  test::Puppet puppet;
  there.Handle("wait",
               [&](TaskContext& task, const std::string&) { return End(puppet.Act(task)); });
  for (int round = 0; round < 300; ++round) {
    RunningTask root = *here.registry.Register({.action = "root"});
    std::jthread canceller([&] { root->RequestStop(kByUser); });
    {
      ChildScope children(*root);
      for (int i = 0; i < 3; ++i) children.Start(peer, {.action = "wait"}, Silent());
      if (round % 2 == 0) {
        EXPECT_EQ(children.Join().code(), Code::kCancelled);
      }
    }
    EXPECT_TRUE(there.Alive().empty());
    canceller.join();
  }
}

TEST(Shutdown, IsHeardByTheChildrenOfAParentElsewhere) {
  test::LoopbackNode here("node-a"), there("node-b");
  test::LoopbackPeer peer(there);
  test::Puppet puppet;
  std::optional<Stop> heard;
  there.Handle("wait", [&](TaskContext& task, const std::string&) {
    End end(puppet.Act(task));
    heard = task.stop();
    return end;
  });
  RunningTask root = *here.registry.Register({.action = "root"});
  ChildScope children(*root);
  children.Start(peer, {.action = "wait"}, Silent());
  puppet.WaitUntilBegun();
  there.registry.StopAll("node is shutting down");
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
  EXPECT_EQ(heard->cause, StopCause::kShutdown);
  EXPECT_FALSE(root->cancelled()) << "its own node goes on";
  EXPECT_TRUE(there.registry.WaitUntilEmpty(60'000));
}

TEST(Shutdown, OfTheParentsNodeReachesItsChildrenElsewhere) {
  test::LoopbackNode here("node-a"), there("node-b");
  test::LoopbackPeer peer(there);
  test::Puppet puppet;
  there.Handle("wait",
               [&](TaskContext& task, const std::string&) { return End(puppet.Act(task)); });
  RunningTask root = *here.registry.Register({.action = "root"});
  ChildScope children(*root);
  children.Start(peer, {.action = "wait"}, Silent());
  puppet.WaitUntilBegun();
  here.registry.StopAll("node is shutting down");
  EXPECT_EQ(children.Join().reason(), "cancelled task with reason: node is shutting down");
}

TEST(Hooks, OfATaskDoNotReplaceTheCascadeAndRunOnce) {
  class Counts final : public Poster {
   public:
    void Post(std::function<void()>) override { ++posted; }
    int posted = 0;
  };
  test::LoopbackNode here("node-a"), there("node-b");
  test::LoopbackPeer peer(there);
  test::Puppet puppet;
  there.Handle("wait",
               [&](TaskContext& task, const std::string&) { return End(puppet.Act(task)); });
  RunningTask root = *here.registry.Register({.action = "root"});
  Counts hooks;
  const auto owner = std::make_shared<int>();
  const StopHook hook(*root, hooks, std::weak_ptr(owner), [](int&) {});
  ChildScope children(*root);
  children.Start(peer, {.action = "wait"}, Silent());
  puppet.WaitUntilBegun();
  EXPECT_TRUE(here.registry.Cancel(root->id(), {}, kByUser).ok());
  EXPECT_TRUE(here.registry.Cancel(root->id(), {}, kByUser).ok());
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
  EXPECT_EQ(hooks.posted, 1);
}

}  // namespace
}  // namespace tasks
