#include "actions/tasks_stream/node_wire.h"

#include "actions/bulk/wire.h"
#include "actions/tasks_list/task_codec.h"

namespace actions::tasks_stream {

using bulk::PutText;
using bulk::PutVarint;
using bulk::WireReader;

namespace {

void PutPosition(std::string& out, const EventLog::Position& position) {
  PutVarint(out, position.epoch);
  PutVarint(out, position.joined);
  out.push_back(position.in_snapshot ? '\1' : '\0');
  tasks_list::PutTaskId(out, position.after);
  PutVarint(out, position.next);
}

EventLog::Position ReadPosition(WireReader& in) {
  EventLog::Position position;
  position.epoch = in.Varint();
  position.joined = in.Varint();
  position.in_snapshot = in.Byte() != 0;
  position.after = tasks_list::ReadTaskId(in);
  position.next = in.Varint();
  return position;
}

Event ReadEvent(WireReader& in) {
  Event event{.kind = static_cast<EventKind>(in.Byte())};
  event.lost = in.Varint();
  if (event.kind == EventKind::kLost) return event;
  tasks::TaskInfo info = tasks_list::ReadTaskInfo(in);
  std::vector<std::string> indices;
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left)
    indices.emplace_back(in.Text());
  event.shown = Show(std::move(info), std::move(indices));
  return event;
}

}  // namespace

std::string Encode(const EventLog::Position& position) {
  std::string out;
  PutPosition(out, position);
  return out;
}

base::Result<EventLog::Position> DecodePosition(std::string_view bytes) {
  WireReader in(bytes);
  const EventLog::Position position = ReadPosition(in);
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("position in a stream of tasks");
  return position;
}

std::string Encode(const NodeAnswer& answer) {
  std::string out;
  PutPosition(out, answer.position);
  out.push_back(answer.begun ? '\1' : '\0');
  PutVarint(out, answer.events.size());
  for (const Event& event : answer.events) {
    out.push_back(static_cast<char>(event.kind));
    PutVarint(out, event.lost);
    if (event.kind == EventKind::kLost) continue;
    tasks_list::PutTaskInfo(out, event.shown->info);
    PutVarint(out, event.shown->indices.size());
    for (const std::string& index : event.shown->indices) PutText(out, index);
  }
  return out;
}

base::Result<NodeAnswer> DecodeAnswer(std::string_view bytes) {
  WireReader in(bytes);
  NodeAnswer answer;
  answer.position = ReadPosition(in);
  answer.begun = in.Byte() != 0;
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left)
    answer.events.push_back(ReadEvent(in));
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("events of tasks");
  return answer;
}

}  // namespace actions::tasks_stream
