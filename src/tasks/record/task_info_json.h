// tasks/record/task_info_json.h
//
// A TaskInfo as one line of JSON of our own: for the history's file, and for what nodes tell each
// other. Reads what it writes; members it does not know are skipped. Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include "tasks/task_info.h"

namespace tasks {

// With the newline.
void AppendTaskInfo(const TaskInfo& info, std::string& out);
base::Result<TaskInfo> ReadTaskInfo(std::string_view line);

// The same text in static storage, for phases and units that came from elsewhere. Their number is
// bounded: beyond a few thousand it is "other".
const char* Interned(std::string_view text);

}  // namespace tasks
