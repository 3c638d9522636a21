// actions/bulk/ndjson_parser.h
//
// Reads a bulk body as it arrives, in pieces of any size: action lines are parsed, documents only
// located. Everything goes to the Body, which the parser fills.
//
// Lifetime: that of the upload. Threads: one at a time.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actions/bulk/body.h"

namespace actions::bulk {

class NdjsonParser {
 public:
  static constexpr std::size_t kMaxActionLine = 1 << 20;
  static constexpr std::uint64_t kMaxBody = UINT32_MAX;  // offsets have 32 bits

  // Both outlive the parser.
  NdjsonParser(Body& body, const BulkParams& params) : body_(body), params_(params) {}

  // The first error is final: the whole request fails with it.
  base::Status Feed(std::string_view piece);
  // The body has ended.
  base::Status Finish();

 private:
  base::Status EndActionLine(std::string_view line);
  void CountMark(std::string_view part);
  void EndDocument(std::uint64_t end, bool after_return);

  Body& body_;
  const BulkParams& params_;
  std::uint64_t position_ = 0;    // bytes fed
  std::uint64_t line_begin_ = 0;  // of the current line
  std::size_t lines_ = 0;         // that have ended
  std::size_t mark_ = 0;          // bytes of a byte order mark that the line begins with
  bool in_document_ = false;
  bool after_return_ = false;  // the last byte fed was a carriage return
  std::string carry_;          // of an action line that has not ended
};

}  // namespace actions::bulk
