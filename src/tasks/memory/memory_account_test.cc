#include "tasks/memory/memory_account.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tasks/memory/reservation.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

constexpr MemoryAccount::Limits kLimits{.total = 3000, .request = 2048, .in_flight_requests = 2500};

std::string Extra(const base::Status& status, std::string_view key) {
  for (const auto& extra : status.extras()) {
    if (extra.key == key) return extra.value;
  }
  return {};
}

TEST(MemoryAccount, RefusesWhatDoesNotFitInItsBreakerAsOpenSearchDoes) {
  MemoryAccount account(kLimits);
  Reservation memory(&account, Breaker::kRequest, "<reduce>");
  ASSERT_TRUE(memory.Grow(1000).ok());
  const base::Status refused = memory.Grow(4120);
  EXPECT_EQ(refused.http_status(), 429);
  EXPECT_EQ(refused.type(), "circuit_breaking_exception");
  EXPECT_EQ(refused.reason(),
            "[request] Data too large, data for [<reduce>] would be [5120/5kb], which is larger "
            "than the limit of [2048/2kb]");
  EXPECT_EQ(Extra(refused, "bytes_wanted"), "5120");
  EXPECT_EQ(Extra(refused, "bytes_limit"), "2048");
  EXPECT_EQ(Extra(refused, "durability"), "TRANSIENT");
  EXPECT_EQ(memory.bytes(), 1000) << "nothing changes";
  EXPECT_EQ(account.breaker(Breaker::kRequest).reserved, 1000);
  EXPECT_EQ(account.breaker(Breaker::kRequest).tripped, 1);
  EXPECT_EQ(account.parent().reserved, 1000);
}

TEST(MemoryAccount, RefusesWhatDoesNotFitWithAllOthers) {
  MemoryAccount account(kLimits);
  Reservation tree(&account, Breaker::kRequest, "<parse>");
  Reservation body(&account, Breaker::kInFlightRequests, "<http_request>");
  ASSERT_TRUE(tree.Grow(1024).ok());
  const base::Status refused = body.Grow(2048);
  EXPECT_EQ(refused.reason(),
            "[parent] Data too large, data for [<http_request>] would be [3072/3kb], which is "
            "larger than the limit of [3000/2.9kb], usages [request=1024/1kb, "
            "in_flight_requests=0/0b, store=0/0b]");
  EXPECT_EQ(account.parent().tripped, 1);
  EXPECT_EQ(account.breaker(Breaker::kInFlightRequests).tripped, 0);
  tree.Release();
  EXPECT_TRUE(body.Grow(2048).ok());
}

TEST(MemoryAccount, LeavesRoomForTheStoreAtMostAnEighthOfTheTotal) {
  MemoryAccount account({.total = 8000, .store = 600});
  EXPECT_EQ(account.parent().reserved, 600);
  Reservation tree(&account, Breaker::kRequest, "<parse>");
  EXPECT_FALSE(tree.Grow(7401).ok());
  EXPECT_TRUE(tree.Grow(7400).ok());
  EXPECT_EQ(account.parent().reserved, 8000);
  tree.Release();
  account.SetLimits({.total = 80, .store = 600});
  EXPECT_EQ(account.parent().reserved, 10);
  EXPECT_TRUE(tree.Grow(70).ok());
}

TEST(MemoryAccount, KeepsWhatIsReservedWhenItsLimitsSink) {
  MemoryAccount account(kLimits);
  Reservation memory(&account, Breaker::kRequest, "<reduce>");
  ASSERT_TRUE(memory.Grow(2000).ok());
  account.SetLimits({.total = 1000, .request = 1000, .in_flight_requests = 1000});
  EXPECT_FALSE(memory.Grow(1).ok());
  EXPECT_TRUE(memory.Resize(1000).ok()) << "shrinking always works";
  EXPECT_EQ(account.parent().limit, 1000);
  EXPECT_EQ(account.parent().reserved, 1000);
}

TEST(MemoryAccount, NeverHoldsMoreThanItsLimitWhoeverComesTogether) {
  MemoryAccount account({.total = 50, .request = 50, .in_flight_requests = 50});
  std::atomic<std::int64_t> held = 0, most = 0;
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) {
      Reservation memory(&account, Breaker::kRequest, "<reduce>");
      if (!memory.Grow(20).ok()) continue;
      const std::int64_t now = held += 20;
      if (now > most) most = now;
      held -= 20;
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  threads.clear();
  EXPECT_LE(most, 50);
  EXPECT_EQ(account.parent().reserved, 0);
}

TEST(Reservation, GivesBackWhatItHasWhenItEndsOrIsMovedTo) {
  MemoryAccount account(kLimits);
  {
    Reservation one(&account, Breaker::kRequest, "<reduce>");
    Reservation other(&account, Breaker::kRequest, "<reduce>");
    ASSERT_TRUE(one.Grow(100).ok());
    ASSERT_TRUE(other.Grow(10).ok());
    one = std::move(other);
    EXPECT_EQ(one.bytes(), 10);
    EXPECT_EQ(account.parent().reserved, 10);
    const Reservation moved = std::move(one);
    EXPECT_EQ(account.parent().reserved, 10);
  }
  EXPECT_EQ(account.parent().reserved, 0);
}

TEST(Reservation, ThatIsOverdrawnLeavesNoRoomForOthers) {
  MemoryAccount account(kLimits);
  Reservation answer(&account, Breaker::kRequest, "<answer>");
  answer.Overdraw(5000);
  EXPECT_EQ(account.parent().reserved, 5000);
  EXPECT_EQ(account.parent().tripped, 0);
  Reservation other(&account, Breaker::kRequest, "<parse>");
  EXPECT_FALSE(other.Grow(1).ok());
  answer.Release();
  EXPECT_TRUE(other.Grow(1).ok());
}

TEST(Reservation, OnNoAccountEverythingFits) {
  Reservation memory;
  EXPECT_TRUE(memory.Grow(std::int64_t{1} << 60).ok());
}

TEST(Reservation, IsShownByItsTaskAndMayOutliveIt) {
  base::Clock& clock = base::Clock::System();
  MemoryAccount account(kLimits);
  TaskRegistry registry({.node_id = "node-a", .clock = &clock, .memory = &account});
  auto running = registry.Register({.action = "indices:data/read/mget"});
  ASSERT_TRUE(running.ok());
  const TaskPtr task = running->context();
  Reservation body(*task, Breaker::kInFlightRequests, "<http_request>");
  Reservation tree(*task, Breaker::kRequest, "<parse>");
  ASSERT_TRUE(body.Grow(300).ok());
  ASSERT_TRUE(tree.Grow(700).ok());
  EXPECT_FALSE(tree.Grow(2000).ok());
  EXPECT_EQ(task->Info(true).resources->memory_bytes, 1000);
  tree.Release();
  EXPECT_EQ(task->Info(true).resources->memory_bytes, 300) << "what it holds now";
  std::move(*running).Finish({});
  EXPECT_EQ(task->Info(true).resources->memory_bytes, 1000) << "once it has ended, the most";
  EXPECT_EQ(account.parent().reserved, 300);
  body.Release();
  EXPECT_EQ(account.parent().reserved, 0);
}

}  // namespace
}  // namespace tasks
