#include "actions/hot_threads/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text/units.h"

namespace actions::hot_threads {

using base::TimeValue;
using tasks::TaskId;
using tasks::TaskInfo;

namespace {

constexpr int kDeepest = 20;  // parents that a stack names
constexpr std::size_t kMostStacks = 100;
constexpr std::int64_t kMostLooks = 10'000;

std::string_view NameOf(Kind kind) {
  if (kind == Kind::kCpu) return "cpu";
  return kind == Kind::kWait ? "wait" : "block";
}

// "write: indices:data/write/bulk[s][p] [node:12] requests[1], index[a][0]"
std::string Frame(const TaskInfo& info) {
  std::string frame(info.waits_on ? std::string("waiting for ") + info.waits_on
                    : info.phase  ? std::string(info.phase)
                                  : std::string("running"));
  frame += ": " + info.action + " [" + info.id.ToString() + "]";
  if (info.description && !info.description->empty()) frame += " " + *info.description;
  std::ranges::replace(frame, '\n', ' ');
  return frame;
}

}  // namespace

base::Result<Kind> ParseKind(std::string_view name) {
  for (const Kind kind : {Kind::kCpu, Kind::kWait, Kind::kBlock}) {
    if (name == NameOf(kind)) return kind;
  }
  return base::IllegalArgument("type not supported [" + std::string(name) + "]");
}

base::Status Watch::Check() const {
  if (threads < 0 || interval_nanos < 0 || snapshots < 0)
    return base::IllegalArgument("threads, interval and snapshots must not be negative");
  return ParseKind(type).status();
}

std::map<int, ThreadTime> ReadThreadTimes(const std::vector<std::string>& pools) {
  std::map<int, ThreadTime> times;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", failed)) {
    ThreadTime time;
    std::getline(std::ifstream(entry.path() / "comm"), time.name);
    std::ifstream(entry.path() / "schedstat") >> time.cpu_nanos;
    if (std::ranges::find(pools, time.name) != pools.end()) continue;
    times.emplace(std::atoi(entry.path().filename().c_str()), std::move(time));
  }
  return times;
}

void Observation::Look(const tasks::TaskRegistry& registry) {
  std::vector<TaskInfo> seen;
  tasks::TaskRegistry::Cursor cursor;
  const tasks::TaskFilter all;
  for (auto page = registry.NextPage(cursor, all); !page.empty();
       page = registry.NextPage(cursor, all)) {
    for (const tasks::TaskPtr& task : page) seen.push_back(task->Info(/*detailed=*/true));
  }
  Look(seen, kind_ == Kind::kCpu ? ReadThreadTimes(pools_) : std::map<int, ThreadTime>());
}

void Observation::Look(const std::vector<TaskInfo>& seen,
                       const std::map<int, ThreadTime>& threads) {
  std::map<TaskId, const TaskInfo*> all;
  for (const TaskInfo& info : seen) all.emplace(info.id, &info);
  for (const TaskInfo& info : seen) {
    if (info.id != self_ && info.parent != self_) LookAt(info, all);
  }
  for (const auto& [number, time] : threads) {
    const auto [found, is_new] = threads_.try_emplace(number);
    Subject& subject = found->second;
    if (is_new) {
      subject.name = "[" + time.name + "][T#" + std::to_string(number) + "]";
      subject.first_cpu = looks_ == 0 ? time.cpu_nanos : 0;
    }
    subject.last_cpu = time.cpu_nanos;
    KeepStack(subject, {time.name + ": works for no task"});
  }
  ++looks_;
}

void Observation::LookAt(const TaskInfo& info, const std::map<TaskId, const TaskInfo*>& all) {
  const std::int64_t cpu = info.resources ? info.resources->cpu_nanos : 0;
  const auto [found, is_new] = tasks_.try_emplace(info.id);
  Subject& subject = found->second;
  if (is_new) {
    subject.name = "[" + info.action + "][" + info.id.ToString() + "]";
    subject.first_cpu = looks_ == 0 ? cpu : 0;
  }
  subject.last_cpu = cpu;
  if (looks_ == 0) return;
  if (Waits(info)) ++subject.waiting;
  std::vector<std::string> stack;
  const TaskInfo* at = &info;
  for (int depth = 0; at && depth < kDeepest; ++depth) {
    stack.push_back(Frame(*at));
    const auto parent = all.find(at->parent);
    at = parent == all.end() ? nullptr : parent->second;
  }
  KeepStack(subject, std::move(stack));
}

void Observation::KeepStack(Subject& subject, std::vector<std::string> stack) const {
  if (looks_ == 0 || watch_.snapshots == 0) return;
  for (auto& [known, snapshots] : subject.stacks) {
    if (known != stack) continue;
    ++snapshots;
    return;
  }
  if (subject.stacks.size() < kMostStacks) subject.stacks.emplace_back(std::move(stack), 1);
}

std::int64_t Observation::looks() const {
  const std::int64_t millis = std::max<std::int64_t>(watch_.interval_nanos / 1'000'000, 1);
  return std::clamp<std::int64_t>(watch_.snapshots, 1, std::min(millis, kMostLooks));
}

bool Observation::Waits(const TaskInfo& info) const {
  if (!info.waits_on) return false;
  return kind_ != Kind::kBlock || std::string_view(info.waits_on).ends_with(" queue");
}

std::int64_t Observation::UseOf(const Subject& subject) const {
  if (kind_ == Kind::kCpu) return subject.last_cpu - subject.first_cpu;
  const int snapshots = looks_ - 1;
  return snapshots <= 0 ? 0 : watch_.interval_nanos * subject.waiting / snapshots;
}

std::string Observation::Report(std::int64_t wall_millis) const {
  const auto interval = TimeValue::Nanos(watch_.interval_nanos).ToString();
  std::string out = "Hot threads at " + base::IsoUtcMillis(wall_millis) + ", interval=" + interval +
                    ", busiestThreads=" + std::to_string(watch_.threads) +
                    ", ignoreIdleThreads=" + (watch_.ignore_idle ? "true" : "false") + ":\n";
  std::vector<std::pair<std::int64_t, const Subject*>> busiest;
  for (const auto& [id, task] : tasks_) busiest.emplace_back(UseOf(task), &task);
  for (const auto& [number, thread] : threads_) busiest.emplace_back(UseOf(thread), &thread);
  if (watch_.ignore_idle)
    std::erase_if(busiest, [](const auto& subject) { return subject.first <= 0; });
  std::ranges::stable_sort(busiest, std::greater(), [](const auto& of) { return of.first; });
  const auto shown = std::min(busiest.size(), static_cast<std::size_t>(watch_.threads));
  for (std::size_t i = 0; i < shown; ++i) Write(out, *busiest[i].second, busiest[i].first);
  return out;
}

void Observation::Write(std::string& out, const Subject& subject, std::int64_t use) const {
  const double percent =
      watch_.interval_nanos == 0
          ? 0
          : 100.0 * static_cast<double>(use) / static_cast<double>(watch_.interval_nanos);
  std::array<char, 32> share{};
  std::snprintf(share.data(), share.size(), "\n%4.1f%% (", percent);
  out += std::string(share.data()) + TimeValue::Nanos(use).ToString() + " out of " +
         TimeValue::Nanos(watch_.interval_nanos).ToString() + ") " + std::string(NameOf(kind_)) +
         " usage by thread 'quell[" + node_name_ + "]" + subject.name + "'\n";
  for (const auto& [stack, snapshots] : subject.stacks) {
    out += snapshots == 1
               ? std::string("  unique snapshot\n")
               : "  " + std::to_string(snapshots) + "/" + std::to_string(looks_ - 1) +
                     " snapshots sharing following " + std::to_string(stack.size()) + " elements\n";
    for (const std::string& frame : stack) out += "    " + frame + "\n";
  }
}

}  // namespace actions::hot_threads
