// test/support/loopback_peer.h
//
// The way from one node to another inside the test's process. Each direction is a lane of messages,
// delivered in the order in which they were sent, after `delay`, on the loop of the node they go
// to. A test can freeze the way (messages wait), thaw it, and lose it: the caller then knows that
// nothing new can begin over there, and open calls end unconfirmed.
//
// KeepAlive() adds the session's beats: what the other node may begin for this caller is then
// bounded by a lease, and a silent node is lost by itself.
//
// Lifetime: as long as the test likes; calls keep what they need, and what is still on the way at
// its end does not arrive. Threads: any.

#pragma once

#include <algorithm>
#include <deque>
#include <set>

#include "support/loopback_node.h"

namespace test {

class LoopbackPeer final : public tasks::Peer {
 public:
  static constexpr std::int64_t kBeatNanos = 500'000'000;

  // `caller` is the loop on which the caller hears; else it hears on the other node's.
  explicit LoopbackPeer(LoopbackNode& there, tasks::Loop* caller = nullptr)
      : wire_(std::make_shared<Wire>(there, caller ? *caller : there.loop)) {}
  ~LoopbackPeer() override {
    Lose();
    wire_->Tear();
  }

  const std::string& node_id() const override { return wire_->there.registry.node_id(); }
  std::shared_ptr<tasks::Call> Start(tasks::StartRequest request,
                                     tasks::CallEvents events) override;

  void Freeze() { wire_->SetFrozen(true); }
  void Thaw() { wire_->SetFrozen(false); }
  void Delay(std::int64_t nanos) { wire_->out.delay = wire_->back.delay = nanos; }
  void Lose() { wire_->Lose(); }
  bool lost() const { return wire_->lost; }

  void KeepAlive(std::int64_t lease_nanos);
  // The other node has died: it hears and says nothing more, but what it has sent may arrive.
  void Silence() {
    wire_->back.closed = true;
    wire_->out.SetFrozen(true);
  }
  // The other node learns that its caller has begun anew, as from the next Hello.
  void StopChildren() {
    wire_->out.Send([wire = wire_] { wire->StopChildren(); });
  }

 private:
  class OpenCall;
  class Inbound;
  using CallPtr = std::shared_ptr<OpenCall>;
  using LeasePtr = std::shared_ptr<tasks::Lease>;

  struct Lane : std::enable_shared_from_this<Lane> {
    Lane(tasks::Loop& at, const base::Clock& time) : loop(at), clock(time) {}
    void Send(std::function<void()> message);
    void Deliver();
    void SetFrozen(bool value);
    void Drop();

    tasks::Loop& loop;
    const base::Clock& clock;
    std::atomic<std::int64_t> delay = 0;
    std::atomic<bool> closed = false;  // takes no more messages
    std::mutex mutex;
    std::deque<std::pair<std::int64_t, std::function<void()>>> messages;  // guarded by mutex
    bool frozen = false;                                                  // guarded by mutex
  };

  struct Wire : std::enable_shared_from_this<Wire> {
    Wire(LoopbackNode& to, tasks::Loop& caller)
        : there(to),
          out_lane(std::make_shared<Lane>(to.loop, to.clock)),
          back_lane(std::make_shared<Lane>(caller, to.clock)) {}

    CallPtr Start(tasks::StartRequest request, tasks::CallEvents events);
    void Begin(const CallPtr& call, tasks::StartRequest request, std::int64_t upstream_left);
    void Finish(const CallPtr& call, const tasks::End& end);
    bool IsOpen(const CallPtr& call) {
      std::lock_guard lock(mutex);
      return open.contains(call);
    }
    void SetFrozen(bool value);
    void Lose();
    void Tear();
    void StopChildren();
    void Beat();
    void Echo(std::int64_t sent);
    void WatchSilence();

    LoopbackNode& there;
    const std::shared_ptr<Lane> out_lane, back_lane;
    Lane& out = *out_lane;
    Lane& back = *back_lane;
    std::atomic<bool> lost = false;
    std::mutex mutex;
    std::set<CallPtr> open;  // guarded by mutex; the caller's

    // The session. The caller's side: what its own parents' leases have left goes with each echo.
    std::int64_t lease_nanos = INT64_MAX, last_echo = 0;
    std::set<std::shared_ptr<const tasks::Lease>> upstream;
    // The other side's: what may begin here for this caller, bounded by what it has left itself.
    std::int64_t newest_echoed = 0;
    std::map<std::shared_ptr<const tasks::Lease>, LeasePtr> leases;  // by upstream
    std::vector<std::weak_ptr<tasks::TaskContext>> children;
  };

  const std::shared_ptr<Wire> wire_;
};

class LoopbackPeer::OpenCall final : public tasks::Call,
                                     public std::enable_shared_from_this<OpenCall> {
 public:
  OpenCall(std::shared_ptr<Wire> over, tasks::CallEvents then)
      : wire(std::move(over)), events(std::move(then)) {}
  void Cancel(const tasks::Stop& stop) override {
    wire->out.Send([self = shared_from_this(), stop] {
      if (self->child) self->child->RequestStop(stop);  // the Start came before us
    });
  }

  const std::shared_ptr<Wire> wire;
  const tasks::CallEvents events;
  tasks::TaskPtr child;          // the other side's
  std::string name = "a child";  // the caller's, from Started
};

class LoopbackPeer::Inbound final : public tasks::Inbound {
 public:
  Inbound(CallPtr call, tasks::StartRequest request)
      : call_(std::move(call)), request_(std::move(request)) {}
  const tasks::StartRequest& request() const override { return request_; }
  bool streamed() const override { return request_.stream != nullptr; }
  base::Result<std::optional<std::string>> Next(tasks::TaskContext& task) override {
    RETURN_IF_ERROR(task.Checkpoint());
    if (!request_.stream) return std::optional<std::string>();
    return request_.stream->Next();
  }
  void Progress(std::string bytes) override {
    call_->wire->back.Send([call = call_, bytes = std::move(bytes)] {
      if (call->wire->IsOpen(call) && call->events.on_progress) call->events.on_progress(bytes);
    });
  }

 private:
  const CallPtr call_;
  const tasks::StartRequest request_;
};

inline std::shared_ptr<tasks::Call> LoopbackPeer::Start(tasks::StartRequest request,
                                                        tasks::CallEvents events) {
  return wire_->Start(std::move(request), std::move(events));
}

inline void LoopbackPeer::Lane::Send(std::function<void()> message) {
  std::lock_guard lock(mutex);
  if (closed) return;
  const std::int64_t due = clock.MonotonicNanos() + delay;
  messages.emplace_back(messages.empty() ? due : std::max(due, messages.back().first),
                        std::move(message));
  loop.At(messages.back().first, [self = shared_from_this()] { self->Deliver(); });
}

inline void LoopbackPeer::Lane::Deliver() {
  std::unique_lock lock(mutex);
  while (!frozen && !messages.empty() && messages.front().first <= clock.MonotonicNanos()) {
    const auto message = std::move(messages.front().second);
    messages.pop_front();
    lock.unlock();
    message();
    lock.lock();
  }
}

inline void LoopbackPeer::Lane::SetFrozen(bool value) {
  std::lock_guard lock(mutex);
  frozen = value;
  loop.Post([self = shared_from_this()] { self->Deliver(); });
}

inline void LoopbackPeer::Lane::Drop() {
  decltype(messages) dropped;  // what they hold ends outside our lock
  std::lock_guard lock(mutex);
  closed = true;
  dropped.swap(messages);
}

inline LoopbackPeer::CallPtr LoopbackPeer::Wire::Start(tasks::StartRequest request,
                                                       tasks::CallEvents events) {
  auto call = std::make_shared<OpenCall>(shared_from_this(), std::move(events));
  std::lock_guard lock(mutex);
  open.insert(call);
  if (lost) {
    back.loop.Post([self = shared_from_this(), call] {
      self->Finish(call, tasks::End({base::Code::kFailed, call->name + " was not reached"}));
    });
    return call;
  }
  std::int64_t left = INT64_MAX;
  if (request.lease && lease_nanos != INT64_MAX) {
    upstream.insert(request.lease);
    left = request.lease->valid_until_boot_nanos - there.clock.BootNanos();
  }
  out.Send([self = shared_from_this(), call, request = std::move(request), left] {
    self->Begin(call, request, left);
  });
  return call;
}

inline void LoopbackPeer::Wire::Begin(const CallPtr& call, tasks::StartRequest request,
                                      std::int64_t upstream_left) {
  LeasePtr& lease = leases[request.lease];
  if (!lease) {
    lease = std::make_shared<tasks::Lease>();
    if (lease_nanos != INT64_MAX)
      lease->valid_until_boot_nanos = newest_echoed + std::min(lease_nanos, upstream_left);
  }
  request.lease = lease;
  if (there.clock.BootNanos() >= lease->valid_until_boot_nanos) {
    back.Send([self = shared_from_this(), call] {
      self->Finish(call, tasks::End({base::Code::kFailed, "the lease was over before it began"}));
    });
    return;
  }
  there.actions.Begin(
      there.registry, tasks::TaskType::kTransport,
      std::make_shared<Inbound>(call, std::move(request)),
      [&](const tasks::TaskPtr& child) {
        call->child = child;
        if (!child) return;
        if (lease_nanos != INT64_MAX) children.push_back(child);
        back.Send([self = shared_from_this(), call, id = child->id()] {
          if (!self->IsOpen(call)) return;  // it was lost meanwhile
          call->name = id.ToString();
          if (call->events.on_started) call->events.on_started(id);
        });
      },
      [self = shared_from_this(), call](const tasks::End& end) {
        self->back.Send([self, call, end] { self->Finish(call, end); });
      });
}

inline void LoopbackPeer::Wire::Finish(const CallPtr& call, const tasks::End& end) {
  {
    std::lock_guard lock(mutex);
    if (open.erase(call) == 0) return;  // it was lost meanwhile
  }
  call->events.on_end(end);
}

inline void LoopbackPeer::Wire::SetFrozen(bool value) {
  out.SetFrozen(value);
  back.SetFrozen(value);
}

inline void LoopbackPeer::Wire::Lose() {
  std::lock_guard lock(mutex);
  lost = true;
  back.closed = true;
  for (const CallPtr& call : open) {
    back.loop.Post([self = shared_from_this(), call] {
      self->Finish(call, tasks::End({base::Code::kUnconfirmed,
                                     call->name + " is unconfirmed: its node is lost"}));
    });
  }
}

// Messages hold the wire whose lanes hold them.
inline void LoopbackPeer::Wire::Tear() {
  out.Drop();
  back.Drop();
}

inline void LoopbackPeer::Wire::StopChildren() {
  for (const auto& child : children) {
    if (const tasks::TaskPtr alive = child.lock())
      alive->RequestStop({.cause = tasks::StopCause::kParent, .reason = "its caller is gone"});
  }
  children.clear();
}

inline void LoopbackPeer::KeepAlive(std::int64_t lease_nanos) {
  wire_->lease_nanos = lease_nanos;
  wire_->last_echo = wire_->newest_echoed = wire_->there.clock.BootNanos();
  wire_->Beat();
  wire_->WatchSilence();
}

// On the other node, twice a second; there also the end of a lease is noticed.
inline void LoopbackPeer::Wire::Beat() {
  const std::int64_t now = there.clock.BootNanos();
  std::erase_if(children, [](const auto& child) { return child.expired(); });
  std::erase_if(leases, [&](const auto& entry) {
    return entry.second.use_count() == 1 && now >= entry.second->valid_until_boot_nanos;
  });
  for (const auto& child : children) {
    const tasks::TaskPtr alive = child.lock();
    if (alive && now >= alive->spec().lease->valid_until_boot_nanos)
      alive->RequestStop({.cause = tasks::StopCause::kParent, .reason = "its caller is gone"});
  }
  if (lost && children.empty()) return;
  back.Send([self = shared_from_this(), sent = now] { self->Echo(sent); });
  there.loop.At(there.clock.MonotonicNanos() + kBeatNanos,
                [self = shared_from_this()] { self->Beat(); });
}

// On the caller. Clocks differ: what its own callers leave it travels as what is left, and counts
// from when the other node sent the beat, which was before.
inline void LoopbackPeer::Wire::Echo(std::int64_t sent) {
  if (lost) return;
  last_echo = there.clock.BootNanos();
  std::map<std::shared_ptr<const tasks::Lease>, std::int64_t> left;
  std::erase_if(upstream, [](const auto& lease) { return lease.use_count() == 1; });
  for (const auto& lease : upstream) left[lease] = lease->valid_until_boot_nanos - last_echo;
  out.Send([self = shared_from_this(), sent, left = std::move(left)] {
    self->newest_echoed = sent;
    for (auto& [from, lease] : self->leases) {
      const auto known = left.find(from);
      if (from && known == left.end()) continue;  // it was not yet sent along
      lease->valid_until_boot_nanos =
          sent + (from ? std::min(self->lease_nanos, known->second) : self->lease_nanos);
    }
  });
}

// On the caller: from the last echo + lease * 1.1 it knows that nothing new begins over there.
inline void LoopbackPeer::Wire::WatchSilence() {
  if (lost) return;
  const std::int64_t due = last_echo + lease_nanos + lease_nanos / 10;
  if (there.clock.BootNanos() >= due) return Lose();
  back.loop.At(due, [self = shared_from_this()] { self->WatchSilence(); });
}

}  // namespace test
