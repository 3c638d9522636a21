#include "actions/shards/shard_table.h"

#include <algorithm>
#include <set>
#include <shared_mutex>

#include "actions/shards/index_shards.h"
#include "actions/shards/mapping_growth.h"
#include "actions/shards/mapping_limits.h"
#include "actions/shards/shard_guard.h"
#include "actions/shards/shard_options.h"
#include "base/log.h"
#include "engine/shard/shard_owners.h"

namespace actions {

namespace {

using base::Status;
using cluster::IndexMetadata;
using engine::Shard;
using IndexPtr = std::shared_ptr<IndexShards>;

constexpr std::string_view kRemedy =
    "restore the data directory, or accept the loss with POST /_cluster/reroute: "
    "allocate_stale_primary goes on with what is there, allocate_empty_primary begins anew";

}  // namespace

struct ShardTable::Impl {
  explicit Impl(const base::Clock& clock) : refresher(clock) {}

  IndexPtr Find(const std::string& uuid) const {
    std::shared_lock lock(mutex);
    const auto found = indices.find(uuid);
    return found == indices.end() ? nullptr : found->second;
  }

  mutable std::shared_mutex mutex;
  std::map<std::string, IndexPtr, std::less<>> indices;   // by uuid; guarded by mutex
  std::map<std::string, Status, std::less<>> unreadable;  // mappings, by uuid; guarded by mutex
  bool stopped = false;                                   // guarded by mutex
  tasks::Loop refresher;                                  // last: works on the above
};

ShardTable::ShardTable(journal::NodeStore& store, tasks::TaskRegistry& registry, tasks::Loop& loop,
                       const base::Clock& clock)
    : store_(store),
      registry_(registry),
      loop_(loop),
      store_runs_(store, registry, loop),
      impl_(std::make_unique<Impl>(clock)) {}

ShardTable::~ShardTable() { Stop(); }

void ShardTable::OnState(const cluster::StatePtr& before, const cluster::StatePtr& now) {
  // A node that joins for the first time brings its indices along.
  if (now->nodes.contains(now->local_id) && !std::exchange(looked_for_leftovers_, true))
    DropLeftovers(*now);
  for (const auto& [name, index] : before->indices) {
    const cluster::IndexPtr still = now->FindIndex(name);
    if (still == index) continue;
    const bool gone = !still || still->uuid != index->uuid;
    const bool deleted = gone && now->tombstones.contains(index->uuid);
    if (gone || !still->open || !index->open)
      Remove(*index, gone ? nullptr : still.get(), now->local_id);
    if (deleted) Drop(*index, now->local_id);
    if (gone && !deleted) {
      base::log::Warn("shards", "an index is not known any more, its data are kept",
                      {{"index", name}, {"uuid", index->uuid}});
    }
  }
  for (const auto& [name, index] : now->indices) {
    if (!index->open) continue;
    const cluster::IndexPtr old = before->FindIndex(name);
    if (old == index) continue;
    impl_->Find(index->uuid) ? Change(*index, now->local_id) : Open(*index, now->local_id);
  }
}

// What a process before this one did not come to drop, and of indices that were deleted meanwhile.
// Data of indices that nobody knows are kept: the metadata may be older than they were.
void ShardTable::DropLeftovers(const cluster::ClusterState& now) {
  const auto owners = engine::ShardOwners(store_);
  if (!owners.ok())
    return base::log::Error("shards", "shards cannot be listed", {{"error", owners.status()}});
  std::set<std::uint64_t> here;  // or on their way: those are begun anew
  std::set<std::string> known;
  for (const auto& [name, index] : now.indices) {
    known.insert(index->uuid);
    for (const auto& [shard, move] : index->moves)
      if (move.target == now.local_id) here.insert(move.key);
    for (int shard = 0; shard < index->number_of_shards; ++shard) {
      if (index->LivesOn(now.local_id, shard))
        here.insert(index->shard_keys[static_cast<std::size_t>(shard)]);
    }
  }
  for (const engine::ShardOwner& owner : *owners) {
    if (here.contains(owner.key)) continue;
    if (owner.of_no_use || now.tombstones.contains(owner.index_uuid)) {
      const Status dropped = engine::Discard(store_, owner.key, owner.index_uuid);
      Forget(owner.key);
      if (owner.of_no_use) continue;  // said before
      base::log::Info("shards", "leftover data of a shard are dropped",
                      {{"uuid", owner.index_uuid}, {"status", dropped}});
    } else {
      strays_.emplace(owner.index_uuid, owner.key);
      base::log::Warn("shards",
                      known.contains(owner.index_uuid)
                          ? "there are data of a shard that lives elsewhere, they are kept"
                          : "there are data of an index that the cluster does not know",
                      {{"uuid", owner.index_uuid}});
    }
  }
}

void ShardTable::Open(const IndexMetadata& index, const std::string& local_id) {
  auto parsed = engine::Mapping::Restore(index.mappings, MappingLimitsOf(index.settings));
  if (!parsed.ok()) {
    base::log::Error("shards", "mapping cannot be read",
                     {{"index", index.name}, {"error", parsed.status()}});
    std::unique_lock lock(impl_->mutex);
    impl_->unreadable[index.uuid] = parsed.status();
    return;
  }
  auto entry = std::make_shared<IndexShards>();
  entry->name = index.name;
  entry->mapping =
      std::make_shared<MappingGrowth>(index, *std::move(parsed), registry_, loop_, cluster_);
  entry->refresh_nanos = RefreshInterval(index);
  for (int number = 0; number < index.number_of_shards; ++number) {
    const bool here = index.LivesOn(local_id, number);
    entry->keys.push_back(here ? index.shard_keys[static_cast<std::size_t>(number)] : 0);
    entry->terms.push_back(index.primary_terms[static_cast<std::size_t>(number)]);
    entry->shards.emplace_back();
    entry->failures.emplace_back();
    entry->activity.push_back(std::make_shared<ShardActivity>());
    if (here) entry->Replace(entry->shards.size() - 1, OpenShard(index, number, entry->mapping));
  }
  std::unique_lock lock(impl_->mutex);
  if (impl_->stopped) return;
  impl_->indices[index.uuid] = entry;
  ScheduleRefresh(entry, 0, registry_, loop_, impl_->refresher);
}

// A ledger's entry of an older term was given up by the operator (allocate_stale_primary).
ShardTable::Opened ShardTable::OpenChecked(const IndexMetadata& index, int number,
                                           const std::shared_ptr<engine::MappingPort>& mapping) {
  const Shard::Options options = ShardOptions(index, number);
  const auto remembered = ledger_ ? ledger_->Find(options.key) : std::nullopt;
  ASSIGN_OR_RETURN(ShardPtr shard, Shard::Open(store_, options, mapping));
  if (remembered && remembered->primary_term >= options.primary_term)
    RETURN_IF_ERROR(shard->CheckAgainst(*remembered));
  return shard;
}

// Whoever was to take it over may still do so: it stays blocked until that move is known to be
// over.
ShardTable::Opened ShardTable::OpenShard(const IndexMetadata& index, int number,
                                         const std::shared_ptr<engine::MappingPort>& mapping) {
  Opened opened = OpenChecked(index, number, mapping);
  if (!opened.ok()) {
    base::log::Error("shards", "shard could not be opened and stays unassigned",
                     {{"index", index.name},
                      {"shard", number},
                      {"error", opened.status()},
                      {"remedy", kRemedy}});
    return opened;
  }
  if (const cluster::ShardMove* const move = index.MoveOf(number)) (*opened)->Block(move->key);
  ObeyBlocks(**opened, index, registry_);
  return opened;
}

// Of a shard that comes, that leaves, or whose move has been given up.
void ShardTable::Move(const IndexMetadata& index, int number, const std::string& local_id) {
  const IndexPtr entry = impl_->Find(index.uuid);
  const auto at = static_cast<std::size_t>(number);
  const bool here = index.LivesOn(local_id, number);
  const std::uint64_t key = here ? index.shard_keys[at] : 0;
  const std::uint64_t key_before = std::exchange(entry->keys[at], key);
  const bool new_term =
      std::exchange(entry->terms[at], index.primary_terms[at]) != index.primary_terms[at];
  const ShardPtr shard = entry->Find(at);
  const bool try_again = here && !shard && new_term;
  if (key_before == key && !try_again) {
    const cluster::ShardMove* const move = index.MoveOf(number);
    const std::uint64_t blocked_by = shard ? shard->blocked_by() : 0;
    const bool by_move = blocked_by != 0 && blocked_by != kBySettings;
    if (by_move && (move == nullptr || move->key != blocked_by)) shard->Unblock();
    if (shard) ObeyBlocks(*shard, index, registry_);
    return;
  }
  if (shard) {
    shard->Block(index.shard_keys[at]);
    shard->DropAtEnd();
  } else if (key_before != 0 && key_before != key) {
    DropUnopened(index, number, key_before);
  }
  if (key_before != key) Forget(key_before);
  entry->Replace(at, here ? OpenShard(index, number, entry->mapping) : Opened(ShardPtr()));
  if (shard) LetGo(*entry, shard);
}

// The operator has given up what could not be opened (allocate_empty_primary).
void ShardTable::DropUnopened(const IndexMetadata& index, int number, std::uint64_t key) {
  const Status dropped = engine::Discard(store_, key, index.uuid);
  base::log::Warn("shards", "data of a shard that could not be opened were dropped",
                  {{"index", index.name}, {"shard", number}, {"status", dropped}});
}

void ShardTable::Forget(std::uint64_t key) {
  if (ledger_ && key != 0) ledger_->Forget(key);
}

void ShardTable::Change(const IndexMetadata& index, const std::string& local_id) {
  const IndexPtr entry = impl_->Find(index.uuid);
  for (int number = 0; number < index.number_of_shards; ++number) Move(index, number, local_id);
  const std::int64_t interval = RefreshInterval(index);
  if (entry->refresh_nanos.exchange(interval) != interval) {
    ScheduleRefresh(entry, ++entry->schedule, registry_, loop_, impl_->refresher);
  }
  for (const ShardPtr& shard : entry->Open()) {
    const Shard::Options options = ShardOptions(index, shard->options().number);
    shard->ChangeSettings(options);
  }
  entry->mapping->Follow(index.mappings, MappingLimitsOf(index.settings));
}

// Of an index that is not known any more, or (`still`) is closed now or was before. What its shards
// had let in has ended before anybody sees that it is closed, or opens it again.
void ShardTable::Remove(const IndexMetadata& index, const IndexMetadata* still,
                        const std::string& local_id) {
  IndexPtr entry;
  {
    std::unique_lock lock(impl_->mutex);
    if (const auto found = impl_->indices.find(index.uuid); found != impl_->indices.end()) {
      entry = std::move(found->second);
      impl_->indices.erase(found);
    }
    impl_->unreadable.erase(index.uuid);
  }
  for (std::size_t i = 0; still != nullptr && i < index.shard_keys.size(); ++i) {
    const ShardPtr shard = entry ? entry->Find(i) : nullptr;
    if (shard) EndWrites(*shard, kClosed, registry_);
    const std::uint64_t key = index.shard_nodes[i] == local_id ? index.shard_keys[i] : 0;
    const bool stays = still->shard_nodes[i] == local_id && still->shard_keys[i] == key;
    if (key == 0 || stays) continue;
    // It has left, too: a move was over before its index was closed, and we learn both at once.
    shard ? shard->DropAtEnd() : Discard(index, key);
    if (shard) Forget(key);
  }
  if (entry) LetGo(*entry);
}

void ShardTable::Drop(const IndexMetadata& index, const std::string& local_id) {
  for (std::size_t i = 0; i < index.shard_keys.size(); ++i) {
    if (index.shard_nodes[i] == local_id) Discard(index, index.shard_keys[i]);
  }
  const auto [first, last] = strays_.equal_range(index.uuid);
  for (auto stray = first; stray != last; ++stray) Discard(index, stray->second);
  strays_.erase(first, last);
}

void ShardTable::Discard(const IndexMetadata& index, std::uint64_t key) {
  const Status discarded = engine::Discard(store_, key, index.uuid);
  Forget(key);
  if (discarded.ok()) return;
  base::log::Error("shards", "data of a deleted index could not be marked as of no use",
                   {{"index", index.name}, {"error", discarded}});
}

ShardPtr ShardTable::Find(const std::string& index_uuid, int shard) const {
  const IndexPtr entry = impl_->Find(index_uuid);
  return entry ? entry->Find(static_cast<std::size_t>(shard)) : nullptr;
}

std::vector<ShardPtr> ShardTable::OfIndex(const std::string& index_uuid) const {
  const IndexPtr entry = impl_->Find(index_uuid);
  return entry ? entry->Open() : std::vector<ShardPtr>();
}

std::vector<ShardPtr> ShardTable::All() const {
  std::vector<ShardPtr> shards;
  std::shared_lock lock(impl_->mutex);
  for (const auto& [uuid, entry] : impl_->indices) {
    std::ranges::move(entry->Open(), std::back_inserter(shards));
  }
  return shards;
}

Status ShardTable::WhyNotOpen(const std::string& index_uuid, int shard) const {
  if (const IndexPtr entry = impl_->Find(index_uuid))
    return entry->Failure(static_cast<std::size_t>(shard));
  std::shared_lock lock(impl_->mutex);
  const auto found = impl_->unreadable.find(index_uuid);
  return found == impl_->unreadable.end() ? Status() : found->second;
}

std::map<std::string, std::string> ShardTable::Unopened() const {
  std::map<std::string, std::string> unopened;
  std::shared_lock lock(impl_->mutex);
  for (const auto& [uuid, entry] : impl_->indices) {
    std::lock_guard of_entry(entry->mutex);
    for (std::size_t i = 0; i < entry->failures.size(); ++i) {
      if (!entry->failures[i].ok())
        unopened.emplace(uuid + "/" + std::to_string(i), entry->failures[i].reason());
    }
  }
  return unopened;
}

// Positions first: what they stand for is durable once the store is synced.
Status ShardTable::Remember(const std::vector<ShardPtr>& shards) {
  if (!ledger_) return {};
  bool unsynced = false;
  std::vector<std::pair<std::uint64_t, journal::Ledger::Shard>> noted;
  for (const ShardPtr& shard : shards) {
    noted.emplace_back(shard->options().key, shard->Remembered());
    const auto& [key, now] = noted.back();
    unsynced |= shard->acknowledges_unsynced() && ledger_->Find(key) != now;
  }
  if (unsynced) RETURN_IF_ERROR(store_.Sync());
  for (auto& [key, now] : noted) ledger_->Note(key, std::move(now));
  return ledger_->Save();
}

std::shared_ptr<const engine::Mapping> ShardTable::MappingOf(const std::string& index_uuid) const {
  const IndexPtr entry = impl_->Find(index_uuid);
  return entry ? entry->mapping->current() : nullptr;
}

std::shared_ptr<ShardActivity> ShardTable::ActivityOf(const Shard& shard) const {
  const IndexPtr entry = impl_->Find(shard.options().index_uuid);
  auto activity = entry ? entry->Activity(shard) : nullptr;
  return activity ? activity : std::make_shared<ShardActivity>();
}

ActivityFigures ShardTable::FiguresOf(const Shard& shard) const {
  ActivityFigures figures = ActivityOf(shard)->figures();
  if (const IndexPtr entry = impl_->Find(shard.options().index_uuid)) {
    std::lock_guard lock(entry->mutex);
    figures.refresh_waiters = std::ranges::count_if(
        entry->waiters, [&](const RefreshWaiter& waiter) { return waiter.shard.get() == &shard; });
  }
  return figures;
}

void ShardTable::Refresh(const ShardPtr& shard) {
  const IndexPtr entry = impl_->Find(shard->options().index_uuid);
  if (!entry) return shard->Refresh();
  entry->Refresh(*shard, registry_.clock());
  TellRefreshed(*entry);
}

void ShardTable::WhenRefreshed(const ShardPtr& shard, std::int64_t seq_no,
                               std::function<void()> seen) {
  if (const IndexPtr entry = impl_->Find(shard->options().index_uuid)) {
    std::lock_guard lock(entry->mutex);  // what refreshes looks for waiters behind it
    const auto at = static_cast<std::size_t>(shard->options().number);
    const bool here = !entry->gone && entry->shards[at] == shard;
    if (here && shard->refreshed_seq_no() < seq_no) {
      entry->waiters.push_back({shard, seq_no, std::move(seen)});
      return;
    }
  }
  seen();
}

void ShardTable::Stop() {
  impl_->refresher.Stop();
  std::map<std::string, IndexPtr, std::less<>> indices;
  {
    std::unique_lock lock(impl_->mutex);
    impl_->stopped = true;
    indices.swap(impl_->indices);
  }
  for (const auto& [uuid, entry] : indices) LetGo(*entry);
}

}  // namespace actions
