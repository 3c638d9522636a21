// rest/routes/strict_clients.h
//
// Clients that fail on answers which others read, by their User-Agent. Threads: pure.

#pragma once

#include <string_view>

namespace rest::routes {

// True for clients that throw where the status of a task is a text instead of an object.
bool CannotReadTextStatus(std::string_view user_agent);

}  // namespace rest::routes
