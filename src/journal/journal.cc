#include "journal/journal.h"

#include <mutex>
#include <span>
#include <unordered_set>

#include "base/log.h"
#include "base/log/throttle.h"

namespace journal {

namespace {

// So many records are kept, checked at open, and of the newest of these so many operations (whole
// records, at least one).
constexpr std::uint64_t kKept = 128, kCheckedRecords = 64;
constexpr std::size_t kCheckedOperations = 512;

base::Status Corrupted(const std::string& what) {
  return base::Status(500, "corrupt_journal_exception", "the journal's tail is damaged: " + what);
}

Position PositionOf(std::uint64_t record, const RecordHead& head) {
  return {record, head.last_seq_no(), head.counters, head.checksum};
}

// One without operations stands for copied ones, of which only the newest are there: it may leave
// out numbers.
bool Follows(const RecordHead& head, std::int64_t last_seq_no) {
  return head.operations.empty() ? head.first_seq_no > last_seq_no
                                 : head.first_seq_no == last_seq_no + 1;
}

class LocalJournal final : public Journal {
 public:
  LocalJournal(NodeStore& store, std::string prefix) : store_(store), prefix_(std::move(prefix)) {}

  base::Status Open();

  base::Status Add(RecordHead head, NodeStore::Batch& effects) override;
  base::Status Written(base::Status written) override;
  base::Status Append(RecordHead head, NodeStore::Batch& effects, Durability durability) override {
    RETURN_IF_ERROR(Add(std::move(head), effects));
    base::Status written = store_.WriteIfRoom(effects, durability);
    if (written.code() == base::Code::kOutcomeUnknown) store_.AwaitWritable().Ignore();
    return Written(std::move(written));
  }
  base::Status Settle() override;
  base::Status WaitForRoom(tasks::TaskContext& task) override { return store_.WaitForRoom(task); }
  Position position() const override {
    std::lock_guard lock(mutex_);
    return end_;
  }
  base::Result<std::optional<Position>> Find(std::uint64_t record,
                                             const NodeStore::SnapshotPtr& at) const override;

 private:
  std::string Key(std::uint64_t number) const {
    std::string key = prefix_;
    AppendBigEndian(number, key);
    return key;
  }
  std::uint64_t NumberIn(std::string_view key) const {
    return key.size() == prefix_.size() + 8 ? ReadBigEndian(key.data() + prefix_.size()) : 0;
  }
  std::string EndOfKeys() const { return prefix_ + std::string(9, '\xff'); }

  base::Result<std::vector<RecordHead>> ReadTail(std::uint64_t first, std::uint64_t last) const;
  base::Status CheckChain(const std::vector<RecordHead>& heads, std::uint64_t first) const;
  base::Status CheckOperations(std::span<const RecordHead> heads) const;

  NodeStore& store_;
  const std::string prefix_;  // constant
  mutable std::mutex mutex_;
  Position end_;              // guarded by mutex_
  Position added_;            // between Add() and Written(): the end if it was written
  bool lost_answer_ = false;  // of Written()'s and Settle()'s caller
  base::log::LogThrottle settled_{base::Clock::System()};
};

base::Status LocalJournal::Add(RecordHead head, NodeStore::Batch& effects) {
  RETURN_IF_ERROR(Settle());
  const Position before = position();
  if (!Follows(head, before.last_seq_no)) {
    return base::Internal("a record does not follow the last one");
  }
  const std::uint64_t record = before.record + 1;
  head.previous_position = before.record;
  head.checksum = ChainChecksum(head, before.checksum);
  effects.Put(Family::kLog, Key(record), EncodeHead(head));
  if (record > kKept) effects.Delete(Family::kLog, Key(record - kKept));
  added_ = PositionOf(record, head);
  return {};
}

base::Status LocalJournal::Written(base::Status written) {
  lost_answer_ = written.code() == base::Code::kOutcomeUnknown;
  if (lost_answer_) {
    if (base::Status settled = Settle(); !settled.ok()) return written.CausedBy(settled);
    const Position end = position();
    const bool there = end.record == added_.record && end.checksum == added_.checksum;
    if (const auto kept_back = settled_.Pass())
      base::log::Info("journal", "settled what had become of a record",
                      {{"written", there}, {"error", written}, {"kept_back", *kept_back}});
    return there ? base::Status() : NodeStore::NoRoom();
  }
  if (!written.ok()) return written;
  std::lock_guard lock(mutex_);
  end_ = added_;
  return {};
}

base::Status LocalJournal::Settle() {
  if (!lost_answer_) return {};
  RETURN_IF_ERROR(store_.CheckWritable());  // until it has resumed, a lost record may still appear
  RETURN_IF_ERROR(Open());
  lost_answer_ = false;
  return {};
}

base::Result<std::optional<Position>> LocalJournal::Find(std::uint64_t record,
                                                         const NodeStore::SnapshotPtr& at) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   store_.Get(Family::kLog, Key(record), at));
  if (!bytes) return std::optional<Position>();
  ASSIGN_OR_RETURN(const RecordHead head, ParseHead(*bytes));
  return std::optional(PositionOf(record, head));
}

base::Status LocalJournal::Open() {
  ASSIGN_OR_RETURN(const auto last, store_.Last(Family::kLog, prefix_, EndOfKeys()));
  if (!last) return CheckOperations({});  // nothing was ever appended
  const std::uint64_t end = NumberIn(last->first);
  if (end == 0) return Corrupted("a key of the log is malformed");
  const std::uint64_t first = end > kCheckedRecords ? end - kCheckedRecords : 1;
  ASSIGN_OR_RETURN(const std::vector<RecordHead> heads, ReadTail(first, end));
  RETURN_IF_ERROR(CheckChain(heads, first));
  std::size_t from = heads.size(), operations = 0;
  while (from > 0 && operations < kCheckedOperations) {
    if (heads[--from].operations.empty()) break;  // nothing is known of what stands before it
    operations += heads[from].operations.size();
  }
  RETURN_IF_ERROR(CheckOperations(std::span(heads).subspan(from)));
  std::lock_guard lock(mutex_);
  end_ = PositionOf(end, heads.back());
  return {};
}

base::Result<std::vector<RecordHead>> LocalJournal::ReadTail(std::uint64_t first,
                                                             std::uint64_t last) const {
  std::vector<RecordHead> heads;
  base::Status status;
  RETURN_IF_ERROR(store_.Scan(
      Family::kLog, Key(first), EndOfKeys(), [&](std::string_view key, std::string_view value) {
        if (NumberIn(key) != first + heads.size()) {
          status = Corrupted("record " + std::to_string(first + heads.size()) + " is missing");
          return false;
        }
        base::Result<RecordHead> head = ParseHead(value);
        status = head.status();
        if (head.ok()) heads.push_back(*std::move(head));
        return status.ok();
      }));
  RETURN_IF_ERROR(status);
  if (heads.size() != last - first + 1) return Corrupted("records are missing");
  return heads;
}

// The first one may be chained to a record that is no longer there.
base::Status LocalJournal::CheckChain(const std::vector<RecordHead>& heads,
                                      std::uint64_t first) const {
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const std::uint64_t record = first + i;
    if (i == 0 && record > 1) continue;
    const RecordHead& head = heads[i];
    const std::uint64_t checksum = i == 0 ? 0 : heads[i - 1].checksum;
    const std::int64_t before = i == 0 ? -1 : heads[i - 1].last_seq_no();
    if (head.previous_position != record - 1 || !Follows(head, before) ||
        head.checksum != ChainChecksum(head, checksum)) {
      return Corrupted("record " + std::to_string(record) + " does not follow the one before it");
    }
  }
  return {};
}

// Each operation of `heads`, the newest records, is there as it was written or was replaced, and
// nothing stands behind the last one.
base::Status LocalJournal::CheckOperations(std::span<const RecordHead> heads) const {
  std::vector<std::uint32_t> hashes;
  std::unordered_set<std::int64_t> superseded;
  for (const RecordHead& head : heads) {
    hashes.insert(hashes.end(), head.operations.begin(), head.operations.end());
    superseded.insert(head.superseded.begin(), head.superseded.end());
  }
  const std::int64_t first = heads.empty() ? 0 : heads.front().first_seq_no;
  const std::int64_t end = first + static_cast<std::int64_t>(hashes.size());
  std::int64_t next = first;
  base::Status status;
  const auto skip_to = [&](std::int64_t seq_no) {
    for (; next < seq_no; ++next) {
      if (superseded.contains(next)) continue;
      status = Corrupted("operation " + std::to_string(next) + " is missing");
      return false;
    }
    return true;
  };
  RETURN_IF_ERROR(store_.Scan(
      Family::kDocs, Key(static_cast<std::uint64_t>(first)), EndOfKeys(),
      [&](std::string_view key, std::string_view value) {
        const auto seq_no = static_cast<std::int64_t>(NumberIn(key));
        if (seq_no < next || seq_no >= end) {
          status = Corrupted("operation " + std::to_string(seq_no) + " stands behind the end");
          return false;
        }
        if (!skip_to(seq_no)) return false;
        if (OperationHash(value) != hashes[static_cast<std::size_t>(seq_no - first)]) {
          status = Corrupted("operation " + std::to_string(seq_no) + " was changed");
        }
        next = seq_no + 1;
        return status.ok();
      }));
  if (status.ok()) skip_to(end);
  return status;
}

}  // namespace

base::Result<std::unique_ptr<Journal>> OpenLocalJournal(NodeStore& store, std::string prefix) {
  auto journal = std::make_unique<LocalJournal>(store, std::move(prefix));
  RETURN_IF_ERROR(journal->Open());
  return std::unique_ptr<Journal>(std::move(journal));
}

}  // namespace journal
