// rest/origin.h
//
// For whom the work of a request is done: what a task shows as its headers and as who asked.
// Threads: pure functions.

#pragma once

#include "rest/http/message.h"
#include "tasks/task_types.h"

namespace rest {

tasks::OriginPtr OriginOf(const http::RequestHead& head);
// What a client that went away asks of its task.
tasks::Stop ClientGoneStop();

}  // namespace rest
