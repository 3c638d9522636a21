// test/support/loopback_peer.h
//
// The way from one node to another inside the test's process. Messages are delivered on the other
// node's loop, in the order in which they were sent, after `delay`. A test can freeze the other
// node (messages to and from it wait), thaw it, and lose it: the caller then knows that nothing new
// can begin there, open calls end unconfirmed, nothing is delivered any more.
//
// Lifetime: as long as the test likes; calls keep what they need. Threads: any.

#pragma once

#include <deque>
#include <set>

#include "support/loopback_node.h"

namespace test {

class LoopbackPeer final : public tasks::Peer {
 public:
  explicit LoopbackPeer(LoopbackNode& node) : wire_(std::make_shared<Wire>(node)) {}
  ~LoopbackPeer() override { Lose(); }

  const std::string& node_id() const override { return wire_->node.registry.node_id(); }

  std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                     tasks::CallEvents events) override {
    return wire_->Start(std::move(request), std::move(events));
  }

  void Freeze() { wire_->SetFrozen(true); }
  void Thaw() { wire_->SetFrozen(false); }
  void Delay(std::int64_t nanos) { wire_->delay = nanos; }
  void Lose() { wire_->Lose(); }
  // A message of the session, ordered with all others.
  void Send(std::function<void()> message) { wire_->Send(std::move(message)); }

  // Until when the other node may begin effects for this caller; goes with each Start.
  const std::shared_ptr<tasks::Lease>& lease() const { return wire_->lease; }

 private:
  class OpenCall;
  using CallPtr = std::shared_ptr<OpenCall>;

  struct Wire : std::enable_shared_from_this<Wire> {
    explicit Wire(LoopbackNode& there) : node(there) {}

    CallPtr Start(tasks::StartRequest request, tasks::CallEvents events);
    void Begin(const CallPtr& call, tasks::StartRequest request);
    void Finish(const CallPtr& call, const tasks::End& end);
    void Send(std::function<void()> message);
    void Deliver();
    void SetFrozen(bool value);
    void Lose();

    LoopbackNode& node;
    const std::shared_ptr<tasks::Lease> lease = std::make_shared<tasks::Lease>();
    std::atomic<std::int64_t> delay = 0;
    std::mutex mutex;
    std::deque<std::pair<std::int64_t, std::function<void()>>> messages;  // guarded by mutex
    std::set<CallPtr> open;                                               // guarded by mutex
    bool frozen = false;                                                  // guarded by mutex
    bool lost = false;                                                    // guarded by mutex
  };

  class OpenCall final : public tasks::Call, public std::enable_shared_from_this<OpenCall> {
   public:
    OpenCall(std::shared_ptr<Wire> over, tasks::CallEvents then)
        : wire(std::move(over)), events(std::move(then)) {}
    void Cancel(const tasks::Stop& stop) override {
      wire->Send([self = shared_from_this(), stop] {
        if (self->child) self->child->RequestStop(stop);  // the Start came before us
      });
    }

    const std::shared_ptr<Wire> wire;
    const tasks::CallEvents events;
    tasks::TaskPtr child;          // the other side's; its loop only
    std::string name = "a child";  // from Started; the loop only
  };

  class Inbound final : public tasks::Inbound {
   public:
    Inbound(CallPtr call, tasks::StartRequest request)
        : call_(std::move(call)), request_(std::move(request)) {}
    const tasks::StartRequest& request() const override { return request_; }
    base::Result<std::optional<std::string>> Next(tasks::TaskContext& task) override {
      RETURN_IF_ERROR(task.Checkpoint());
      if (!request_.stream) return std::optional<std::string>();
      return request_.stream->Next();
    }
    void Progress(std::string bytes) override {
      call_->wire->Send([call = call_, bytes = std::move(bytes)] {
        if (call->events.on_progress) call->events.on_progress(bytes);
      });
    }

   private:
    const CallPtr call_;
    const tasks::StartRequest request_;
  };

  const std::shared_ptr<Wire> wire_;
};

inline LoopbackPeer::CallPtr LoopbackPeer::Wire::Start(tasks::StartRequest request,
                                                       tasks::CallEvents events) {
  auto call = std::make_shared<OpenCall>(shared_from_this(), std::move(events));
  request.lease = lease;
  std::unique_lock lock(mutex);
  open.insert(call);
  if (lost) {
    node.loop.Post([this, call] {
      Finish(call, tasks::End({base::Code::kFailed, call->name + " was not reached"}));
    });
    return call;
  }
  lock.unlock();
  Send([this, call, request = std::move(request)] { Begin(call, request); });
  return call;
}

inline void LoopbackPeer::Wire::Begin(const CallPtr& call, tasks::StartRequest request) {
  node.actions.Begin(
      node.registry, tasks::TaskType::kTransport,
      std::make_shared<Inbound>(call, std::move(request)),
      [&](const tasks::TaskPtr& child) {
        call->child = child;
        if (!child) return;
        Send([call, id = child->id()] {
          call->name = id.ToString();
          if (call->events.on_started) call->events.on_started(id);
        });
      },
      [self = shared_from_this(), call](const tasks::End& end) {
        self->Send([self, call, end] { self->Finish(call, end); });
      });
}

inline void LoopbackPeer::Wire::Finish(const CallPtr& call, const tasks::End& end) {
  {
    std::lock_guard lock(mutex);
    if (open.erase(call) == 0) return;  // it was lost meanwhile
  }
  call->events.on_end(end);
}

inline void LoopbackPeer::Wire::Send(std::function<void()> message) {
  std::lock_guard lock(mutex);
  if (lost) return;
  const std::int64_t due = node.clock.MonotonicNanos() + delay;
  messages.emplace_back(messages.empty() ? due : std::max(due, messages.back().first),
                        std::move(message));
  node.loop.At(messages.back().first, [self = shared_from_this()] { self->Deliver(); });
}

inline void LoopbackPeer::Wire::Deliver() {
  std::unique_lock lock(mutex);
  while (!frozen && !messages.empty() && messages.front().first <= node.clock.MonotonicNanos()) {
    const auto message = std::move(messages.front().second);
    messages.pop_front();
    lock.unlock();
    message();
    lock.lock();
  }
}

inline void LoopbackPeer::Wire::SetFrozen(bool value) {
  std::lock_guard lock(mutex);
  frozen = value;
  node.loop.Post([self = shared_from_this()] { self->Deliver(); });
}

inline void LoopbackPeer::Wire::Lose() {
  std::deque<std::pair<std::int64_t, std::function<void()>>> undelivered;  // end outside our lock
  std::lock_guard lock(mutex);
  lost = true;
  undelivered.swap(messages);
  for (const CallPtr& call : open) {
    node.loop.Post([self = shared_from_this(), call] {
      self->Finish(call, tasks::End({base::Code::kUnconfirmed,
                                     call->name + " is unconfirmed: its node is lost"}));
    });
  }
}

}  // namespace test
