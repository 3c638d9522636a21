// rest/build_info.h
//
// What this server says it is. Constants of the build.

#pragma once

#include <string_view>

namespace rest::build {

// Of the OpenSearch whose API this is: clients read major and minor from it.
inline constexpr std::string_view kVersion = "2.19.1";
inline constexpr std::string_view kDistribution = "opensearch";
inline constexpr std::string_view kType = "quell";
std::string_view Hash();  // of the commit, "unknown" if it was not built from one
std::string_view Date();  // ISO-8601
inline constexpr bool kSnapshot = false;
// What clients compare with; there is no Lucene in here.
inline constexpr std::string_view kLuceneVersion = "9.12.1";
inline constexpr std::string_view kMinimumWireVersion = "7.10.0";
inline constexpr std::string_view kMinimumIndexVersion = "7.0.0";

}  // namespace rest::build
