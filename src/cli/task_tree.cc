#include "cli/task_tree.h"

#include <algorithm>
#include <vector>

#include "base/json/tree.h"
#include "base/text/units.h"

namespace cli {

using base::json::Document;
using base::json::Value;

namespace {

std::string Text(const Value& task, std::string_view key) {
  const Value* value = task.Find(key);
  return value == nullptr ? "" : std::string(value->text());
}

std::int64_t Number(const Value& task, std::string_view key) {
  const Value* value = task.Find(key);
  if (value == nullptr) return 0;
  const auto number = value->AsInt64();
  return number.ok() ? *number : 0;
}

bool True(const Value& task, std::string_view key) { return Text(task, key) == "true"; }

std::string Line(const Value& task) {
  std::string line = Text(task, "action") + "  " + Text(task, "node") + ":" + Text(task, "id") +
                     "  " +
                     base::TimeValue::Nanos(Number(task, "running_time_in_nanos")).ToString();
  if (True(task, "cancelled")) line += "  cancelled";
  if (!True(task, "cancellable")) line += "  (not cancellable)";
  const std::string description = Text(task, "description");
  if (!description.empty()) line += "  " + description.substr(0, 120);
  return line;
}

std::vector<const Value*> Oldest(std::vector<const Value*> tasks) {
  std::ranges::sort(tasks, {}, [](const Value* task) {
    return std::pair(Number(*task, "start_time_in_millis"), Number(*task, "id"));
  });
  return tasks;
}

// Answers are from a server, not from us: a tree deeper than this is cut.
constexpr int kMaxDepth = 64;

void Branch(const Value& task, const std::string& prefix, int depth, std::string& out) {
  const Value* children = task.Find("children");
  if (children == nullptr || depth == kMaxDepth) return;
  const auto sorted = Oldest({children->items().begin(), children->items().end()});
  for (const Value* child : sorted) {
    const bool last = child == sorted.back();
    out += prefix + (last ? "└─ " : "├─ ") + Line(*child) + "\n";
    Branch(*child, prefix + (last ? "   " : "│  "), depth + 1, out);
  }
}

void Failures(const Value& root, CancelSummary& summary) {
  for (const char* kind : {"task_failures", "node_failures"}) {
    const Value* failures = root.Find(kind);
    if (failures == nullptr) continue;
    for (const Value* failure : failures->items()) {
      const Value* reason = failure->FindPath({"caused_by", "reason"});
      if (reason == nullptr) reason = failure->FindPath({"reason", "reason"});
      summary.text += "not stopped: " + std::string(reason ? reason->text() : kind) + "\n";
      summary.failures = true;
    }
  }
}

}  // namespace

base::Result<std::string> RenderTree(std::string_view body) {
  ASSIGN_OR_RETURN(const Document document, Document::Parse(body));
  const Value* tasks = document.root().Find("tasks");
  if (tasks == nullptr) return base::IllegalArgument("the answer has no tasks");
  std::vector<const Value*> roots;
  for (const auto& member : tasks->members()) roots.push_back(member.value);
  std::string out;
  for (const Value* root : Oldest(std::move(roots))) {
    out += Line(*root) + "\n";
    Branch(*root, "", 0, out);
  }
  return out;
}

base::Result<CancelSummary> RenderCancelled(std::string_view body, bool dry_run) {
  ASSIGN_OR_RETURN(const Document document, Document::Parse(body));
  CancelSummary summary;
  const Value* tasks = document.root().Find("tasks");
  if (tasks != nullptr) {
    for (const Value* task : tasks->items())
      summary.text += (dry_run ? "would stop " : "stopped ") + Line(*task) + "\n";
  }
  Failures(document.root(), summary);
  if (summary.text.empty()) summary.text = "nothing matched\n";
  return summary;
}

}  // namespace cli
