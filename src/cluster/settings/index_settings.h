// cluster/settings/index_settings.h
//
// Which settings an index may have, what values they take and which of them may change while it is
// open. Names, defaults and texts are OpenSearch's; `index.max_document_bytes` is ours.
//
// Threads: constant tables and pure functions.

#pragma once

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "tasks/task_context.h"

namespace cluster {

// Bytes of the longest name that a setting may have.
inline constexpr std::size_t kLongestSettingName = 10'000;
// 400 for a longer one.
base::Status CheckSettingName(std::string_view name);

struct IndexSetting {
  // kGroup: `key` ends in a point and stands for everything that begins with it.
  enum class Kind : std::uint8_t {
    kBool,
    kInt,
    kLong,
    kDouble,
    kTime,
    kBytes,
    kText,
    kList,
    kGroup
  };
  // kStatic and kFinal are fixed while the index is open, kPrivate is never set by clients.
  enum class Update : std::uint8_t { kDynamic, kStatic, kFinal, kPrivate };
  using Check = base::Status (*)(std::string_view key, std::string_view value);

  static constexpr double kNoMin = -std::numeric_limits<double>::infinity();
  static constexpr double kNoMax = std::numeric_limits<double>::infinity();

  std::string_view key;
  Kind kind;
  Update update;
  std::string_view fallback;  // a list's as JSON array
  double min = kNoMin;        // nanoseconds of a kTime, bytes of a kBytes
  double max = kNoMax;
  Check check = nullptr;  // what the kind does not say
};

// Ordered by key.
std::span<const IndexSetting> IndexSettings();
// Null if it is unknown; a group's for what is in it.
const IndexSetting* FindIndexSetting(std::string_view key);
// 400 unless `value` fits.
base::Status CheckIndexSetting(const IndexSetting& setting, std::string_view key,
                               std::string_view value);

// 400 unless all of an index's settings fit, also with each other.
base::Status CheckSettings(const std::map<std::string, std::string>& settings);

// The settings of an index creation, nested or flat, with or without the prefix, as a flat map; 400
// for unknown ones and bad values. A list is kept as JSON array. Cancelled if `task` has to stop.
base::Result<std::map<std::string, std::string>> ParseIndexSettings(const tasks::TaskContext& task,
                                                                    const base::json::Value& body);

// The same for a change: null resets a setting to its default.
using SettingsUpdate = std::map<std::string, std::optional<std::string>>;
// As ParseIndexSettings(), but keeps null, which hides what a template sets.
base::Result<SettingsUpdate> ParseTemplateSettings(const tasks::TaskContext& task,
                                                   const base::json::Value& body);
// Those that have a value.
std::map<std::string, std::string> ValuesOf(const SettingsUpdate& settings);
base::Result<SettingsUpdate> ParseSettingsUpdate(const tasks::TaskContext& task,
                                                 const base::json::Value& body);
// Of a request's body: the settings, or an object `settings` of them. 400 if there are none.
base::Result<SettingsUpdate> ParseSettingsBody(const tasks::TaskContext& task,
                                               std::string_view json);

// The value in force: the index's own or the default; empty if the setting is unknown.
std::string_view SettingOr(const std::map<std::string, std::string>& settings,
                           std::string_view key);
bool BoolSetting(const std::map<std::string, std::string>& settings, std::string_view key);
std::int64_t IntSetting(const std::map<std::string, std::string>& settings, std::string_view key);

// Writes one member for each setting: nested objects, or dotted keys if `flat`. Values are strings,
// lists arrays of them.
void WriteSettings(base::json::Writer& writer, const std::map<std::string, std::string>& settings,
                   bool flat);
void WriteSettings(base::json::Writer& writer, const SettingsUpdate& settings, bool flat);

}  // namespace cluster
