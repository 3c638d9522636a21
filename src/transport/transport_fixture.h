// What the tests of transport/ share: nodes within one process, with a clock turned by hand or the
// machine's.

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <thread>

#include "support/puppet.h"
#include "support/tcp_proxy.h"
#include "transport/local_node.h"
#include "transport/options.h"
#include "transport/transport.h"

namespace transport {

inline constexpr std::int64_t kMillis = 1'000'000;

// Until what another thread does has happened; ctest's time-out is the limit.
template <typename Condition>
void Await(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

// A node without its transport.
struct BareNode {
  BareNode(const std::string& id, std::uint64_t incarnation, const base::Clock& clock,
           tasks::Loop::Mode mode, const base::Clock* of_loop = nullptr)
      : loop(of_loop != nullptr ? *of_loop : clock, mode),
        payloads(clock),
        registry({.node_id = id, .incarnation = incarnation, .clock = &clock, .loop = &loop}) {}
  ~BareNode() {
    registry.StopAll("node is shutting down");
    payloads.Stop();
    loop.Stop();
  }

  LocalNode local() { return {registry, actions, loop, payloads}; }
  std::vector<tasks::TaskPtr> Alive() const {
    tasks::TaskRegistry::Cursor cursor;
    return registry.NextPage(cursor, {});
  }

  tasks::Loop loop, payloads;
  tasks::TaskRegistry registry;
  tasks::ActionTable actions;
};

// A node with its transport, and work that runs on threads of its own.
class LiveNode {
 public:
  using Work = std::function<tasks::End(tasks::TaskContext&, tasks::Inbound&)>;

  explicit LiveNode(const std::string& id, const Options& options = Loopback(),
                    std::uint64_t incarnation = 1)
      : bare_(id, incarnation, base::Clock::System(), tasks::Loop::Mode::kThread) {
    auto listening = Transport::Listen(bare_.local(), options);
    EXPECT_TRUE(listening.ok()) << listening.status().reason();
    transport_ = *std::move(listening);
  }
  ~LiveNode() { Stop(); }
  void Stop() {
    bare_.registry.StopAll("node is shutting down");
    bare_.registry.WaitUntilEmpty(INT32_MAX);
    workers_.clear();
    transport_->Stop();
  }

  static Options Loopback() {
    Options options;
    options.port = 0;
    options.lease_millis = 5000;
    return options;
  }

  void Handle(std::string_view action, Work work, tasks::Reach reach = tasks::Reach::kOwnNode) {
    bare_.actions.Add(
        action, nullptr,
        [this, work = std::move(work)](tasks::RunningTask task,
                                       std::shared_ptr<tasks::Inbound> inbound) {
          std::lock_guard lock(mutex_);
          auto running = std::make_shared<tasks::RunningTask>(std::move(task));
          workers_.emplace_back([running, inbound = std::move(inbound), work]() mutable {
            tasks::End end = work(**running, *inbound);
            inbound.reset();
            std::move(*running).Finish(std::move(end));
          });
        },
        reach);
  }

  // Children that hold no thread: each ends when it is asked to stop.
  void HandleInline(std::string_view action) {
    bare_.actions.Add(
        action, nullptr,
        [this](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> /*inbound*/) {
          struct Held {
            void End() {
              const base::Status why = task->Checkpoint();
              std::move(task).Finish(tasks::End(why));
              hook.reset();
              self.reset();
            }

            tasks::RunningTask task;
            std::optional<tasks::StopHook> hook;
            std::shared_ptr<Held> self;  // until it has ended
          };
          const auto held = std::make_shared<Held>();
          held->task = std::move(task);
          held->self = held;
          held->hook.emplace(*held->task, bare_.loop, std::weak_ptr(held), &Held::End);
        },
        tasks::Reach::kOwnNode);
  }

  Transport& transport() { return *transport_; }
  tasks::TaskRegistry& registry() { return bare_.registry; }
  std::vector<tasks::TaskPtr> Alive() const { return bare_.Alive(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(transport_->port()); }
  RemotePeer& PeerAt(const std::string& id, const std::string& address) {
    return transport_->Connect(id, address);
  }

 private:
  BareNode bare_;
  std::unique_ptr<Transport> transport_;
  std::mutex mutex_;
  std::list<std::jthread> workers_;  // guarded by mutex_; last
};

// What a caller hears of one call.
class Heard {
 public:
  tasks::CallEvents Events() {
    return {.on_started = [this](const tasks::TaskId& id) { Note("started", id.ToString()); },
            .on_progress = [this](const std::string& bytes) { Note("progress", bytes); },
            .on_end =
                [this](const tasks::End& end) {
                  std::lock_guard lock(mutex_);
                  ++ends_;
                  end_ = end;
                  changed_.notify_all();
                }};
  }

  tasks::End End() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return end_.has_value(); });
    return *end_;
  }
  void Started() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !notes_.empty(); });
  }
  bool ended() const {
    std::lock_guard lock(mutex_);
    return end_.has_value();
  }
  int ends() const {
    std::lock_guard lock(mutex_);
    return ends_;
  }
  std::vector<std::string> notes() const {
    std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  void Note(const std::string& what, const std::string& of) {
    std::lock_guard lock(mutex_);
    notes_.push_back(what + " " + of);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;  // guarded by mutex_
  std::optional<tasks::End> end_;   // guarded by mutex_
  int ends_ = 0;                    // guarded by mutex_
};

// Chunks of a size, each filled with its number; counts what has been asked for.
class Chunks final : public tasks::PayloadSource {
 public:
  Chunks(int count, std::size_t size, base::Status then = {})
      : count_(count), size_(size), then_(std::move(then)) {}
  base::Result<std::optional<std::string>> Next() override {
    if (made_ == count_) {
      if (!then_.ok()) return then_;
      return std::optional<std::string>();
    }
    return std::optional(std::string(size_, static_cast<char>('a' + made_++ % 26)));
  }
  std::size_t made_bytes() const { return made_ * size_; }

 private:
  const int count_;
  const std::size_t size_;
  const base::Status then_;
  std::atomic<int> made_ = 0;
};

inline tasks::StartRequest RequestFor(std::string_view action, std::string payload = {}) {
  tasks::StartRequest request;
  request.action = action;
  request.parent = {"node-a", 1};
  request.payload = std::move(payload);
  return request;
}

}  // namespace transport
