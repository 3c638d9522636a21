// base/log.h
//
// The server's log: one JSON object a line (timestamp, level, component, message, then what the
// caller adds), to stderr or a file. Off levels cost one atomic load.
//
//   log::Info("tasks", "task ended", {{"task", id}, {"took_millis", took}});
//
// Lifetime: usable before Init() (then warnings go to stderr) and until the process ends.
// Threads: any; lines are never mixed.

#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"

namespace base::log {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

struct Field {
  using Variant =
      std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, const Status*>;

  template <typename T>
  Field(std::string_view field_key, const T& field_value)
      : key(field_key), value(Wrap(field_value)) {}

  std::string_view key;
  Variant value;

 private:
  template <typename T>
  static Variant Wrap(const T& v) {
    if constexpr (std::is_same_v<T, Status>) {
      return Variant(std::in_place_type<const Status*>, &v);
    } else if constexpr (std::is_same_v<T, bool>) {
      return Variant(std::in_place_type<bool>, v);
    } else if constexpr (std::is_floating_point_v<T>) {
      return Variant(std::in_place_type<double>, v);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      return Variant(std::in_place_type<std::int64_t>, v);
    } else if constexpr (std::is_integral_v<T>) {
      return Variant(std::in_place_type<std::uint64_t>, v);
    } else {
      return Variant(std::in_place_type<std::string_view>, v);
    }
  }
};
using Fields = std::initializer_list<Field>;

struct Options {
  Level level = Level::kInfo;
  std::string file;  // empty: stderr
};

// May be called again, for instance to open a rotated file anew.
Status Init(const Options& options);
void SetLevel(Level level);
// "trace" … "error", "off"; 400 for others.
Status SetLevel(std::string_view name);
void Flush();

namespace internal {
extern std::atomic<Level> threshold;
void Write(Level level, std::string_view component, std::string_view message, Fields fields);
}  // namespace internal

inline bool Enabled(Level level) {
  return level >= internal::threshold.load(std::memory_order_relaxed);
}
inline void Write(Level level, std::string_view component, std::string_view message,
                  Fields fields = {}) {
  if (Enabled(level)) internal::Write(level, component, message, fields);
}
inline void Trace(std::string_view component, std::string_view message, Fields fields = {}) {
  Write(Level::kTrace, component, message, fields);
}
inline void Debug(std::string_view component, std::string_view message, Fields fields = {}) {
  Write(Level::kDebug, component, message, fields);
}
inline void Info(std::string_view component, std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, component, message, fields);
}
inline void Warn(std::string_view component, std::string_view message, Fields fields = {}) {
  Write(Level::kWarn, component, message, fields);
}
inline void Error(std::string_view component, std::string_view message, Fields fields = {}) {
  Write(Level::kError, component, message, fields);
}

}  // namespace base::log
