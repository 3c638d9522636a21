// engine/mapping/scalars.h
//
// Questions about single values that cost no allocation. Threads: pure functions.

#pragma once

#include <cstdint>
#include <string_view>

namespace engine {

// A number as JSON spells it.
bool IsJsonNumber(std::string_view token);

// An integer of at most 18 digits within the bounds; false also where it would take more to say.
bool IsPlainInteger(std::string_view token, std::int64_t min, std::int64_t max);

// A number, as JSON spells it, nearer to zero than `limit`.
bool IsSmallReal(std::string_view token, double limit);

// An address of either family, as OpenSearch takes it.
bool IsIpAddress(std::string_view text);

// What is between the quotes of a JSON string, if all stands there as it is: no escapes.
bool PlainText(std::string_view token, std::string_view& text);
// Whether the escapes of what is between quotes are good.
bool GoodEscapes(std::string_view raw);

// What a float of 16 bits makes of it: the nearest, infinity from 65520 on.
double ToHalf(double value);

// Code units that Java counts, of well-formed UTF-8.
std::int64_t Utf16Length(std::string_view text);

}  // namespace engine
