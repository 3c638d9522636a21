#include "actions/tasks_list/task_codec.h"

#include <algorithm>

#include "actions/bulk/wire.h"
#include "tasks/record/task_info_json.h"

namespace actions::tasks_list {

using bulk::PutSigned;
using bulk::PutText;
using bulk::PutVarint;
using bulk::WireReader;

namespace {

// Null for what is empty.
const char* Intern(std::string_view text) { return text.empty() ? nullptr : tasks::Interned(text); }

void PutStatic(std::string& out, const char* text) { PutText(out, text == nullptr ? "" : text); }

void PutBool(std::string& out, bool value) { out.push_back(value ? '\1' : '\0'); }

template <typename T, typename Put>
void PutOptional(std::string& out, const std::optional<T>& value, Put put) {
  PutBool(out, value.has_value());
  if (value) put(out, *value);
}

std::optional<std::string> ReadOptionalText(WireReader& in) {
  if (in.Byte() == 0) return std::nullopt;
  return std::string(in.Text());
}

void PutStop(std::string& out, const tasks::Stop& stop) {
  out.push_back(static_cast<char>(stop.cause));
  PutText(out, stop.reason);
  PutText(out, stop.by);
  PutSigned(out, stop.at_wall_millis);
}

tasks::Stop ReadStop(WireReader& in) {
  tasks::Stop stop;
  stop.cause = static_cast<tasks::StopCause>(in.Byte());
  stop.reason = in.Text();
  stop.by = in.Text();
  stop.at_wall_millis = in.Signed();
  return stop;
}

void PutOrigin(std::string& out, const tasks::Origin& origin) {
  PutVarint(out, origin.headers.size());
  for (const auto& [name, value] : origin.headers) {
    PutText(out, name);
    PutText(out, value);
  }
  PutText(out, origin.user);
  PutText(out, origin.remote_address);
}

tasks::OriginPtr ReadOrigin(WireReader& in) {
  auto origin = std::make_shared<tasks::Origin>();
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    const std::string_view name = in.Text();
    origin->headers.emplace_back(name, in.Text());
  }
  origin->user = in.Text();
  origin->remote_address = in.Text();
  return origin;
}

void PutResources(std::string& out, const tasks::TaskInfo::Resources& resources) {
  PutSigned(out, resources.cpu_nanos);
  PutSigned(out, resources.memory_bytes);
  PutSigned(out, resources.executions);
  PutSigned(out, resources.active_threads);
}

tasks::TaskInfo::Resources ReadResources(WireReader& in) {
  tasks::TaskInfo::Resources resources;
  resources.cpu_nanos = in.Signed();
  resources.memory_bytes = in.Signed();
  resources.executions = static_cast<int>(in.Signed());
  resources.active_threads = static_cast<int>(in.Signed());
  return resources;
}

}  // namespace

base::Status MalformedMessage(std::string_view what) {
  return base::Internal("malformed " + std::string(what) + " from another node");
}

void PutTaskId(std::string& out, const tasks::TaskId& id) {
  PutText(out, id.node);
  PutSigned(out, id.number);
}

tasks::TaskId ReadTaskId(WireReader& in) {
  tasks::TaskId id;
  id.node = in.Text();
  id.number = in.Signed();
  return id;
}

namespace {

void PutStopped(std::string& out, const tasks::StoppedOthers& stopped) {
  PutSigned(out, stopped.count);
  PutVarint(out, stopped.tasks.size());
  for (const tasks::TaskId& task : stopped.tasks) PutTaskId(out, task);
}

tasks::StoppedOthers ReadStopped(WireReader& in) {
  tasks::StoppedOthers stopped;
  stopped.count = in.Signed();
  const std::uint64_t named = std::min<std::uint64_t>(in.Varint(), tasks::StoppedOthers::kNamed);
  for (std::uint64_t i = 0; i < named && in.ok(); ++i) stopped.tasks.push_back(ReadTaskId(in));
  return stopped;
}

}  // namespace

void PutTaskInfo(std::string& out, const tasks::TaskInfo& info) {
  PutTaskId(out, info.id);
  out.push_back(static_cast<char>(info.type));
  out.push_back(static_cast<char>(info.task_class));
  PutText(out, info.action);
  PutOptional(out, info.status, PutText);
  PutOptional(out, info.description, PutText);
  PutSigned(out, info.start_time_millis);
  PutSigned(out, info.running_nanos);
  PutBool(out, info.cancellable);
  PutBool(out, info.cancelled);
  PutTaskId(out, info.parent);
  PutBool(out, info.origin != nullptr);
  if (info.origin) PutOrigin(out, *info.origin);
  PutOptional(out, info.cancellation_time_millis, PutSigned);
  PutOptional(out, info.resources, PutResources);

  PutText(out, info.not_cancellable_because);
  PutStatic(out, info.phase);
  PutStatic(out, info.waits_on);
  PutStatic(out, info.unit);
  PutSigned(out, info.done);
  PutSigned(out, info.total);
  PutSigned(out, info.checkpoint_age_nanos);
  PutSigned(out, info.longest_gap_nanos);
  PutOptional(out, info.stop, PutStop);
  PutSigned(out, info.stopping_for_nanos);
  PutBool(out, info.outcome.has_value());
  if (!info.outcome) return;
  PutOptional(out, info.stopped_others, PutStopped);
  out.push_back(static_cast<char>(*info.outcome));
  PutBool(out, info.completed_despite_cancel);
  PutText(out, info.error);
}

tasks::TaskInfo ReadTaskInfo(WireReader& in) {
  tasks::TaskInfo info;
  info.id = ReadTaskId(in);
  info.type = static_cast<tasks::TaskType>(in.Byte());
  info.task_class = static_cast<tasks::TaskClass>(in.Byte());
  info.action = in.Text();
  info.status = ReadOptionalText(in);
  info.description = ReadOptionalText(in);
  info.start_time_millis = in.Signed();
  info.running_nanos = in.Signed();
  info.cancellable = in.Byte() != 0;
  info.cancelled = in.Byte() != 0;
  info.parent = ReadTaskId(in);
  if (in.Byte() != 0) info.origin = ReadOrigin(in);
  if (in.Byte() != 0) info.cancellation_time_millis = in.Signed();
  if (in.Byte() != 0) info.resources = ReadResources(in);

  info.not_cancellable_because = in.Text();
  info.phase = Intern(in.Text());
  info.waits_on = Intern(in.Text());
  info.unit = Intern(in.Text());
  info.done = in.Signed();
  info.total = in.Signed();
  info.checkpoint_age_nanos = in.Signed();
  info.longest_gap_nanos = in.Signed();
  if (in.Byte() != 0) info.stop = ReadStop(in);
  info.stopping_for_nanos = in.Signed();
  if (in.Byte() == 0) return info;
  if (in.Byte() != 0) info.stopped_others = ReadStopped(in);
  info.outcome = static_cast<tasks::Outcome>(in.Byte());
  info.completed_despite_cancel = in.Byte() != 0;
  info.error = in.Text();
  return info;
}

void PutFilter(std::string& out, const tasks::TaskFilter& filter) {
  PutVarint(out, filter.actions.size());
  for (const std::string& action : filter.actions) PutText(out, action);
  PutTaskId(out, filter.parent);
  PutText(out, filter.description);
  PutText(out, filter.x_opaque_id);
  PutText(out, filter.index);
  PutText(out, filter.user);
  PutSigned(out, filter.min_running_nanos);
  PutOptional(out, filter.background, PutBool);
}

tasks::TaskFilter ReadFilter(WireReader& in) {
  tasks::TaskFilter filter;
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    filter.actions.emplace_back(in.Text());
  }
  filter.parent = ReadTaskId(in);
  filter.description = in.Text();
  filter.x_opaque_id = in.Text();
  filter.index = in.Text();
  filter.user = in.Text();
  filter.min_running_nanos = in.Signed();
  if (in.Byte() != 0) filter.background = in.Byte() != 0;
  return filter;
}

void PutStatus(std::string& out, const base::Status& status) {
  PutBool(out, status.ok());
  if (status.ok()) return;
  out.push_back(static_cast<char>(status.code()));
  PutSigned(out, status.http_status());
  PutText(out, status.type());
  PutText(out, status.reason());
  PutVarint(out, status.extras().size());
  for (const base::Status::Extra& extra : status.extras()) {
    PutText(out, extra.key);
    PutText(out, extra.value);
    PutBool(out, extra.raw_json);
  }
  PutBool(out, status.cause() != nullptr);
  if (status.cause() != nullptr) PutStatus(out, *status.cause());
}

namespace {

base::Status ReadOneStatus(WireReader& in) {
  const auto code = static_cast<base::Code>(in.Byte());
  const auto http_status = static_cast<int>(in.Signed());
  const std::string_view type = in.Text();
  base::Status status = base::Status(http_status, type, std::string(in.Text())).WithCode(code);
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    const std::string_view key = in.Text();
    const std::string_view value = in.Text();
    status = status.With(std::string(key), std::string(value), in.Byte() != 0);
  }
  return status;
}

}  // namespace

base::Status ReadStatus(WireReader& in) {
  if (in.Byte() != 0 || !in.ok()) return {};
  std::vector<base::Status> chain = {ReadOneStatus(in)};
  while (in.Byte() != 0 && in.Byte() == 0 && in.ok()) chain.push_back(ReadOneStatus(in));
  base::Status status = std::move(chain.back());
  for (auto outer = std::next(chain.rbegin()); outer != chain.rend(); ++outer) {
    status = outer->CausedBy(std::move(status));
  }
  return status;
}

std::string Encode(const TaskPage& page) {
  std::string out;
  out.reserve(64 + page.tasks.size() * 160);
  PutVarint(out, page.tasks.size());
  for (const tasks::TaskInfo& info : page.tasks) PutTaskInfo(out, info);
  PutVarint(out, page.failures.size());
  for (const TaskFailure& failure : page.failures) {
    PutTaskId(out, failure.id);
    PutStatus(out, failure.why);
  }
  PutStatus(out, page.node_failure);
  PutBool(out, page.next.has_value());
  if (page.next) {
    PutVarint(out, page.next->shard);
    PutSigned(out, page.next->after);
  }
  return out;
}

base::Result<TaskPage> DecodePage(std::string_view bytes) {
  WireReader in(bytes);
  TaskPage page;
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    page.tasks.push_back(ReadTaskInfo(in));
  }
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    tasks::TaskId id = ReadTaskId(in);
    page.failures.push_back({std::move(id), ReadStatus(in)});
  }
  page.node_failure = ReadStatus(in);
  if (in.Byte() != 0) {
    page.next.emplace();
    page.next->shard = in.Varint();
    page.next->after = in.Signed();
  }
  if (!in.ok() || !in.done()) return MalformedMessage("page of tasks");
  return page;
}

}  // namespace actions::tasks_list
