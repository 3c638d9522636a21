// engine/shard/sequencer.h
//
// Brings the units of a shard into one order: seals them one by one (versions checked, sequence
// numbers given), then has the node's committer append all that have gathered as one record. While
// that is being synced the next ones are prepared and sealed. Their tasks are sealed when the
// committer takes them; a unit whose task is stopped before is taken out. Those behind it are
// sealed again when the committer takes them: so taking one out is cheap, however many wait.
//
// An operation's base state is looked up before the lock is taken. `recent_` tells under the lock
// whether it may have changed since: it keeps, by hash of the id, the last sequence number given
// out, and a lookup knows what had been applied before it.
//
// Lifetime: owned by the shard. Threads: any.

#pragma once

#include <deque>
#include <mutex>

#include "engine/shard/documents.h"
#include "engine/shard/live_settings.h"
#include "engine/shard/refresh_view.h"
#include "engine/shard/unit.h"
#include "journal/committer.h"

namespace engine {

class Sequencer final : public journal::CommitSource {
 public:
  Sequencer(const Shard::Options& options, const LiveSettings& live, const Documents& documents,
            journal::Journal& journal, RefreshView& view);

  // Seals `unit` and has it appended: then true, and `unit->then` runs when it has ended, perhaps
  // before this returns. False: it has ended already. `unit` says how, and how many of its
  // operations count.
  bool Commit(const UnitPtr& unit);
  // For a task that has to stop: takes out its unit, if it has one here and the committer has not
  // taken it. Then the unit has ended, and the caller runs what is returned, its `then`; else null.
  // Out of memory: throws, and the committer will find it.
  // `owner` keeps us until the committer, which still comes, has come.
  std::function<void()> Withdraw(const tasks::TaskId& task, std::shared_ptr<const void> owner);

  // What is not sealed yet is refused until Unblock(), because `move` takes the shard elsewhere.
  void Block(std::uint64_t move);
  void Unblock();
  std::uint64_t blocked_by() const;  // 0: it is not blocked
  // Until what was sealed before Block() has ended.
  base::Status AwaitDrained(tasks::TaskContext& task);

  // What is applied: a lookup that begins after reading it sees everything up to there.
  std::int64_t applied_seq_no() const { return applied_seq_no_.load(std::memory_order_acquire); }

  // The newest sealed operation on an id that is not applied yet.
  struct Sealed {
    UnitPtr unit;  // keeps the operation's bytes; null if there is none
    const UnitOperation* operation = nullptr;
    std::int64_t drops = 0;
    bool out_of_order = false;  // one waits to be sealed again: what is made now is void
  };
  Sealed NewestSealed(std::string_view id, std::uint64_t id_hash);

  Shard::WriteStats stats() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  // All under mutex_.
  bool TrySeal(Unit& unit, journal::ReadTier tier);
  void Form(std::size_t room);
  bool SealAgain(Unit& unit);
  void TakeOut(std::size_t place, Unit::End end, base::Status status = {});
  void Rewind(const Unit& unit);
  void Seal(Unit& unit, journal::ReadTier tier);
  bool SealOne(Unit& unit, UnitOperation& op, journal::ReadTier tier);
  void Take(UnitOperation& op, std::int64_t version);
  base::Result<DocState> Current(const Unit& unit, const UnitOperation& op, journal::ReadTier tier);
  const UnitOperation* FindSealed(std::string_view id, std::uint64_t id_hash, UnitPtr* home) const;
  std::int64_t& Recent(std::uint64_t id_hash) { return recent_[id_hash % recent_.size()]; }
  base::Status WithShard(base::Status status) const;
  base::Status CatchUp();
  void Reset();

  // Of the committer: the group is formed, added, and ended.
  void Gather(journal::Commit& commit) override;
  void Written(const base::Status& status, std::int64_t took_nanos, Continuations& then) override;
  base::Status Append(journal::Commit& commit);
  journal::RecordHead Head() const;
  void Fill(journal::NodeStore::Batch& batch);
  base::Status TellJournal(const base::Status& written);
  void EndGroup(const base::Status& appended, Continuations& then);
  static void EndUnit(Unit& unit, Unit::End end, base::Status status = {});

  const Shard::Options& options_;
  const LiveSettings& live_;
  const Documents& documents_;
  journal::Journal& journal_;
  RefreshView& view_;
  std::atomic<std::int64_t> applied_seq_no_;
  mutable std::mutex mutex_;
  std::vector<std::int64_t> recent_;  // guarded by mutex_; made by the first write
  std::int64_t next_seq_no_;          // guarded by mutex_
  journal::Counters sealed_;          // guarded by mutex_; behind the last sealed unit
  bool announced_ = false;            // guarded by mutex_; and Written() not called since
  Continuations owner_;               // guarded by mutex_; keeps us until Written(), if need be
  std::deque<UnitPtr> queue_;         // guarded by mutex_; in order
  std::size_t in_order_ = 0;          // guarded by mutex_; so many of queue_ are sealed for good,
                                      // those behind when they are taken
  std::vector<UnitPtr> group_;        // guarded by mutex_; being appended; then constant
  std::vector<UnitPtr> fallen_;       // guarded by mutex_; have ended, Written() lets them know
  std::int64_t drops_ = 0;            // guarded by mutex_; how often sealed units fell
  bool lost_answer_ = false;          // guarded by mutex_; the journal knows more than we
  std::uint64_t blocked_by_ = 0;      // guarded by mutex_
  std::condition_variable_any drained_;  // queue_ and group_ have become empty
  Shard::WriteStats stats_;              // guarded by mutex_
  base::Status appended_;  // between Gather() and Written(): why the group was not added
  bool added_ = false;     // likewise: it has a record
  std::vector<const UnitOperation*> by_id_;  // of Fill()
};

}  // namespace engine
