#include "engine/shard/shard_owners.h"

#include "engine/shard/documents.h"
#include "journal/record.h"

namespace engine {

using base::Result;
using base::Status;
using journal::Durability;
using journal::Family;

namespace {

// Keys lie in ["shard/", "shard0"); '0' follows '/'. A value is '+' or '-', then the uuid.
constexpr std::string_view kPrefix = "shard/";
constexpr std::string_view kEnd = "shard0";
constexpr char kInUse = '+', kOfNoUse = '-';

std::string KeyOf(std::uint64_t key) {
  std::string out(kPrefix);
  journal::AppendBigEndian(key, out);
  return out;
}

ShardOwner Parse(std::uint64_t key, std::string_view value) {
  if (value.empty()) return {.key = key, .index_uuid = {}};
  return {.key = key,
          .index_uuid = std::string(value.substr(1)),
          .of_no_use = value.front() == kOfNoUse};
}

// Those from `begin` on, in the order of their keys, `limit` at most.
Result<std::vector<ShardOwner>> From(const journal::NodeStore& store, std::string_view begin,
                                     std::size_t limit) {
  std::vector<ShardOwner> owners;
  RETURN_IF_ERROR(
      store.Scan(Family::kMeta, begin, kEnd, [&](std::string_view key, std::string_view value) {
        if (key.size() == kPrefix.size() + sizeof(std::uint64_t))
          owners.push_back(Parse(journal::ReadBigEndian(key.data() + kPrefix.size()), value));
        return owners.size() < limit;
      }));
  return owners;
}

// Nothing of it is left, and nobody is there who might still write something.
Result<bool> IsGone(const Documents& shard) {
  if (shard.store().InUse(shard.prefix())) return false;
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    ASSIGN_OR_RETURN(const auto last, shard.store().Last(family, shard.prefix(), shard.end()));
    if (last) return false;
  }
  return true;
}

// Whether `batch` has become longer: the record may be right as it is.
Result<bool> PutDiscarded(const Documents& shard, const ShardOwner& owner,
                          journal::NodeStore::Batch& batch) {
  ASSIGN_OR_RETURN(const bool gone, IsGone(shard));
  if (owner.of_no_use && !gone) return false;
  if (gone && owner.of_no_use) {
    DeleteOwner(batch, owner.key);
    shard.store().EndDiscard(shard.prefix());
  } else {
    SetOwner(batch, {.key = owner.key, .index_uuid = owner.index_uuid, .of_no_use = true});
  }
  return true;
}

// Looks again at a few that were discarded before, those whose keys follow; keys are random, so
// each has its turn.
Result<bool> PutSome(journal::NodeStore& store, std::uint64_t key,
                     journal::NodeStore::Batch& batch) {
  constexpr std::size_t kAtOnce = 4;
  ASSIGN_OR_RETURN(const auto owners, From(store, KeyOf(key + 1), kAtOnce));
  bool some = false;
  for (const ShardOwner& owner : owners) {
    const Documents shard(store, owner.key);
    if (!store.Discards(shard.prefix())) continue;  // in use, or a copy that comes
    ASSIGN_OR_RETURN(const bool put, PutDiscarded(shard, owner, batch));
    some = some || put;
  }
  return some;
}

}  // namespace

Result<std::vector<ShardOwner>> ShardOwners(const journal::NodeStore& store) {
  return From(store, kPrefix, SIZE_MAX);
}

Result<ShardOwner> OwnerOf(const journal::NodeStore& store, std::uint64_t key) {
  ASSIGN_OR_RETURN(const auto value, store.Get(Family::kMeta, KeyOf(key)));
  return Parse(key, value.value_or(""));
}

Status Discard(journal::NodeStore& store, std::uint64_t key, const std::string& index_uuid) {
  const Documents shard(store, key);
  store.Discard(shard.prefix(), shard.end());
  ASSIGN_OR_RETURN(ShardOwner owner, OwnerOf(store, key));
  if (owner.index_uuid.empty()) owner.index_uuid = index_uuid;
  const auto durability = owner.of_no_use ? Durability::kAsync : Durability::kSynced;
  journal::NodeStore::Batch batch;
  ASSIGN_OR_RETURN(const bool put, PutDiscarded(shard, owner, batch));
  const Result<bool> others = PutSome(store, key, batch);  // else another call looks at them
  if (!put && !(others.ok() && *others)) return {};
  return store.WriteNow(batch, durability);
}

void SetOwner(journal::NodeStore::Batch& batch, const ShardOwner& owner) {
  batch.Put(Family::kMeta, KeyOf(owner.key),
            (owner.of_no_use ? kOfNoUse : kInUse) + owner.index_uuid);
}

void DeleteOwner(journal::NodeStore::Batch& batch, std::uint64_t key) {
  batch.Delete(Family::kMeta, KeyOf(key));
}

}  // namespace engine
