#include "cluster/index/index_metadata.h"

#include <algorithm>
#include <bit>

#include "base/ids.h"
#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/index/murmur3.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;
using base::json::Value;

constexpr std::size_t kMaxNameBytes = 255;

std::int64_t FloorMod(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

// Enough slots to split the shards in two up to ten times, at least once.
int DefaultRoutingSlots(int shards) {
  const int log2 = static_cast<int>(std::bit_width(static_cast<unsigned>(shards - 1)));
  return shards << std::max(1, 10 - log2);
}

constexpr std::uint64_t kMaxShardKey = (std::uint64_t{1} << 62) - 1;  // a number in JSON

// Capital letters of the scripts that have them; the rest of Unicode's are let pass.
bool HasUpperCase(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (c >= 'A' && c <= 'Z') return true;
    const auto next = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0;
    if (c == 0xc3 && next >= 0x80 && next <= 0x9e && next != 0x97) return true;  // À … Þ
    if (c == 0xce && next >= 0x91 && next <= 0xa9) return true;                  // Α … Ω
    if (c == 0xd0 && next >= 0x80 && next <= 0xaf) return true;                  // Ѐ … Я
  }
  return false;
}

// What is wrong with the name of an index or alias; empty if nothing is.
std::string NameProblem(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (!base::IsValidUtf8(name)) return "must be UTF-8";
  if (name.find_first_of(" \"*\\<|,>/?") != std::string_view::npos) {
    return "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]";
  }
  if (name.find('#') != std::string_view::npos) return "must not contain '#'";
  if (name.find(':') != std::string_view::npos) return "must not contain ':'";
  if (name[0] == '_' || name[0] == '-' || name[0] == '+') {
    return "must not start with '_', '-', or '+'";
  }
  if (name.size() > kMaxNameBytes) {
    return "index name is too long, (" + std::to_string(name.size()) + " > 255)";
  }
  if (name == "." || name == "..") return "must not be '.' or '..'";
  return {};
}

template <typename Items>
void WriteArray(base::json::Writer& writer, std::string_view key, const Items& items) {
  writer.ArrayField(key);
  for (const auto& item : items) writer.Value(item);
  writer.EndArray();
}

void WriteMoves(base::json::Writer& writer, const std::map<int, ShardMove>& moves) {
  writer.ArrayField("moves");
  for (const auto& [shard, move] : moves) {
    writer.BeginObject();
    writer.Field("shard", shard);
    writer.Field("target", move.target);
    writer.Field("key", move.key);
    writer.EndObject();
  }
  writer.EndArray();
}

// Reads members of the kinds that Encode() writes, and remembers the first that is missing.
class Reader {
 public:
  explicit Reader(const Value& root) : root_(root) {}

  const Value* Member(std::string_view key, Value::Type type) {
    const Value* value = root_.Find(key);
    if (value != nullptr && value->type() == type) return value;
    if (missing_.empty()) missing_ = key;
    return nullptr;
  }
  std::string Text(std::string_view key) {
    const Value* value = Member(key, Value::Type::kString);
    return value == nullptr ? std::string() : std::string(value->text());
  }
  std::int64_t Int(std::string_view key, std::int64_t least = INT64_MIN,
                   std::int64_t most = INT64_MAX) {
    const Value* value = Member(key, Value::Type::kNumber);
    const std::int64_t number = value == nullptr ? 0 : ToInt(*value);
    if ((number < least || number > most) && missing_.empty()) missing_ = key;
    return number;
  }
  std::map<std::string, std::string> Map(std::string_view key) {
    std::map<std::string, std::string> map;
    if (const Value* value = Member(key, Value::Type::kObject)) {
      for (const base::json::Member& member : value->members()) {
        if (!member.value->IsString() && missing_.empty()) missing_ = key;
        map.emplace(member.key, member.value->text());
      }
    }
    return map;
  }
  std::span<Value* const> Items(std::string_view key) {
    const Value* value = Member(key, Value::Type::kArray);
    return value == nullptr ? std::span<Value* const>() : value->items();
  }
  static std::int64_t ToInt(const Value& value) {
    const auto number = value.AsInt64();
    return number.ok() ? *number : 0;
  }

  Status status() const {
    if (missing_.empty()) return {};
    return base::Internal("index metadata has no good [" + missing_ + "]");
  }

 private:
  const Value& root_;
  std::string missing_;
};

}  // namespace

std::uint64_t NewShardKey() { return 1 + base::RandomUint64() % kMaxShardKey; }

int IndexMetadata::RoutingSlots() const {
  return routing_slots > 0 ? routing_slots : DefaultRoutingSlots(number_of_shards);
}

int IndexMetadata::ShardOf(std::string_view id, std::string_view routing) const {
  const int slots = RoutingSlots();
  std::int64_t hash = Murmur3OfUtf16(routing.empty() ? id : routing);
  if (routing_partition_size > 1 && !routing.empty()) {
    hash = static_cast<std::int32_t>(hash + FloorMod(Murmur3OfUtf16(id), routing_partition_size));
  }
  return static_cast<int>(FloorMod(hash, slots) / (slots / number_of_shards));
}

std::string IndexMetadata::Encode() const {
  std::string bytes;
  bytes.reserve(mappings.size() + mappings.size() / 4 + 1024);  // a fifth of it is quotes
  base::json::CompactWriter writer(bytes);
  writer.BeginObject();
  writer.Field("name", name);
  writer.Field("uuid", uuid);
  writer.Field("creation_millis", creation_millis);
  writer.Field("number_of_shards", number_of_shards);
  writer.Field("number_of_replicas", number_of_replicas);
  writer.Field("open", open);
  if (state_millis != 0) writer.Field("state_millis", state_millis);
  writer.Field("routing_slots", routing_slots);
  writer.Field("routing_partition_size", routing_partition_size);
  for (const auto& [key, map] :
       {std::pair("settings", &settings), std::pair("aliases", &aliases)}) {
    writer.ObjectField(key);
    for (const auto& [member, value] : *map) writer.Field(member, value);
    writer.EndObject();
  }
  writer.Field("mappings", mappings);
  WriteArray(writer, "shard_nodes", shard_nodes);
  WriteArray(writer, "shard_keys", shard_keys);
  WriteArray(writer, "primary_terms", primary_terms);
  if (!moves.empty()) WriteMoves(writer, moves);
  writer.EndObject();
  return bytes;
}

Result<IndexPtr> IndexMetadata::Decode(std::string_view bytes) {
  ASSIGN_OR_RETURN(const base::json::Document document, base::json::Document::Parse(bytes));
  Reader reader(document.root());
  auto index = std::make_shared<IndexMetadata>();
  index->name = reader.Text("name");
  index->uuid = reader.Text("uuid");
  index->creation_millis = reader.Int("creation_millis");
  index->number_of_shards = static_cast<int>(reader.Int("number_of_shards", 1, 1024));
  index->number_of_replicas = static_cast<int>(reader.Int("number_of_replicas", 0, INT32_MAX));
  index->routing_slots = static_cast<int>(reader.Int("routing_slots", 0, INT32_MAX));
  index->routing_partition_size =
      static_cast<int>(reader.Int("routing_partition_size", 1, INT32_MAX));
  const Value* open = reader.Member("open", Value::Type::kBool);
  index->open = open == nullptr || open->text() == "true";
  if (document.root().Find("state_millis") != nullptr)
    index->state_millis = reader.Int("state_millis");
  index->settings = reader.Map("settings");
  index->aliases = reader.Map("aliases");
  index->mappings = reader.Text("mappings");
  for (const Value* node : reader.Items("shard_nodes"))
    index->shard_nodes.emplace_back(node->text());
  for (const Value* key : reader.Items("shard_keys")) {
    index->shard_keys.push_back(static_cast<std::uint64_t>(Reader::ToInt(*key)));
  }
  for (const Value* term : reader.Items("primary_terms")) {
    index->primary_terms.push_back(Reader::ToInt(*term));
  }
  if (document.root().Find("moves") != nullptr) {
    for (const Value* entry : reader.Items("moves")) {
      Reader of_move(*entry);
      const auto shard = static_cast<int>(of_move.Int("shard", 0, index->number_of_shards - 1));
      ShardMove& move = index->moves[shard];
      move.target = of_move.Text("target");
      move.key = static_cast<std::uint64_t>(of_move.Int("key", 1));
      RETURN_IF_ERROR(of_move.status());
    }
  }
  RETURN_IF_ERROR(reader.status());
  const auto shards = static_cast<std::size_t>(index->number_of_shards);
  const bool slots_fit =
      index->routing_slots == 0 || index->routing_slots % index->number_of_shards == 0;
  if (index->shard_nodes.size() != shards || index->shard_keys.size() != shards ||
      index->primary_terms.size() != shards || !slots_fit) {
    return base::Internal("index metadata of [" + index->name + "] does not fit its " +
                          std::to_string(shards) + " shards");
  }
  return IndexPtr(std::move(index));
}

Status CheckIndexName(std::string_view name) {
  std::string problem = NameProblem(name);
  if (problem.empty() && HasUpperCase(name)) problem = "must be lowercase";
  if (problem.empty()) return {};
  return Status(400, "invalid_index_name_exception",
                "Invalid index name [" + std::string(name) + "], " + problem)
      .With("index", std::string(name))
      .With("index_uuid", "_na_");
}

Status CheckAliasName(std::string_view name) {
  const std::string problem = NameProblem(name);
  if (problem.empty()) return {};
  return {400, "invalid_alias_name_exception",
          "Invalid alias name [" + std::string(name) + "]: " + problem};
}

}  // namespace cluster
