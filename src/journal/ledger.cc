#include "journal/ledger.h"

#include <xxhash.h>

#include <charconv>

#include "base/io.h"
#include "base/json/compact_writer.h"
#include "base/json/tree.h"

namespace journal {

using base::Result;
using base::Status;
using base::json::Value;

namespace {

constexpr std::string_view kLost = "shard_data_lost_exception";
constexpr std::int64_t kFormat = 1;

// 64 bits do not fit into a JSON number.
std::string Hex(std::uint64_t number) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
  return {text, end};
}

Result<std::uint64_t> ParseHex(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (failed != std::errc() || end != text.data() + text.size())
    return base::Internal("[" + std::string(text) + "] is not a number");
  return number;
}

std::string Text(const Value& object, std::string_view key) {
  const Value* const value = object.Find(key);
  return value == nullptr ? std::string() : std::string(value->text());
}

Result<std::int64_t> Number(const Value& object, std::string_view key) {
  const Value* const value = object.Find(key);
  if (value == nullptr) return base::Internal("[" + std::string(key) + "] is missing");
  return value->AsInt64();
}

Result<Ledger::Shard> ParseShard(const Value& value) {
  Ledger::Shard shard;
  shard.index = Text(value, "index");
  shard.index_uuid = Text(value, "uuid");
  ASSIGN_OR_RETURN(const std::int64_t number, Number(value, "shard"));
  ASSIGN_OR_RETURN(shard.primary_term, Number(value, "term"));
  ASSIGN_OR_RETURN(shard.last_seq_no, Number(value, "seq_no"));
  ASSIGN_OR_RETURN(shard.record, ParseHex(Text(value, "record")));
  ASSIGN_OR_RETURN(shard.checksum, ParseHex(Text(value, "checksum")));
  shard.number = static_cast<int>(number);
  return shard;
}

std::string Checksum(std::string_view bytes) {
  return Hex(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace

std::string Ledger::Encode(const Contents& contents) {
  std::string bytes;
  base::json::CompactWriter out(bytes);
  out.BeginObject();
  out.Field("format", kFormat);
  out.Field("node_id", contents.node_id);
  out.Field("metadata", Hex(contents.metadata_sequence));
  out.ObjectField("shards");
  for (const auto& [key, shard] : contents.shards) {
    out.ObjectField(Hex(key));
    out.Field("index", shard.index);
    out.Field("uuid", shard.index_uuid);
    out.Field("shard", shard.number);
    out.Field("term", shard.primary_term);
    out.Field("record", Hex(shard.record));
    out.Field("seq_no", shard.last_seq_no);
    out.Field("checksum", Hex(shard.checksum));
    out.EndObject();
  }
  out.EndObject();
  out.EndObject();
  return bytes + "\n" + Checksum(bytes) + "\n";
}

Result<Ledger::Contents> Ledger::Decode(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view json = bytes.substr(0, end);
  if (end == std::string_view::npos || bytes.substr(end + 1) != Checksum(json) + "\n")
    return base::Internal("its checksum is wrong");
  ASSIGN_OR_RETURN(const auto document, base::json::Document::Parse(std::string(json)));
  const Value& root = document.root();
  ASSIGN_OR_RETURN(const std::int64_t format, Number(root, "format"));
  if (format != kFormat)
    return base::Internal("its format is [" + std::to_string(format) + "], of a newer version");
  Contents contents;
  contents.node_id = Text(root, "node_id");
  ASSIGN_OR_RETURN(contents.metadata_sequence, ParseHex(Text(root, "metadata")));
  const Value* const shards = root.Find("shards");
  if (shards == nullptr) return contents;
  for (const base::json::Member& member : shards->members()) {
    ASSIGN_OR_RETURN(const std::uint64_t key, ParseHex(member.key));
    ASSIGN_OR_RETURN(Shard shard, ParseShard(*member.value));
    contents.shards.emplace(key, std::move(shard));
  }
  return contents;
}

Result<std::unique_ptr<Ledger>> Ledger::Open(const std::string& path) {
  std::unique_ptr<Ledger> ledger(new Ledger(path));
  const Result<std::string> bytes = base::ReadFile(path);
  if (!bytes.ok() && bytes.status().http_status() == 404) return ledger;
  RETURN_IF_ERROR(bytes.status());
  ledger->found_ = true;
  auto contents = Decode(*bytes);
  ledger->damage_ = contents.status();
  if (contents.ok()) ledger->contents_ = *std::move(contents);
  return ledger;
}

std::string Ledger::node_id() const {
  std::lock_guard lock(mutex_);
  return contents_.node_id;
}

std::uint64_t Ledger::metadata_sequence() const {
  std::lock_guard lock(mutex_);
  return contents_.metadata_sequence;
}

std::optional<Ledger::Shard> Ledger::Find(std::uint64_t key) const {
  std::lock_guard lock(mutex_);
  const auto found = contents_.shards.find(key);
  return found == contents_.shards.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::uint64_t, Ledger::Shard> Ledger::shards() const {
  std::lock_guard lock(mutex_);
  return contents_.shards;
}

void Ledger::SetNodeId(std::string id) {
  std::lock_guard lock(mutex_);
  changed_ |= contents_.node_id != id;
  contents_.node_id = std::move(id);
}

void Ledger::SetMetadataSequence(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  changed_ |= contents_.metadata_sequence != sequence;
  contents_.metadata_sequence = sequence;
}

void Ledger::Note(std::uint64_t key, Shard shard) {
  std::lock_guard lock(mutex_);
  Shard& noted = contents_.shards[key];
  if (noted == shard) return;
  noted = std::move(shard);
  changed_ = true;
}

void Ledger::Forget(std::uint64_t key) {
  std::lock_guard lock(mutex_);
  changed_ |= contents_.shards.erase(key) > 0;
}

Status Ledger::Save() {
  std::lock_guard one_at_a_time(saving_);
  std::string bytes;
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(changed_, false)) return {};
    bytes = Encode(contents_);
  }
  Status written = base::WriteFileAtomically(path_, bytes);
  if (written.ok()) return written;
  std::lock_guard lock(mutex_);
  changed_ = true;
  return written;
}

Status CheckAgainst(const Ledger::Shard& remembered, const Position& end,
                    const std::optional<Position>& there) {
  const auto at = [](std::uint64_t record, std::int64_t seq_no) {
    return "record [" + std::to_string(record) + "], sequence number [" + std::to_string(seq_no) +
           "]";
  };
  if (end.record < remembered.record) {
    return Status(500, kLost,
                  "acknowledged operations are missing: the store must contain everything up to " +
                      at(remembered.record, remembered.last_seq_no) + ", but ends at " +
                      at(end.record, end.last_seq_no));
  }
  if (there && there->checksum != remembered.checksum) {
    return Status(500, kLost,
                  "the store contains other operations than were acknowledged: " +
                      at(remembered.record, remembered.last_seq_no) + " has another checksum");
  }
  return {};
}

bool IsDataLost(const Status& status) { return status.type() == kLost; }

}  // namespace journal
