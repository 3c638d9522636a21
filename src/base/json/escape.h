// base/json/escape.h
//
// Text between JSON's double quotes. Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace base::json {

// With the quotes, as Jackson writes it: short escapes, \u001F in upper case, `/` and UTF-8 as they
// are; what is not UTF-8 becomes U+FFFD.
void AppendQuoted(std::string& out, std::string_view text);

// Appends `text` with every ill-formed byte sequence replaced by U+FFFD.
void AppendValidUtf8(std::string& out, std::string_view text);

// Undoes the escapes of what stood between quotes: false if one is malformed. A surrogate without
// its partner becomes U+FFFD. `out` must have room for text.size() bytes; `length` is what it took.
bool Unescape(std::string_view text, char* out, std::size_t& length);

}  // namespace base::json
