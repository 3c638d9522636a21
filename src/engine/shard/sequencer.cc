#include "engine/shard/sequencer.h"

#include <algorithm>

#include "engine/shard/inject.h"

namespace engine {

namespace {

constexpr std::size_t kRecent = 1024;

void Count(const UnitOperation& op, const DocState& before, journal::Counters& counters) {
  const bool deletes = op.kind == journal::OpKind::kDelete;
  counters.live += static_cast<int>(!deletes) - static_cast<int>(before.live());
  counters.deleted += static_cast<int>(deletes) - static_cast<int>(before.exists && before.deleted);
}

OpResult ResultOf(const UnitOperation& op, const DocState& before) {
  if (op.kind == journal::OpKind::kDelete) {
    return before.live() ? OpResult::kDeleted : OpResult::kNotFound;
  }
  return before.live() ? OpResult::kUpdated : OpResult::kCreated;
}

std::string_view BytesOf(const Unit& unit, const UnitOperation& op) {
  return std::string_view(unit.bytes).substr(op.value_at, op.value_size);
}

}  // namespace

Sequencer::Sequencer(const Shard::Options& options, const LiveSettings& live,
                     const Documents& documents, journal::Journal& journal, RefreshView& view)
    : options_(options),
      live_(live),
      documents_(documents),
      journal_(journal),
      view_(view),
      applied_seq_no_(journal.position().last_seq_no),
      next_seq_no_(journal.position().last_seq_no + 1),
      sealed_(journal.position().counters) {}

bool Sequencer::Commit(const UnitPtr& unit) {
  Lock lock(mutex_);
  if (lost_answer_ && unit->tier == journal::ReadTier::kMemory) {  // it would have to read
    unit->count = 0;
    return EndUnit(*unit, Unit::End::kAgain), false;
  }
  if (const base::Status status = CatchUp(); !status.ok()) {
    const bool again = journal::NodeStore::IsNoRoom(status);
    unit->count = again ? 0 : unit->operations.size();
    return EndUnit(*unit, again ? Unit::End::kNoRoom : Unit::End::kFailed, status), false;
  }
  if (blocked_by_ != 0) {
    unit->count = unit->operations.size();
    return EndUnit(*unit, Unit::End::kFailed, ShardMoves(options_.index, options_.number)), false;
  }
  if (base::Status stop = unit->task->Checkpoint(); !stop.ok()) {  // whose hook has run already
    unit->count = unit->operations.size();
    return EndUnit(*unit, Unit::End::kFailed, std::move(stop)), false;
  }
  const bool in_order = in_order_ == queue_.size();
  if (in_order && !TrySeal(*unit, unit->tier)) return false;
  bool queued = false;
  try {
    queue_.push_back(unit);
    queued = true;
    if (!announced_) documents_.store().committer().Announce(*this);
  } catch (const std::bad_alloc&) {  // nothing of it has been
    if (queued) queue_.pop_back();
    if (in_order) Rewind(*unit);
    throw;
  }
  announced_ = true;
  if (in_order) ++in_order_;
  return true;
}

std::function<void()> Sequencer::Withdraw(const tasks::TaskId& task,
                                          std::shared_ptr<const void> owner) {
  const auto is_its = [&](const UnitPtr& unit) { return unit->task->id() == task; };
  Continuations keeps;
  keeps.push_back([owner = std::move(owner)] {});
  Lock lock(mutex_);
  const auto at = std::ranges::find_if(queue_, is_its);
  if (at != queue_.end()) {
    base::Status stop = (*at)->task->Checkpoint();
    if (stop.ok()) return nullptr;
    TakeOut(static_cast<std::size_t>(at - queue_.begin()), Unit::End::kFailed, std::move(stop));
  }
  const auto fallen = std::ranges::find_if(fallen_, is_its);
  if (fallen == fallen_.end()) return nullptr;
  std::function<void()> then = std::move((*fallen)->then.front());
  fallen_.erase(fallen);
  owner_.swap(keeps);  // who waited for the unit may have been the last to hold us
  return then;
}

// Ends the unit at this place of queue_. What was sealed behind it has the wrong numbers now, and
// may have been made of it.
void Sequencer::TakeOut(std::size_t place, Unit::End end, base::Status status) {
  Unit& unit = *fallen_.emplace_back(queue_[place]);
  EndUnit(unit, end, std::move(status));
  if (place < in_order_) {
    Rewind(unit);
    in_order_ = place;
    ++drops_;
  }
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(place));
}

void Sequencer::Rewind(const Unit& unit) {
  next_seq_no_ = unit.seq_no_before;
  sealed_ = unit.counters_before;
}

// False: it has ended.
bool Sequencer::TrySeal(Unit& unit, journal::ReadTier tier) {
  unit.seq_no_before = next_seq_no_;
  unit.counters_before = sealed_;
  try {
    Seal(unit, tier);
  } catch (const std::bad_alloc&) {
    Rewind(unit);
    throw;
  }
  if (unit.count == 0) EndUnit(unit, Unit::End::kAgain);
  return unit.count > 0;
}

// On the committer's thread, which waits for no disk. What somebody reads may not change.
bool Sequencer::SealAgain(Unit& unit) {
  return !unit.lent && TrySeal(unit, journal::ReadTier::kMemory);
}

// After a lost answer the journal alone knows what is written. Nothing is under way then: the units
// behind the lost one fell with it. Reads the journal's end under the lock, some milliseconds once.
base::Status Sequencer::CatchUp() {
  if (!lost_answer_) return {};
  RETURN_IF_ERROR(journal_.Settle());
  lost_answer_ = false;
  Reset();
  return {};
}

void Sequencer::Reset() {
  const journal::Position position = journal_.position();
  ++drops_;
  next_seq_no_ = position.last_seq_no + 1;
  sealed_ = position.counters;
  applied_seq_no_.store(position.last_seq_no, std::memory_order_release);
}

// Where an operation cannot be sealed because its base has moved, the unit ends before it.
void Sequencer::Seal(Unit& unit, journal::ReadTier tier) {
  if (recent_.empty()) recent_.assign(kRecent, -1);
  unit.count = unit.sealed = 0;
  unit.base_moved = false;
  for (UnitOperation& op : unit.operations) {
    if (!SealOne(unit, op, tier)) break;
    ++unit.count;
    unit.sealed += static_cast<std::size_t>(op.sealed);
  }
  unit.counters = sealed_;
}

bool Sequencer::SealOne(Unit& unit, UnitOperation& op, journal::ReadTier tier) {
  if (op.base_drops >= 0 && op.base_drops != drops_) return false;  // its base will never be
  if (op.settled) return true;
  op.sealed = false;
  op.superseded = kNoSeqNo;
  op.result.error = {};
  const base::Result<DocState> current = Current(unit, op, tier);
  if (!current.ok()) return false;  // its next preparation meets the same failure and keeps it
  op.after = *current;
  if (op.on_base && op.retries_left > 0 &&
      (current->seq_no != op.base.seq_no || current->live() != op.base.live())) {
    ++stats_.retries;
    unit.base_moved = true;
    return false;
  }
  const base::Result<std::int64_t> version = NextVersion(op.id, op.versioning, *current);
  if (!version.ok()) {
    op.result.error = WithShard(version.status());
    return true;
  }
  Take(op, *version);
  journal::SetVersionAndTerm(unit.bytes.data() + op.value_at, *version, options_.primary_term);
  return true;
}

void Sequencer::Take(UnitOperation& op, std::int64_t version) {
  const DocState before = op.after;
  op.sealed = true;
  op.after = {.exists = true,
              .deleted = op.kind == journal::OpKind::kDelete,
              .seq_no = next_seq_no_++,
              .version = version,
              .primary_term = options_.primary_term};
  if (before.exists) op.superseded = before.seq_no;
  op.result.result = ResultOf(op, before);
  op.result.seq_no = op.after.seq_no;
  op.result.version = version;
  op.result.primary_term = options_.primary_term;
  Count(op, before, sealed_);
  Recent(op.id_hash) = op.after.seq_no;
}

base::Result<DocState> Sequencer::Current(const Unit& unit, const UnitOperation& op,
                                          journal::ReadTier tier) {
  if (op.before >= 0) return unit.operations[static_cast<std::size_t>(op.before)].after;
  if (Recent(op.id_hash) <= op.base_seen) return op.base;
  UnitPtr home;
  if (const UnitOperation* sealed = FindSealed(op.id, op.id_hash, &home)) return sealed->after;
  if (applied_seq_no() <= op.base_seen) return op.base;
  return documents_.State(op.id, nullptr, tier);
}

const UnitOperation* Sequencer::FindSealed(std::string_view id, std::uint64_t id_hash,
                                           UnitPtr* home) const {
  const auto find = [&](auto unit, auto end) -> const UnitOperation* {
    for (; unit != end; ++unit) {
      const std::vector<UnitOperation>& operations = (*unit)->operations;
      std::int32_t i = (*unit)->ids.Find(operations, id_hash, id);
      for (; i >= 0; i = operations[static_cast<std::size_t>(i)].before) {
        const UnitOperation& op = operations[static_cast<std::size_t>(i)];
        if (static_cast<std::size_t>(i) >= (*unit)->count || !op.sealed) continue;
        *home = *unit;
        return &op;
      }
    }
    return nullptr;
  };
  const auto behind = static_cast<std::ptrdiff_t>(queue_.size() - in_order_);
  const UnitOperation* const queued = find(queue_.rbegin() + behind, queue_.rend());
  return queued ? queued : find(group_.rbegin(), group_.rend());
}

Sequencer::Sealed Sequencer::NewestSealed(std::string_view id, std::uint64_t id_hash) {
  std::lock_guard lock(mutex_);
  Sealed sealed;
  const auto has_it = [&](const UnitPtr& unit) {
    return unit->ids.Find(unit->operations, id_hash, id) >= 0;
  };
  const auto behind = queue_.begin() + static_cast<std::ptrdiff_t>(in_order_);
  sealed.out_of_order = std::any_of(behind, queue_.end(), has_it);
  sealed.drops = sealed.out_of_order ? drops_ - 1 : drops_;
  if (recent_.empty() || Recent(id_hash) <= applied_seq_no()) return sealed;
  sealed.operation = FindSealed(id, id_hash, &sealed.unit);
  if (sealed.unit) sealed.unit->lent = true;
  return sealed;
}

base::Status Sequencer::WithShard(base::Status status) const {
  return status.With("index", options_.index)
      .With("shard", std::to_string(options_.number))
      .With("index_uuid", options_.index_uuid);
}

void Sequencer::Gather(journal::Commit& commit) {
  appended_ = base::OutOfMemory();  // unless it says otherwise
  {
    std::lock_guard lock(mutex_);
    Form(commit.room());
  }
  appended_ = Append(commit);
}

// A group of the first units, as far as there is room; of one in any case. Takes out those whose
// tasks must stop, or whose callers' leases are over.
void Sequencer::Form(std::size_t room) {
  for (std::size_t bytes = 0; !queue_.empty();) {
    Unit& unit = *queue_.front();
    if (!group_.empty() && bytes + unit.bytes.size() > room) break;
    if (in_order_ == 0) {
      if (!SealAgain(unit)) {
        TakeOut(0, Unit::End::kAgain);
        continue;
      }
      in_order_ = 1;
    }
    if (base::Status stop = unit.task->Seal(); !stop.ok()) {
      TakeOut(0, Unit::End::kFailed, std::move(stop));
      continue;
    }
    unit.task_sealed = true;
    bytes += unit.bytes.size();
    group_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    --in_order_;
  }
}

// Without the lock: nobody changes a group that has been formed.
base::Status Sequencer::Append(journal::Commit& commit) {
  if (group_.empty()) return {};
  journal::RecordHead head = Head();
  if (head.operations.empty()) return {};
  RETURN_IF_ERROR(inject::At(inject::Point::kAppend, *group_.front()->task));
  RETURN_IF_ERROR(journal_.Add(std::move(head), commit.effects));
  added_ = true;
  view_.BeginAppend();
  Fill(commit.effects);
  if (live_.durability == journal::Durability::kSynced) {
    commit.synced = true;
  } else {
    commit.SyncWithin(live_.sync_interval_nanos);
  }
  return {};
}

void Sequencer::Written(const base::Status& status, std::int64_t took_nanos, Continuations& then) {
  base::Status appended = std::exchange(appended_, {});
  if (std::exchange(added_, false)) {
    appended.Update(TellJournal(status));
    view_.EndAppend();
    appended.Update(inject::At(inject::Point::kAppended, *group_.front()->task));
  }
  std::lock_guard lock(mutex_);
  if (!group_.empty()) stats_.commits.Add(took_nanos);
  EndGroup(appended, then);
  for (const UnitPtr& unit : fallen_) then.splice(then.end(), unit->then);
  fallen_.clear();
  then.splice(then.end(), owner_);
  announced_ = !queue_.empty();
  if (announced_) {
    documents_.store().committer().Announce(*this);
  } else if (blocked_by_ != 0) {
    drained_.notify_all();
  }
}

// Must not throw: nobody would hear of the write any more.
base::Status Sequencer::TellJournal(const base::Status& written) {
  try {
    return journal_.Written(written);
  } catch (const std::bad_alloc&) {  // as it settled what is unknown; it stays so
    return written;
  }
}

void Sequencer::Block(std::uint64_t move) {
  std::lock_guard lock(mutex_);
  blocked_by_ = move;
}

void Sequencer::Unblock() { Block(0); }

std::uint64_t Sequencer::blocked_by() const {
  std::lock_guard lock(mutex_);
  return blocked_by_;
}

base::Status Sequencer::AwaitDrained(tasks::TaskContext& task) {
  Lock lock(mutex_);
  return tasks::WaitFor(task, lock, drained_, "sealed units",
                        [this] { return queue_.empty() && group_.empty(); });
}

journal::RecordHead Sequencer::Head() const {
  journal::RecordHead head;
  std::size_t count = 0;
  for (const UnitPtr& unit : group_) count += unit->sealed;
  head.primary_term = options_.primary_term;
  head.counters = group_.back()->counters;
  head.operations.reserve(count);
  for (const UnitPtr& unit : group_) {
    for (std::size_t i = 0; i < unit->count; ++i) {
      const UnitOperation& op = unit->operations[i];
      if (!op.sealed) continue;
      if (head.operations.empty()) head.first_seq_no = op.after.seq_no;
      head.operations.push_back(journal::OperationHash(BytesOf(*unit, op)));
      if (op.superseded != kNoSeqNo) head.superseded.push_back(op.superseded);
    }
  }
  return head;
}

void Sequencer::Fill(journal::NodeStore::Batch& batch) {
  using journal::Family;
  std::string key, value;
  by_id_.clear();
  for (const UnitPtr& unit : group_) {
    for (std::size_t i = 0; i < unit->count; ++i) {
      const UnitOperation& op = unit->operations[i];
      if (!op.sealed) continue;
      documents_.SetDocKey(op.after.seq_no, key);
      batch.Put(Family::kDocs, key, BytesOf(*unit, op));
      by_id_.push_back(&op);
      if (op.superseded == kNoSeqNo) continue;
      documents_.SetDocKey(op.superseded, key);
      batch.Delete(Family::kDocs, key);
    }
  }
  // In the order of their keys each finds its place near the one before.
  std::ranges::stable_sort(by_id_, {}, &UnitOperation::id);
  for (const UnitOperation* op : by_id_) {
    documents_.SetIdKey(op->id, key);
    Documents::SetIdValue(op->after, value);
    batch.Put(Family::kIds, key, value);
  }
}

// What was sealed behind a group that was not appended was built on it, and falls with it.
void Sequencer::EndGroup(const base::Status& appended, Continuations& then) {
  const std::vector<UnitPtr> group = std::exchange(group_, {});
  if (appended.ok()) {
    const journal::Position position = journal_.position();
    applied_seq_no_.store(position.last_seq_no, std::memory_order_release);
    stats_.units += static_cast<std::int64_t>(group.size());
    for (const UnitPtr& unit : group) {
      stats_.operations += static_cast<std::int64_t>(unit->sealed);
      EndUnit(*unit, Unit::End::kApplied);
      then.splice(then.end(), unit->then);
    }
    return;
  }
  Reset();
  Unit::End end = Unit::End::kFailed, end_behind = Unit::End::kFailed;
  if (journal::NodeStore::IsNoRoom(appended)) {
    end = end_behind = Unit::End::kNoRoom;
  } else if (appended.code() == base::Code::kOutcomeUnknown) {
    end = Unit::End::kUnknown;
    lost_answer_ = true;
    end_behind = Unit::End::kNoRoom;
  }
  for (const UnitPtr& unit : group) EndUnit(*unit, end, appended);
  for (const UnitPtr& unit : queue_) EndUnit(*unit, end_behind, appended);
  for (const UnitPtr& unit : group) then.splice(then.end(), unit->then);
  for (const UnitPtr& unit : queue_) then.splice(then.end(), unit->then);
  queue_.clear();
  in_order_ = 0;
}

void Sequencer::EndUnit(Unit& unit, Unit::End end, base::Status status) {
  unit.end = end;
  const bool failed = end == Unit::End::kFailed || end == Unit::End::kUnknown;
  unit.status = failed ? std::move(status) : base::Status();
}

Shard::WriteStats Sequencer::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace engine
