#include "cluster/settings/index_settings.h"

#include <vector>

#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "base/text/units.h"
#include "cluster/index/index_metadata.h"
#include "tasks/memory/parsed_json.h"

namespace cluster {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;
using Kind = IndexSetting::Kind;

constexpr std::string_view kPrefix = "index.";

std::string Quoted(std::string_view text) { return "[" + std::string(text) + "]"; }

Status Unknown(std::string_view key) {
  // The prefix is alike in all of them, so a suggestion must be nearer than elsewhere.
  std::vector<std::string> names;
  for (const IndexSetting& setting : IndexSettings()) {
    if (key.size() > 2 * setting.key.size()) continue;  // far from it, and long to compare
    const bool near_enough = base::LevenshteinSimilarity(key, setting.key) > 0.7f;
    if (setting.kind != Kind::kGroup && near_enough) names.emplace_back(setting.key);
  }
  const std::string near = base::DidYouMean(key, names);  // " -> did you mean …"
  return IllegalArgument("unknown setting " + Quoted(key) +
                         (near.empty()
                              ? " please check that any required plugins are installed, or "
                                "check the breaking changes documentation for removed "
                                "settings"
                              : near.substr(3)));
}

// `bound` as the setting's kind prints numbers: 1, 5.0, 100ms.
std::string BoundText(const IndexSetting& setting, double bound) {
  std::string text;
  const auto whole = static_cast<std::int64_t>(bound);
  switch (setting.kind) {
    case Kind::kDouble:
      base::AppendJavaDouble(text, bound);
      return text;
    case Kind::kTime:
      return base::TimeValue::Nanos(whole).ToString();
    case Kind::kBytes:
      return base::ByteSize(whole).ToString();
    default:
      return std::to_string(whole);
  }
}

Status CheckBounds(const IndexSetting& setting, std::string_view key, std::string_view text,
                   double value) {
  const bool small = value < setting.min;
  if (!small && value <= setting.max) return {};
  const std::string bound = (small ? "must be >= " : "must be <= ") +
                            BoundText(setting, small ? setting.min : setting.max);
  if (setting.kind == Kind::kTime || setting.kind == Kind::kBytes) {
    const std::string bracketed = bound.substr(0, 11) + Quoted(bound.substr(11));
    return IllegalArgument("failed to parse value " + Quoted(text) + " for setting " + Quoted(key) +
                           ", " + bracketed);
  }
  return IllegalArgument("Failed to parse value " + Quoted(text) + " for setting " + Quoted(key) +
                         " " + bound);
}

template <typename T>
Status CheckNumber(const IndexSetting& setting, std::string_view key, std::string_view text,
                   const Result<T>& parsed) {
  if (parsed.ok()) return CheckBounds(setting, key, text, static_cast<double>(*parsed));
  return IllegalArgument("Failed to parse value " + Quoted(text) + " for setting " + Quoted(key))
      .CausedBy(parsed.status());
}

std::string WithPrefix(std::string_view key) {
  return key.starts_with(kPrefix) ? std::string(key) : std::string(kPrefix) + std::string(key);
}

// Makes a flat map of nested objects.
class Flattening {
 public:
  explicit Flattening(const tasks::TaskContext& task) : task_(task) {}

  Status Add(const Value& object) {
    for (const base::json::Member& member : object.members()) {
      if (unknown_ > kMostUnknown) return {};
      const std::size_t length = path_.size();
      if (!path_.empty()) path_.push_back('.');
      path_.append(member.key);
      RETURN_IF_ERROR(member.value->IsObject() ? Add(*member.value) : Take(*member.value));
      path_.resize(length);
    }
    return {};
  }

  // As they were given.
  SettingsUpdate& settings() { return settings_; }

  Status Step() {
    constexpr unsigned kCheckEvery = 128;
    return ++steps_ % kCheckEvery == 0 ? task_.Checkpoint() : Status();
  }

 private:
  // One is enough to refuse them all. The least of so many is told.
  static constexpr int kMostUnknown = 1000;

  Status Take(const Value& value) {
    RETURN_IF_ERROR(Step());
    RETURN_IF_ERROR(CheckSettingName(path_));
    if (FindIndexSetting(WithPrefix(path_)) == nullptr) ++unknown_;
    if (value.IsNull()) {
      settings_[path_] = std::nullopt;
      return {};
    }
    ASSIGN_OR_RETURN(settings_[path_], Flattened(value));
    return {};
  }

  Result<std::string> Flattened(const Value& value) {
    if (!value.IsArray()) return std::string(value.text());
    std::string json;
    base::json::CompactWriter writer(json);
    writer.BeginArray();
    for (const Value* item : value.items()) {
      RETURN_IF_ERROR(Step());
      item->IsArray() || item->IsObject() ? writer.String(item->ToString())
                                          : writer.String(item->text());
    }
    writer.EndArray();
    return json;
  }

  const tasks::TaskContext& task_;
  std::string path_;
  SettingsUpdate settings_;
  int unknown_ = 0;
  unsigned steps_ = 0;
};

Status CheckOne(const std::string& key, const std::optional<std::string>& value) {
  const IndexSetting* setting = FindIndexSetting(key);
  if (setting == nullptr) return Unknown(key);
  return value ? CheckIndexSetting(*setting, key, *value) : Status();
}

std::vector<std::string> SplitAtDots(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

void WriteValue(base::json::Writer& writer, std::string_view key, const std::string& value) {
  writer.Key(key);
  if (!value.starts_with('[')) return writer.String(value);
  const auto list = base::json::Document::Parse(value);
  list.ok() && list->root().IsArray() ? list->root().Write(writer) : writer.String(value);
}

void WriteValue(base::json::Writer& writer, std::string_view key,
                const std::optional<std::string>& value) {
  if (value) return WriteValue(writer, key, *value);
  writer.Key(key);
  writer.Null();
}

template <typename Settings>
void WriteAll(base::json::Writer& writer, const Settings& settings, bool flat) {
  std::vector<std::string> open;  // objects begun, outermost first
  std::string before = "?";       // the setting before this one
  for (const auto& [key, value] : settings) {
    // What is below a setting that has a value itself stays dotted.
    const std::size_t dot = key.starts_with(before + ".") ? before.rfind('.') : key.rfind('.');
    if (!key.starts_with(before + ".")) before = key;
    if (flat || dot == std::string::npos) {
      WriteValue(writer, key, value);
      continue;
    }
    const std::vector<std::string> path = SplitAtDots(std::string_view(key).substr(0, dot));
    std::size_t common = 0;
    while (common < open.size() && common < path.size() && open[common] == path[common]) ++common;
    for (; open.size() > common; open.pop_back()) writer.EndObject();
    for (std::size_t i = common; i < path.size(); ++i) {
      writer.ObjectField(path[i]);
      open.push_back(path[i]);
    }
    WriteValue(writer, std::string_view(key).substr(dot + 1), value);
  }
  for (; !open.empty(); open.pop_back()) writer.EndObject();
}

}  // namespace

Status CheckSettingName(std::string_view name) {
  if (name.size() <= kLongestSettingName) return {};
  return IllegalArgument("unknown setting " + Quoted(std::string(name.substr(0, 100)) + "...") +
                         ": names have at most " + std::to_string(kLongestSettingName) + " bytes");
}

Status CheckIndexSetting(const IndexSetting& setting, std::string_view key,
                         std::string_view value) {
  if (setting.check != nullptr) return setting.check(key, value);
  switch (setting.kind) {
    case Kind::kBool:
      return base::ParseBool(value).status();
    case Kind::kInt:
      return CheckNumber(setting, key, value, base::ParseInt32(value));
    case Kind::kLong:
      return CheckNumber(setting, key, value, base::ParseInt64(value));
    case Kind::kDouble:
      return CheckNumber(setting, key, value, base::ParseDouble(value));
    case Kind::kTime: {
      ASSIGN_OR_RETURN(const base::TimeValue time, base::TimeValue::Parse(value, key));
      return CheckBounds(setting, key, value, static_cast<double>(time.nanos()));
    }
    case Kind::kBytes: {
      const auto size = base::ByteSize::Parse(value, key);
      if (!size.ok()) return IllegalArgument(size.status().reason()).CausedBy(size.status());
      return CheckBounds(setting, key, value, static_cast<double>(size->bytes()));
    }
    case Kind::kText:
    case Kind::kList:
    case Kind::kGroup:
      return {};
  }
  return {};
}

Status CheckSettings(const std::map<std::string, std::string>& settings) {
  for (const auto& [key, value] : settings) RETURN_IF_ERROR(CheckOne(key, value));
  const std::int64_t shards = IntSetting(settings, "index.number_of_shards");
  if (!settings.contains("index.number_of_routing_shards")) return {};
  const std::int64_t slots = IntSetting(settings, "index.number_of_routing_shards");
  if (slots < shards) {
    return IllegalArgument("index.number_of_routing_shards [" + std::to_string(slots) +
                           "] must be >= index.number_of_shards [" + std::to_string(shards) + "]");
  }
  if (slots % shards == 0) return {};
  return IllegalArgument("the number of source shards [" + std::to_string(shards) +
                         "] must be a factor of [" + std::to_string(slots) + "]");
}

Result<SettingsUpdate> ParseSettingsBody(const tasks::TaskContext& task, std::string_view json) {
  const Status nothing = base::ValidationFailed("no settings to update");
  if (base::TrimAscii(json).empty()) return nothing;
  const auto document = tasks::ParsedJson::Parse(task, json);
  if (document.ok()) {
    const Value* const inner = document->root().Find("settings");
    const bool wrapped = inner != nullptr && inner->IsObject();
    const Value& settings = wrapped ? *inner : document->root();
    if (settings.members().empty()) return nothing;
    return ParseSettingsUpdate(task, settings);
  }
  if (!document.status().type().starts_with("json_")) return document.status();
  return base::ParseError("Failed to parse content to map").CausedBy(document.status());
}

Result<SettingsUpdate> ParseSettingsUpdate(const tasks::TaskContext& task, const Value& body) {
  if (!body.IsObject()) return base::ParseError("key [settings] must be an object");
  Flattening flattening(task);
  RETURN_IF_ERROR(flattening.Add(body));
  SettingsUpdate settings;
  // A name without the prefix wins over the same one with it.
  for (const bool prefixed : {true, false}) {
    for (auto& [key, value] : flattening.settings()) {
      RETURN_IF_ERROR(flattening.Step());
      if (key.starts_with(kPrefix) == prefixed) settings[WithPrefix(key)] = std::move(value);
    }
  }
  for (const auto& [key, value] : settings) {
    RETURN_IF_ERROR(flattening.Step());
    RETURN_IF_ERROR(CheckOne(key, value));
  }
  return settings;
}

Result<SettingsUpdate> ParseTemplateSettings(const tasks::TaskContext& task, const Value& body) {
  ASSIGN_OR_RETURN(SettingsUpdate settings, ParseSettingsUpdate(task, body));
  for (const auto& [key, value] : settings) {
    if (value && FindIndexSetting(key)->update == IndexSetting::Update::kPrivate) {
      return Status(400, "validation_exception",
                    "Validation Failed: 1: private index setting " + Quoted(key) +
                        " can not be set explicitly;");
    }
  }
  RETURN_IF_ERROR(CheckSettings(ValuesOf(settings)));
  return settings;
}

Result<std::map<std::string, std::string>> ParseIndexSettings(const tasks::TaskContext& task,
                                                              const Value& body) {
  ASSIGN_OR_RETURN(const SettingsUpdate settings, ParseTemplateSettings(task, body));
  return ValuesOf(settings);
}

std::map<std::string, std::string> ValuesOf(const SettingsUpdate& settings) {
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : settings) {
    if (value) values.emplace(key, *value);
  }
  return values;
}

std::string_view SettingOr(const std::map<std::string, std::string>& settings,
                           std::string_view key) {
  if (const auto it = settings.find(std::string(key)); it != settings.end()) return it->second;
  const IndexSetting* setting = FindIndexSetting(key);
  return setting == nullptr ? std::string_view() : setting->fallback;
}

bool BoolSetting(const std::map<std::string, std::string>& settings, std::string_view key) {
  return SettingOr(settings, key) == "true";
}

std::int64_t IntSetting(const std::map<std::string, std::string>& settings, std::string_view key) {
  const auto parsed = base::ParseInt64(SettingOr(settings, key));
  return parsed.ok() ? *parsed : 0;
}

void WriteSettings(base::json::Writer& writer, const std::map<std::string, std::string>& settings,
                   bool flat) {
  WriteAll(writer, settings, flat);
}

void WriteSettings(base::json::Writer& writer, const SettingsUpdate& settings, bool flat) {
  WriteAll(writer, settings, flat);
}

}  // namespace cluster
