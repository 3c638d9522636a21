#include "rest/human_fields.h"

#include <array>
#include <utility>

#include "base/json/tree.h"

namespace rest {
namespace {

// How names of sizes and durations end, and what is read for 0 of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEnds = {
    {{"_memory_in_bytes", "0b"},
     {"_in_bytes", "0b"},
     {"_bytes", "0b"},
     {"_in_millis", "0s"},
     {"_millis", "0s"}}};
// OpenSearch's one name that loses more than the unit.
constexpr std::string_view kBitSet = "fixed_bit_set_memory_in_bytes";

void WriteTwin(base::json::Writer& out, std::string_view key) {
  for (const auto& [end, zero] : kEnds) {
    if (!key.ends_with(end) || (end == kEnds.front().first && key != kBitSet)) continue;
    key.remove_suffix(end.size());
    return out.Field(key, zero);
  }
}

void WriteWithTwins(base::json::Writer& out, const base::json::Value& value) {
  if (!value.IsObject()) return value.Write(out);
  out.BeginObject();
  for (const auto& [key, member] : value.members()) {
    WriteTwin(out, key);
    out.Key(key);
    WriteWithTwins(out, *member);
  }
  out.EndObject();
}

}  // namespace

void HumanFields::Zeros(std::string_view name, std::string_view json) const {
  const auto document = human_ ? base::json::Document::Parse(json)
                               : base::Result<base::json::Document>(base::json::Document());
  if (!human_ || !document.ok()) return out_.RawField(name, json);
  out_.Key(name);
  WriteWithTwins(out_, document->root());
}

}  // namespace rest
