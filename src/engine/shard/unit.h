// engine/shard/unit.h
//
// One unit of writing on its way: prepared by its writer, put in order under the sequencer's lock,
// appended by the node's committer with whatever else waits then. Its task is sealed when the
// committer takes it: until then a stop takes it out.
//
// Lifetime: made by the writer; in flight the sequencer holds it too, and an `_update` that reads a
// sealed document from it. Threads: one after the other, as the members say; hand-over is under the
// sequencer's mutex.

#pragma once

#include <array>
#include <bit>
#include <functional>
#include <vector>

#include "engine/shard/shard.h"
#include "engine/shard/version_check.h"
#include "journal/committer.h"
#include "journal/node_store.h"
#include "journal/record.h"
#include "tasks/task_context.h"

namespace engine {

struct UnitOperation {
  // By the preparation.
  journal::OpKind kind = journal::OpKind::kIndex;
  bool settled = false;  // by the preparation: failed, or nothing to write
  bool on_base = false;  // made from the document in `base`: void if that has moved
  std::string_view id;   // the caller's memory
  std::uint64_t id_hash = 0;
  std::uint32_t value_at = 0, value_size = 0;  // in Unit::bytes
  std::int32_t before = -1;                    // the last operation in this unit on the same id
  int retries_left = 0;
  Versioning versioning;
  DocState base;                 // the newest state seen
  std::int64_t base_seen = -1;   // what had been applied before it was looked up; see Sequencer
  std::int64_t base_drops = -1;  // if `base` was not durable yet: the drops counted then
  // By the seal.
  bool sealed = false;                 // it has a sequence number
  DocState after;                      // the id's newest state behind this operation
  std::int64_t superseded = kNoSeqNo;  // whose operation it replaces

  OperationResult result;
};

// The operations of a unit by their ids, without those that are settled.
class IdTable {
 public:
  using Operations = std::vector<UnitOperation>;

  void Clear() { slots_.fill(0); }
  // The last one on this id, -1 if there is none; `before` of it leads to the others.
  std::int32_t Find(const Operations& operations, std::uint64_t hash, std::string_view id) const {
    return slots_[SlotOf(operations, hash, id)] - 1;
  }
  void Add(const Operations& operations, std::size_t place) {
    const UnitOperation& op = operations[place];
    slots_[SlotOf(operations, op.id_hash, op.id)] = static_cast<std::int16_t>(place + 1);
  }

 private:
  std::size_t SlotOf(const Operations& operations, std::uint64_t hash, std::string_view id) const {
    std::size_t slot = hash % kSlots;
    for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const UnitOperation& there = operations[static_cast<std::size_t>(slots_[slot] - 1)];
      if (there.id_hash == hash && there.id == id) break;
    }
    return slot;
  }

  static constexpr std::size_t kSlots = std::bit_ceil(2 * Shard::kUnitOperations);
  std::array<std::int16_t, kSlots> slots_{};
};

struct Unit {
  enum class End : std::uint8_t {
    kNone,
    kApplied,
    kAgain,   // it was built on one that fell, or its base has moved: prepare anew
    kNoRoom,  // likewise, when the store has room
    kFailed,  // not done
    kUnknown,
  };

  void Clear() {
    operations.clear();
    ids.Clear();
    bytes.clear();
    count = sealed = 0;
    base_moved = false;
    end = End::kNone;
    status = {};
    lent = task_sealed = false;
  }

  // By the writer, whose task lives until `then` has run.
  tasks::TaskContext* task = nullptr;
  journal::ReadTier tier = journal::ReadTier::kAll;  // how far it may go to read
  journal::CommitSource::Continuations then;  // one: once it has ended, on the committer's thread

  std::vector<UnitOperation> operations;
  IdTable ids;
  std::string bytes;  // encoded operations; 64 more bytes may be read
  // By the seal.
  std::size_t count = 0;       // operations that belong to it; the rest must be prepared anew
  std::size_t sealed = 0;      // of these, those that are written
  bool base_moved = false;     // it ends where it does because an update's document has changed
  journal::Counters counters;  // of the shard, behind it
  // Of the shard, before it.
  std::int64_t seq_no_before = 0;
  journal::Counters counters_before;
  // Guarded by the sequencer's mutex.
  bool lent = false;         // somebody reads its bytes and may go on doing so
  bool task_sealed = false;  // it is written, whatever comes
  End end = End::kNone;
  base::Status status;  // if kFailed or kUnknown
};
using UnitPtr = std::shared_ptr<Unit>;

}  // namespace engine
