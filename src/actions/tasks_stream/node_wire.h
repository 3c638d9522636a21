// actions/tasks_stream/node_wire.h
//
// What nodes send each other for the stream of tasks. Threads: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actions/tasks_stream/event_log.h"
#include "base/result.h"

namespace actions::tasks_stream {

struct NodeAnswer {
  EventLog::Position position;  // where to read on
  bool begun = false;           // a snapshot begins with these events
  std::vector<Event> events;
};

std::string Encode(const EventLog::Position& position);
base::Result<EventLog::Position> DecodePosition(std::string_view bytes);
std::string Encode(const NodeAnswer& answer);
base::Result<NodeAnswer> DecodeAnswer(std::string_view bytes);

}  // namespace actions::tasks_stream
