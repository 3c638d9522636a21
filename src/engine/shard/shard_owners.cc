#include "engine/shard/shard_owners.h"

#include "journal/record.h"

namespace engine {

using base::Result;
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

}  // namespace

Result<std::vector<ShardOwner>> ShardOwners(const journal::NodeStore& store) {
  std::vector<ShardOwner> owners;
  RETURN_IF_ERROR(
      store.Scan(Family::kMeta, kPrefix, kEnd, [&](std::string_view key, std::string_view value) {
        if (key.size() != kPrefix.size() + sizeof(std::uint64_t)) return true;
        owners.push_back(Parse(journal::ReadBigEndian(key.data() + kPrefix.size()), value));
        return true;
      }));
  return owners;
}

Result<ShardOwner> OwnerOf(const journal::NodeStore& store, std::uint64_t key) {
  ASSIGN_OR_RETURN(const auto value, store.Get(Family::kMeta, KeyOf(key)));
  return Parse(key, value.value_or(""));
}

void SetOwner(journal::NodeStore::Batch& batch, const ShardOwner& owner) {
  batch.Put(Family::kMeta, KeyOf(owner.key),
            (owner.of_no_use ? kOfNoUse : kInUse) + owner.index_uuid);
}

void DeleteOwner(journal::NodeStore::Batch& batch, std::uint64_t key) {
  batch.Delete(Family::kMeta, KeyOf(key));
}

}  // namespace engine
