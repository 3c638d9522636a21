#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <memory>
#include <type_traits>

#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/text/units.h"

namespace base::log {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"trace", "debug", "info",
                                                    "warn",  "error", "off"};

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);  // ours decides
  logger->flush_on(spdlog::level::info);
  return logger;
}

// Swapped by Init() while others write: each line keeps the logger it took.
std::shared_ptr<spdlog::logger> current;  // by atomic_load and atomic_store only

std::shared_ptr<spdlog::logger> Current() {
  auto logger = std::atomic_load(&current);
  if (logger) return logger;
  auto first = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  // Whoever comes second takes the first one's.
  return std::atomic_compare_exchange_strong(&current, &logger, first) ? first : logger;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  return static_cast<spdlog::level::level_enum>(level);
}

void WriteField(json::Writer& writer, const Field& field) {
  writer.Key(field.key);
  std::visit(
      [&writer](const auto& value) {
        if constexpr (std::is_same_v<decltype(value), const Status* const&>) {
          WriteException(writer, *value);
        } else {
          writer.Value(value);
        }
      },
      field.value);
}

}  // namespace

namespace internal {

std::atomic<Level> threshold = Level::kWarn;

void Write(Level level, std::string_view component, std::string_view message, Fields fields) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string line;
  json::CompactWriter writer(line);
  writer.BeginObject();
  writer.Field("timestamp",
               IsoUtcMillis(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
  writer.Field("level", kNames[static_cast<std::size_t>(level)]);
  writer.Field("component", component);
  writer.Field("message", message);
  for (const Field& field : fields) WriteField(writer, field);
  writer.EndObject();
  try {
    Current()->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    // A log that cannot be written must not stop the work it tells of.
  }
}

}  // namespace internal

Status Init(const Options& options) {
  try {
    spdlog::sink_ptr sink;
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    }
    std::atomic_store(&current, MakeLogger(std::move(sink)));
  } catch (const std::exception& e) {
    return Internal("cannot open log file [" + options.file + "]: " + e.what());
  }
  SetLevel(options.level);
  return {};
}

void SetLevel(Level level) { internal::threshold.store(level, std::memory_order_relaxed); }

Status SetLevel(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != name) continue;
    SetLevel(static_cast<Level>(i));
    return {};
  }
  return IllegalArgument("unknown log level [" + std::string(name) + "]");
}

void Flush() { Current()->flush(); }

}  // namespace base::log
