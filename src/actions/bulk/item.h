// actions/bulk/item.h
//
// One action of a bulk request in 28 bytes: where its document and its id stand in the request's
// bytes. What few action lines say is kept beside, encoded. Plain values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/shard/operation.h"

namespace actions::bulk {

inline constexpr std::uint32_t kNowhere = UINT32_MAX;
inline constexpr std::uint16_t kNoShard = UINT16_MAX;

enum class IdPlace : std::uint8_t {
  kGenerated,  // Item::id is its number among the generated ones
  kBody,       // it stands in the request's bytes as it is
  kSide,       // it was spelled with escapes and is kept beside
};

struct Item {
  std::uint32_t document = 0;  // in the request's bytes
  std::uint32_t document_size = 0;
  std::uint32_t id = 0;
  std::uint32_t extra = kNowhere;  // address of its Extra
  std::uint32_t next = kNowhere;   // the next item of the same shard
  std::uint16_t id_size = 0;
  std::uint16_t index = 0;         // in Body::indices()
  std::uint16_t shard = kNoShard;  // until it is known to go to one
  engine::OpType type = engine::OpType::kIndex;
  IdPlace id_place = IdPlace::kGenerated;

  // What never got as far as a shard is not given an id.
  bool lacks_id() const { return id_place == IdPlace::kGenerated && shard == kNoShard; }
};
static_assert(sizeof(Item) <= 32);

// What else an action line may say. Texts are views into what it was read from.
struct Extra {
  std::optional<std::string_view> routing;
  std::optional<std::string_view> pipeline;
  std::optional<std::int64_t> version;
  engine::VersionType version_type = engine::VersionType::kInternal;
  std::int64_t if_seq_no = engine::kNoSeqNo;
  std::int64_t if_primary_term = 0;
  std::int64_t retry_on_conflict = 0;
  std::optional<bool> require_alias;
  std::optional<std::uint32_t> source;  // in Body::source_filters()

  bool empty() const;
  std::string Encode() const;
  static Extra Decode(std::string_view bytes);
};

}  // namespace actions::bulk
