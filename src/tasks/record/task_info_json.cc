#include "tasks/record/task_info_json.h"

#include <array>
#include <mutex>
#include <set>

#include "base/json/compact_writer.h"
#include "base/json/tree.h"

namespace tasks {

using base::Result;
using base::json::Value;
using base::json::Writer;

namespace {

constexpr std::size_t kMaxInterned = 4096;

template <typename Enum, std::size_t Count>
std::optional<Enum> Named(std::string_view (*name_of)(Enum), std::string_view name) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

void WriteOrigin(const Origin& origin, Writer& out) {
  out.ObjectField("origin");
  out.ObjectField("headers");
  for (const auto& [name, value] : origin.headers) out.Field(name, value);
  out.EndObject();
  out.Field("user", origin.user);
  out.Field("remote_address", origin.remote_address);
  out.EndObject();
}

void WriteStop(const Stop& stop, Writer& out) {
  out.ObjectField("stop");
  out.Field("cause", CauseName(stop.cause));
  out.Field("reason", stop.reason);
  out.Field("by", stop.by);
  out.Field("at_wall_millis", stop.at_wall_millis);
  out.EndObject();
}

void WriteResources(const TaskInfo::Resources& resources, Writer& out) {
  out.ObjectField("resources");
  out.Field("cpu_nanos", resources.cpu_nanos);
  out.Field("memory_bytes", resources.memory_bytes);
  out.Field("executions", resources.executions);
  out.Field("active_threads", resources.active_threads);
  out.EndObject();
}

void WriteStaticText(std::string_view key, const char* text, Writer& out) {
  if (text != nullptr) out.Field(key, text);
}

// Members by name; what is absent or of another type leaves the target as it is.
class Reader {
 public:
  explicit Reader(const Value& object) : object_(object) {}

  void Read(std::string_view key, std::string& target) const {
    if (const Value* value = Find(key, Value::Type::kString)) target = value->text();
  }
  void Read(std::string_view key, bool& target) const {
    if (const Value* value = Find(key, Value::Type::kBool)) target = value->text() == "true";
  }
  void Read(std::string_view key, std::int64_t& target) const {
    const Value* value = Find(key, Value::Type::kNumber);
    if (value == nullptr) return;
    if (const auto number = value->AsInt64(); number.ok()) target = *number;
  }
  void Read(std::string_view key, int& target) const {
    std::int64_t wide = target;
    Read(key, wide);
    target = static_cast<int>(wide);
  }
  void Read(std::string_view key, const char*& target) const {
    if (const Value* value = Find(key, Value::Type::kString)) target = Interned(value->text());
  }
  template <typename T>
  void Read(std::string_view key, std::optional<T>& target) const {
    if (object_.Find(key) != nullptr) Read(key, target.emplace());
  }
  template <typename Enum, std::size_t Count>
  void ReadEnum(std::string_view key, std::string_view (*name_of)(Enum), Enum& target) const {
    if (const Value* value = Find(key, Value::Type::kString))
      target = Named<Enum, Count>(name_of, value->text()).value_or(target);
  }
  const Value* Object(std::string_view key) const { return Find(key, Value::Type::kObject); }

 private:
  const Value* Find(std::string_view key, Value::Type type) const {
    const Value* value = object_.Find(key);
    return value != nullptr && value->type() == type ? value : nullptr;
  }

  const Value& object_;
};

OriginPtr ReadOrigin(const Value& object) {
  auto origin = std::make_shared<Origin>();
  const Reader reader(object);
  if (const Value* headers = reader.Object("headers")) {
    for (const base::json::Member& header : headers->members())
      origin->headers.emplace_back(header.key, header.value->text());
  }
  reader.Read("user", origin->user);
  reader.Read("remote_address", origin->remote_address);
  return origin;
}

Stop ReadStop(const Value& object) {
  Stop stop;
  const Reader reader(object);
  reader.ReadEnum<StopCause, 9>("cause", CauseName, stop.cause);
  reader.Read("reason", stop.reason);
  reader.Read("by", stop.by);
  reader.Read("at_wall_millis", stop.at_wall_millis);
  return stop;
}

StoppedOthers ReadStopped(const Value& object) {
  StoppedOthers stopped;
  Reader(object).Read("count", stopped.count);
  const Value* tasks = object.Find("tasks");
  if (tasks == nullptr || tasks->type() != Value::Type::kArray) return stopped;
  for (const Value* task : tasks->items()) {
    auto id = TaskId::Parse(task->text());
    if (id.ok()) stopped.tasks.push_back(*std::move(id));
  }
  return stopped;
}

TaskInfo::Resources ReadResources(const Value& object) {
  TaskInfo::Resources resources;
  const Reader reader(object);
  reader.Read("cpu_nanos", resources.cpu_nanos);
  reader.Read("memory_bytes", resources.memory_bytes);
  reader.Read("executions", resources.executions);
  reader.Read("active_threads", resources.active_threads);
  return resources;
}

}  // namespace

const char* Interned(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> texts;
  std::lock_guard lock(mutex);
  const auto known = texts.find(text);
  if (known != texts.end()) return known->c_str();
  return texts.size() < kMaxInterned ? texts.emplace(text).first->c_str() : "other";
}

void AppendTaskInfo(const TaskInfo& info, std::string& out) {
  base::json::CompactWriter writer(out);
  writer.BeginObject();
  writer.Field("id", info.id.ToString());
  writer.Field("type", TypeName(info.type));
  writer.Field("background", info.task_class == TaskClass::kBackground);
  writer.Field("action", info.action);
  writer.OptionalField("status", info.status);
  writer.OptionalField("description", info.description);
  writer.Field("start_time_millis", info.start_time_millis);
  writer.Field("running_nanos", info.running_nanos);
  writer.Field("cancellable", info.cancellable);
  writer.Field("cancelled", info.cancelled);
  if (info.parent.set()) writer.Field("parent", info.parent.ToString());
  if (info.origin) WriteOrigin(*info.origin, writer);
  writer.OptionalField("cancellation_time_millis", info.cancellation_time_millis);
  if (info.resources) WriteResources(*info.resources, writer);
  writer.Field("not_cancellable_because", info.not_cancellable_because);
  WriteStaticText("phase", info.phase, writer);
  WriteStaticText("waits_on", info.waits_on, writer);
  WriteStaticText("unit", info.unit, writer);
  writer.Field("done", info.done);
  writer.Field("total", info.total);
  writer.Field("checkpoint_age_nanos", info.checkpoint_age_nanos);
  writer.Field("longest_gap_nanos", info.longest_gap_nanos);
  if (info.stop) WriteStop(*info.stop, writer);
  writer.Field("stopping_for_nanos", info.stopping_for_nanos);
  if (info.stopped_others) info.stopped_others->Write(writer);
  if (info.outcome) writer.Field("outcome", OutcomeName(*info.outcome));
  writer.Field("completed_despite_cancel", info.completed_despite_cancel);
  writer.Field("error", info.error);
  writer.EndObject();
  out.push_back('\n');
}

Result<TaskInfo> ReadTaskInfo(std::string_view line) {
  ASSIGN_OR_RETURN(const base::json::Document document, base::json::Document::Parse(line));
  const Reader reader(document.root());
  TaskInfo info;
  std::string id, parent;
  reader.Read("id", id);
  reader.Read("parent", parent);
  ASSIGN_OR_RETURN(info.id, TaskId::Parse(id));
  ASSIGN_OR_RETURN(info.parent, TaskId::Parse(parent));
  if (!info.id.set()) return base::IllegalArgument("a task without an id");
  reader.ReadEnum<TaskType, 3>("type", TypeName, info.type);
  bool background = false;
  reader.Read("background", background);
  info.task_class = background ? TaskClass::kBackground : TaskClass::kClient;
  reader.Read("action", info.action);
  reader.Read("status", info.status);
  reader.Read("description", info.description);
  reader.Read("start_time_millis", info.start_time_millis);
  reader.Read("running_nanos", info.running_nanos);
  reader.Read("cancellable", info.cancellable);
  reader.Read("cancelled", info.cancelled);
  if (const Value* origin = reader.Object("origin")) info.origin = ReadOrigin(*origin);
  reader.Read("cancellation_time_millis", info.cancellation_time_millis);
  if (const Value* resources = reader.Object("resources"))
    info.resources = ReadResources(*resources);
  reader.Read("not_cancellable_because", info.not_cancellable_because);
  reader.Read("phase", info.phase);
  reader.Read("waits_on", info.waits_on);
  reader.Read("unit", info.unit);
  reader.Read("done", info.done);
  reader.Read("total", info.total);
  reader.Read("checkpoint_age_nanos", info.checkpoint_age_nanos);
  reader.Read("longest_gap_nanos", info.longest_gap_nanos);
  if (const Value* stop = reader.Object("stop")) info.stop = ReadStop(*stop);
  reader.Read("stopping_for_nanos", info.stopping_for_nanos);
  if (const Value* stopped = reader.Object("stopped_others"))
    info.stopped_others = ReadStopped(*stopped);
  Outcome outcome = Outcome::kDone;
  reader.ReadEnum<Outcome, 4>("outcome", OutcomeName, outcome);
  if (document.root().Find("outcome") != nullptr) info.outcome = outcome;
  reader.Read("completed_despite_cancel", info.completed_despite_cancel);
  reader.Read("error", info.error);
  return info;
}

}  // namespace tasks
