#include "base/json/big_integer.h"

namespace base::json {

std::string BigMagnitude(std::string_view digits) {
  std::string little;  // base 256, least first
  for (const char digit : digits) {
    unsigned carry = digit - '0';
    for (char& byte : little) {
      carry += static_cast<unsigned char>(byte) * 10u;
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry > 0) little.push_back(static_cast<char>(carry));
  }
  return {little.rbegin(), little.rend()};
}

void DecrementMagnitude(std::string& big_endian) {
  for (auto byte = big_endian.rbegin(); byte != big_endian.rend(); ++byte) {
    if ((*byte)-- != 0) break;
  }
  while (!big_endian.empty() && big_endian.front() == 0) big_endian.erase(0, 1);
}

std::string TwosComplement(std::string magnitude, bool negative) {
  // -n is the complement of n - 1.
  if (negative) DecrementMagnitude(magnitude);
  if (magnitude.empty() || (magnitude.front() & 0x80) != 0) magnitude.insert(0, 1, '\0');
  if (negative) {
    for (char& byte : magnitude) byte = static_cast<char>(~byte);
  }
  return magnitude;
}

}  // namespace base::json
