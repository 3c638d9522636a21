#include "server/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "cluster/node_attributes.h"

namespace server {

using base::IllegalArgument;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kAttributes = "node.attr.";

Status SetTwice(const std::string& name) { return IllegalArgument("[" + name + "] is set twice"); }

// A list in the file is the same as its items with commas.
Status Flatten(const YAML::Node& node, const std::string& prefix,
               std::map<std::string, std::string>& out) {
  if (node.IsScalar()) {
    if (!out.emplace(prefix, node.Scalar()).second) return SetTwice(prefix);
  } else if (node.IsSequence()) {
    std::vector<std::string> items;
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) return IllegalArgument("[" + prefix + "] must be a plain list");
      items.push_back(item.Scalar());
    }
    if (!out.emplace(prefix, base::Join(items, ",")).second) return SetTwice(prefix);
  } else if (node.IsMap()) {
    for (const auto& entry : node) {  // no structured binding: it is a Node, too
      const std::string& key = entry.first.Scalar();
      RETURN_IF_ERROR(Flatten(entry.second, prefix.empty() ? key : prefix + "." + key, out));
    }
  }
  return {};
}

Result<std::map<std::string, std::string>> ReadYaml(const std::string& file) {
  std::map<std::string, std::string> values;
  try {
    if (const Status bad = Flatten(YAML::LoadFile(file), "", values); !bad.ok())
      return IllegalArgument(bad.reason() + " in [" + file + "]");
  } catch (const YAML::Exception& e) {
    return IllegalArgument("cannot read settings from [" + file + "]: " + e.what());
  }
  return values;
}

}  // namespace

std::string Settings::DefaultFile() {
  std::error_code error;
  const auto here = std::filesystem::absolute("quell.yml", error);
  return !error && std::filesystem::is_regular_file(here, error) ? here.string() : std::string();
}

Result<Settings> Settings::Read(const std::string& file,
                                const std::vector<std::string>& overrides) {
  Settings settings;
  settings.file_ = file;
  if (!file.empty()) {
    ASSIGN_OR_RETURN(auto values, ReadYaml(file));
    for (auto& [name, value] : values) RETURN_IF_ERROR(settings.Set(name, value, file));
  }
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return IllegalArgument("-E takes key=value, but was [" + text + "]");
    RETURN_IF_ERROR(settings.Set(text.substr(0, equals), text.substr(equals + 1), "-E"));
  }
  return settings;
}

Status Settings::Set(const std::string& name, std::string value, std::string_view where) {
  if (!base::IsValidUtf8(name) || !base::IsValidUtf8(value))
    return IllegalArgument("[" + name + "=" + value + "] in " + std::string(where) +
                           " is not UTF-8");
  const auto is_it = [&](const SettingInfo& info) { return info.name == name; };
  if (!name.starts_with(kAttributes) && std::ranges::none_of(Known(), is_it)) {
    std::vector<std::string> names;
    for (const SettingInfo& info : Known()) names.emplace_back(info.name);
    return IllegalArgument("unknown setting [" + name + "] in " + std::string(where) +
                           base::DidYouMean(name, names) +
                           " (quell serve --list-settings shows all)");
  }
  values_.insert_or_assign(name, std::move(value));
  return {};
}

const std::string& Settings::String(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  static const std::map<std::string, std::string, std::less<>> defaults = [] {
    std::map<std::string, std::string, std::less<>> all;
    for (const SettingInfo& info : Known()) all.emplace(info.name, info.otherwise);
    return all;
  }();
  return defaults.find(name)->second;
}

Result<std::int64_t> Settings::Int(std::string_view name, std::int64_t low,
                                   std::int64_t high) const {
  const std::string& text = String(name);
  const Result<std::int64_t> value = base::ParseInt64(text);
  if (value.ok() && *value >= low && *value <= high) return *value;
  return IllegalArgument("failed to parse value [" + text + "] for setting [" + std::string(name) +
                         "], must be from " + std::to_string(low) + " to " + std::to_string(high));
}

Result<bool> Settings::Bool(std::string_view name) const {
  Result<bool> value = base::ParseBool(String(name));
  if (value.ok()) return value;
  return IllegalArgument("[" + std::string(name) + "]: " + value.status().reason());
}

Result<base::TimeValue> Settings::Time(std::string_view name) const {
  return base::TimeValue::Parse(String(name), name);
}

Result<base::ByteSize> Settings::Size(std::string_view name) const {
  return base::ByteSize::Parse(String(name), name);
}

std::map<std::string, std::string> Settings::NodeAttributes() const {
  std::map<std::string, std::string> attributes;
  for (const auto& [name, value] : values_) {
    if (name.starts_with(kAttributes)) attributes.emplace(name.substr(kAttributes.size()), value);
  }
  return attributes;
}

std::map<std::string, std::string> Settings::Shown() const {
  // They may hold a password, or say where a key lies.
  static constexpr std::array<std::string_view, 4> kSecret = {
      "cluster.nats.credentials", "cluster.nats.key", "cluster.nats.url",
      "plugins.security.ssl.transport.pemkey_filepath"};
  std::map<std::string, std::string> shown;
  for (const auto& [name, value] : values_) {
    if (std::ranges::find(kSecret, name) == kSecret.end()) shown.emplace(name, value);
  }
  std::error_code error;
  const auto absolute = [&error](const std::string& path) {
    return std::filesystem::absolute(path, error).lexically_normal().string();
  };
  const std::string& log = String("logger.file");
  shown.insert_or_assign("path.data", absolute(String("path.data")));
  shown.insert_or_assign("path.home", std::filesystem::current_path(error).string());
  shown.insert_or_assign("path.logs", log.empty() ? "/dev/stderr" : absolute(log));
  shown.insert_or_assign("cluster.name", String("cluster.name"));
  shown.insert_or_assign("client.type", "node");
  for (const auto& [layer, type] : {std::pair("http", "asio"), std::pair("transport", "grpc")}) {
    shown.insert_or_assign(std::string(layer) + ".type", type);
    shown.insert_or_assign(std::string(layer) + ".type.default", type);
  }
  shown.insert_or_assign(
      std::string(kAttributes) + std::string(cluster::kShardIndexingPressureAttribute), "true");
  return shown;
}

}  // namespace server
