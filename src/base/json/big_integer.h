// base/json/big_integer.h
//
// Integers beyond 64 bits, for the binary forms that have them. Threads: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base::json {

// Beyond this a number is no longer meant as one, and BigMagnitude() is quadratic.
inline constexpr std::size_t kMostBigDigits = 1000;

// The magnitude of a decimal number of any length, big endian, without leading zeros.
std::string BigMagnitude(std::string_view digits);
// Subtracts one from a magnitude above zero.
void DecrementMagnitude(std::string& big_endian);
// The shortest two's complement, big endian.
std::string TwosComplement(std::string magnitude, bool negative);

}  // namespace base::json
