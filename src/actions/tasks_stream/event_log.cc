#include "actions/tasks_stream/event_log.h"

#include <algorithm>
#include <utility>

#include "actions/tasks_list/task_json.h"
#include "base/json/compact_writer.h"

namespace actions::tasks_stream {
namespace {

// How many events or tasks one Read() looks at: its lock is short, also if none of them is wanted.
constexpr std::size_t kLook = 1'024;
constexpr std::int64_t kShownNanos = 1'000'000'000;

std::size_t Bytes(const Event& event) {
  return sizeof(Event) + (event.shown ? sizeof(Shown) + event.shown->json.size() : 0);
}

}  // namespace

ShownPtr Show(tasks::TaskInfo info, std::vector<std::string> indices) {
  auto shown = std::make_shared<Shown>();
  base::json::CompactWriter out(shown->json);
  tasks_list::WriteTask(out, info, {.resources = false, .extended = true});
  shown->info = std::move(info);
  shown->indices = std::move(indices);
  return shown;
}

std::string_view EventName(EventKind kind) {
  switch (kind) {
    case EventKind::kStarted:
      return "started";
    case EventKind::kChanged:
      return "changed";
    case EventKind::kCancelled:
      return "cancelled";
    case EventKind::kEnded:
      return "ended";
    case EventKind::kNodeLost:
      return "node_lost";
    case EventKind::kLost:
      return "lost";
  }
  return "";
}

bool Wanted::Wants(const Event& event) const {
  if (event.kind == EventKind::kLost) return true;
  if (!nodes.empty() && !nodes.contains(event.shown->info.id.node)) return false;
  return event.kind == EventKind::kNodeLost ||
         filter.Matches(event.shown->info, event.shown->indices);
}

EventLog::Batch EventLog::Read(Position& position, const Wanted& wanted, std::size_t bytes) {
  Batch batch;
  const std::lock_guard lock(mutex_);
  if (!ready_) return batch;
  if (position.epoch != epoch_) {
    position = {.epoch = epoch_, .joined = end_, .in_snapshot = true, .after = {}, .next = end_};
    batch.begun = true;
  }
  if (position.in_snapshot) {
    ReadSnapshot(position, wanted, bytes, batch);
  } else {
    ReadEvents(position, wanted, bytes, batch);
  }
  if (!batch.more) batch.next = position.next;
  return batch;
}

// How long a task has been running is part of what is shown; rendered once a second for all.
void EventLog::ShowAnew(Known& known) const {
  const std::int64_t age = clock_.MonotonicNanos() - known.shown_at;
  if (age < kShownNanos) return;
  tasks::TaskInfo info = known.shown->info;
  info.running_nanos += age;
  if (info.stop) info.stopping_for_nanos += age;
  known.shown = Show(std::move(info), known.shown->indices);
  known.shown_at += age;
}

// A task that started since the reader came is told by its event; one that has changed since is
// shown as it is now.
void EventLog::ReadSnapshot(Position& position, const Wanted& wanted, std::size_t bytes,
                            Batch& batch) {
  std::size_t looked = 0, taken = 0;
  auto next = alive_.upper_bound(position.after);
  for (; next != alive_.end() && looked < kLook && taken < bytes; ++next, ++looked) {
    position.after = next->first;
    ShowAnew(next->second);
    Event event{.kind = EventKind::kStarted, .shown = next->second.shown};
    if (next->second.since >= position.joined || !wanted.Wants(event)) continue;
    taken += event.shown->json.size();
    batch.events.push_back(std::move(event));
  }
  position.in_snapshot = next != alive_.end();
  batch.more = position.in_snapshot || position.next < end_;
}

void EventLog::ReadEvents(Position& position, const Wanted& wanted, std::size_t bytes,
                          Batch& batch) const {
  if (position.next < first_) {
    batch.events.push_back({.kind = EventKind::kLost, .lost = first_ - position.next});
    position.next = first_;
  }
  std::size_t looked = 0, taken = 0;
  for (; position.next < end_ && looked < kLook && taken < bytes; ++position.next, ++looked) {
    const Event& event = ring_[position.next - first_];
    if (!wanted.Wants(event)) continue;
    taken += Bytes(event) - sizeof(Event);
    batch.events.push_back(event);
  }
  batch.more = position.next < end_;
}

void EventLog::Append(Event event) {
  ring_bytes_ += Bytes(event);
  ring_.push_back(std::move(event));
  ++end_;
  while (ring_.size() > limits_.events || (ring_bytes_ > limits_.bytes && ring_.size() > 1)) {
    ring_bytes_ -= Bytes(ring_.front());
    ring_.pop_front();
    ++first_;
  }
}

void EventLog::Start(ShownPtr shown) {
  const std::lock_guard lock(mutex_);
  const auto [known, added] = alive_.try_emplace(shown->info.id);
  known->second.shown = shown;
  known->second.shown_at = clock_.MonotonicNanos();
  const auto snapshot = snapshots_.find(shown->info.id.node);
  if (snapshot != snapshots_.end()) known->second.snapshot = snapshot->second;
  if (!added) return;
  known->second.since = ready_ ? end_ : 0;
  if (ready_) Append({.kind = EventKind::kStarted, .shown = std::move(shown)});
}

void EventLog::Change(ShownPtr shown) {
  const std::lock_guard lock(mutex_);
  const auto known = alive_.find(shown->info.id);
  if (known == alive_.end()) return;  // its end was quicker, and says it
  const tasks::TaskInfo& before = known->second.shown->info;
  const bool cancelled = shown->info.cancelled && !before.cancelled;
  if (!cancelled && shown->info.description == before.description) return;
  known->second.shown = shown;
  known->second.shown_at = clock_.MonotonicNanos();
  Append(
      {.kind = cancelled ? EventKind::kCancelled : EventKind::kChanged, .shown = std::move(shown)});
}

void EventLog::End(ShownPtr shown) {
  const std::lock_guard lock(mutex_);
  if (alive_.erase(shown->info.id) == 0) return;
  Append({.kind = EventKind::kEnded, .shown = std::move(shown)});
}

void EventLog::BeginSnapshot(const std::string& node_id) {
  const std::lock_guard lock(mutex_);
  snapshots_[node_id] = ++snapshot_;
}

std::map<tasks::TaskId, EventLog::Known>::iterator EventLog::FirstOf(const std::string& node_id) {
  return alive_.lower_bound({.node = node_id, .number = INT64_MIN});
}

void EventLog::EndSnapshot(const std::string& node_id) {
  const std::lock_guard lock(mutex_);
  const auto snapshot = snapshots_.extract(node_id);
  ready_ = true;
  if (snapshot.empty()) return;
  for (auto known = FirstOf(node_id); known != alive_.end() && known->first.node == node_id;) {
    if (known->second.snapshot == snapshot.mapped()) {
      ++known;
      continue;
    }
    Append({.kind = EventKind::kEnded, .shown = known->second.shown});
    known = alive_.erase(known);
  }
}

void EventLog::ForgetNode(const std::string& node_id) {
  auto lost = std::make_shared<Shown>();
  lost->info.id.node = node_id;
  base::json::CompactWriter out(lost->json);
  out.BeginObject();
  out.Field("node", node_id);
  out.EndObject();
  const std::lock_guard lock(mutex_);
  snapshots_.erase(node_id);
  const auto first = FirstOf(node_id);
  auto last = first;
  while (last != alive_.end() && last->first.node == node_id) ++last;
  if (first == last) return;
  alive_.erase(first, last);
  Append({.kind = EventKind::kNodeLost, .shown = std::move(lost)});
}

void EventLog::AddLost(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (count > 0) Append({.kind = EventKind::kLost, .shown = nullptr, .lost = count});
}

void EventLog::Clear() {
  decltype(alive_) alive;  // end outside our lock
  decltype(ring_) ring;
  const std::lock_guard lock(mutex_);
  ++epoch_;
  ready_ = false;
  alive.swap(alive_);
  ring.swap(ring_);
  ring_bytes_ = 0;
  first_ = end_;
  snapshots_.clear();
}

std::uint64_t EventLog::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

bool EventLog::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

std::size_t EventLog::tasks() const {
  const std::lock_guard lock(mutex_);
  return alive_.size();
}

}  // namespace actions::tasks_stream
