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

Result<bool> IsEmpty(const Documents& shard) {
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    ASSIGN_OR_RETURN(const auto last, shard.store().Last(family, shard.prefix(), shard.end()));
    if (last) return false;
  }
  return true;
}

// Of shards discarded before, those of which nothing is left. Each call looks at the few whose
// keys follow; keys are random, so each has its turn.
Status ForgetSome(journal::NodeStore& store, std::uint64_t key, journal::NodeStore::Batch& batch) {
  constexpr std::size_t kAtOnce = 4;
  ASSIGN_OR_RETURN(const auto owners, From(store, KeyOf(key + 1), kAtOnce));
  for (const ShardOwner& owner : owners) {
    const Documents shard(store, owner.key);
    if (!store.Discards(shard.prefix())) continue;  // in use, or a copy that comes
    ASSIGN_OR_RETURN(const bool empty, IsEmpty(shard));
    if (!empty) continue;
    DeleteOwner(batch, owner.key);
    store.EndDiscard(shard.prefix());
  }
  return {};
}

}  // namespace

Result<std::vector<ShardOwner>> ShardOwners(const journal::NodeStore& store) {
  return From(store, kPrefix, SIZE_MAX);
}

Result<ShardOwner> OwnerOf(const journal::NodeStore& store, std::uint64_t key) {
  ASSIGN_OR_RETURN(const auto value, store.Get(Family::kMeta, KeyOf(key)));
  return Parse(key, value.value_or(""));
}

// A shard that has been in use may still be written to for a moment, so it is not empty yet.
Status Discard(journal::NodeStore& store, const ShardOwner& owner) {
  const Documents shard(store, owner.key);
  journal::NodeStore::Batch batch;
  bool empty = false;
  if (owner.of_no_use) {
    ASSIGN_OR_RETURN(empty, IsEmpty(shard));
    if (empty) DeleteOwner(batch, owner.key);
  } else {
    SetOwner(batch, {.key = owner.key, .index_uuid = owner.index_uuid, .of_no_use = true});
  }
  if (!empty) store.Discard(shard.prefix(), shard.end());
  ForgetSome(store, owner.key, batch).Ignore();  // the next call looks at others
  return store.WriteNow(batch, owner.of_no_use ? Durability::kAsync : Durability::kSynced);
}

void SetOwner(journal::NodeStore::Batch& batch, const ShardOwner& owner) {
  batch.Put(Family::kMeta, KeyOf(owner.key),
            (owner.of_no_use ? kOfNoUse : kInUse) + owner.index_uuid);
}

void DeleteOwner(journal::NodeStore::Batch& batch, std::uint64_t key) {
  batch.Delete(Family::kMeta, KeyOf(key));
}

}  // namespace engine
