// test/support/packing.h
//
// What tests send and expect packed. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "rest/http/internal/codec.h"

namespace test {

inline std::string Pack(rest::http::Coding coding, std::string_view text) {
  using rest::http::Deflater;
  std::string packed;
  Deflater(coding, 6).Append(text, Deflater::Flush::kEnd, packed);
  return packed;
}

inline std::string Unpack(rest::http::Coding coding, std::string_view packed) {
  rest::http::Inflater inflater(coding);
  std::string text;
  std::string window(1 << 16, '\0');
  do {
    const auto size = inflater.Next(packed, window.data(), window.size());
    if (!size.ok()) return "this cannot be unpacked";
    text.append(window, 0, size.value());
  } while (!packed.empty() || inflater.has_more());
  return inflater.complete() ? text : "this is not whole";
}

// `count` pairs of lines as a bulk has them; packs to about a fifth.
inline std::string Documents(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "{\"index\":{\"_id\":\"" + std::to_string(i * 7919) +
            "\"}}\n{\"n\":" + std::to_string(i) + "}\n";
  }
  return text;
}

}  // namespace test
