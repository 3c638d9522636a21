// test/support/sim_cluster.h
//
// A few nodes in one thread, under a clock turned by hand: sessions with beats and leases between
// all of them; nodes that freeze, thaw, die and come back. Nothing moves by itself.
//
// Lifetime: one a test. Threads: one.

#pragma once

#include <functional>

#include "support/loopback_peer.h"

namespace test {

class SimCluster {
 public:
  static constexpr std::int64_t kLeaseNanos = 5'000'000'000;

  // One life of a node, from its start to its death.
  struct Life {
    Life(const std::string& id, const base::ManualClock& clock, tasks::IdBlocks& ids)
        : loop(clock, tasks::Loop::Mode::kManual), node(id, clock, &loop, &ids) {}
    bool frozen = false;
    bool dead = false;
    tasks::Loop loop;
    LoopbackNode node;
  };
  using LifePtr = std::shared_ptr<Life>;

  // `furnish` adds the actions of a node that starts.
  SimCluster(int nodes, const std::function<void(int, LoopbackNode&)>& furnish)
      : furnish_(furnish), lives_(nodes), ways_(nodes * nodes) {
    for (int i = 0; i < size(); ++i) Begin(i);
    for (int from = 0; from < size(); ++from) {
      for (int to = 0; to < size(); ++to) Open(from, to);
    }
  }

  int size() const { return static_cast<int>(lives_.size()); }
  LoopbackNode& node(int i) { return lives_[i]->node; }
  LifePtr life(int i) { return lives_[i]; }
  bool running(int i) const { return !lives_[i]->frozen && !lives_[i]->dead; }

  tasks::Peer& Way(int from, int to) {
    return from == to ? static_cast<tasks::Peer&>(node(to).self) : *way(from, to);
  }
  void Delay(int from, int to, std::int64_t nanos) {
    if (from != to) way(from, to)->Delay(nanos);
  }
  void Cut(int from, int to) {
    if (from != to) way(from, to)->Freeze();
  }
  void Mend(int from, int to) {
    if (from != to && !lives_[to]->dead) way(from, to)->Thaw();
  }

  void Freeze(int i) { lives_[i]->frozen = true; }
  void Thaw(int i) { lives_[i]->frozen = false; }

  // The process is gone, with all its tasks: nobody hears of their ends.
  void Kill(int i) {
    lives_[i]->dead = true;
    for (int other = 0; other < size(); ++other) {
      if (other == i) continue;
      way(other, i)->Silence();
      way(i, other)->Lose();
    }
    for (const OldWay& old : old_ways_) {
      if (old.to == i) old.peer->Silence();
      if (old.from == i) old.peer->Lose();
    }
  }
  // After the work of the dead process has been dropped.
  void Bury(int i) {
    while (node(i).registry.size() > 0) lives_[i]->loop.RunDue();
  }
  // A new incarnation, which greets everybody. That confirms the end of the old one's tasks, but
  // not of those which they had started elsewhere: the callers of the old one wait for its lease,
  // too.
  void Restart(int i) {
    graves_.push_back(lives_[i]);
    Begin(i);
    for (int other = 0; other < size(); ++other) {
      if (other == i) continue;
      way(i, other)->StopChildren();
      Unconnected(i, other);
      Unconnected(other, i);
    }
  }

  // Sessions that were lost are opened again, between nodes that run.
  void Reconnect() {
    for (int from = 0; from < size(); ++from) {
      for (int to = 0; to < size(); ++to) {
        if (from == to || !running(from) || !running(to) || !way(from, to)->lost()) continue;
        way(from, to)->Thaw();
        way(from, to)->StopChildren();
        Open(from, to);
      }
    }
  }

  // Everything that is due on nodes that run.
  void Turn(int i) {
    if (running(i)) lives_[i]->loop.RunDue();
  }

  base::ManualClock clock;

 private:
  class Numbers final : public tasks::IdBlocks {
   public:
    base::Result<std::int64_t> Reserve() override { return next_ += kBlock; }

   private:
    std::int64_t next_ = 0;
  };

  void Begin(int i) {
    const std::string id = "node-" + std::string(1, static_cast<char>('a' + i));
    lives_[i] = std::make_shared<Life>(id, clock, numbers_);
    furnish_(i, lives_[i]->node);
  }
  void Open(int from, int to) {
    if (from == to) return;
    if (way(from, to)) old_ways_.push_back({from, to, way(from, to)});
    way(from, to) = std::make_shared<LoopbackPeer>(node(to), &lives_[from]->loop);
    way(from, to)->KeepAlive(kLeaseNanos);
  }
  void Unconnected(int from, int to) {
    old_ways_.push_back({from, to, way(from, to)});  // it ends by itself
    way(from, to) = std::make_shared<LoopbackPeer>(node(to), &lives_[from]->loop);
    way(from, to)->Lose();
  }
  std::shared_ptr<LoopbackPeer>& way(int from, int to) { return ways_[from * size() + to]; }

  const std::function<void(int, LoopbackNode&)> furnish_;
  Numbers numbers_;
  std::vector<LifePtr> graves_, lives_;
  struct OldWay {
    int from, to;
    std::shared_ptr<LoopbackPeer> peer;
  };
  std::vector<OldWay> old_ways_;
  std::vector<std::shared_ptr<LoopbackPeer>> ways_;  // from * size() + to
};

}  // namespace test
