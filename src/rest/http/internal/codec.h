// rest/http/internal/codec.h
//
// gzip and deflate, a window at a time, so that neither a bomb nor a long answer holds the I/O
// thread or much memory. One Inflater costs 40 KB, one Deflater 70 KB.
//
// Lifetime: one body. Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rest/http/message.h"

struct z_stream_s;  // NOLINT(readability-identifier-naming): zlib's

namespace rest::http {

enum class Coding : std::uint8_t { kIdentity, kGzip, kDeflate };

std::string_view Name(Coding coding);
// Of Content-Encoding; 400 for one we do not know.
base::Result<Coding> ContentCoding(const RequestHead& head);
// The best of Accept-Encoding, gzip before deflate.
Coding AcceptedCoding(const RequestHead& head);

class Inflater {
 public:
  explicit Inflater(Coding coding);
  ~Inflater();

  // Unpacks from the front of `packed`, which it shortens, into `window`; returns how much. 0 means
  // that more input is needed or the end is reached. 400 if this is not what it claims to be.
  base::Result<std::size_t> Next(std::string_view& packed, char* window, std::size_t size);
  // True if the next call may give something without further input.
  bool has_more() const { return has_more_; }
  // Whether the input may end here.
  bool complete() const { return ended_ || !begun_; }

 private:
  const std::unique_ptr<z_stream_s> stream_;
  const Coding coding_;
  bool raw_deflate_ = false;  // what some clients mean by deflate
  bool begun_ = false;
  bool has_more_ = false;
  bool ended_ = false;
};

class Deflater {
 public:
  Deflater(Coding coding, int level);
  ~Deflater();

  enum class Flush : std::uint8_t { kNo, kSync, kEnd };
  // Appends to `out` what `plain` packs to.
  void Append(std::string_view plain, Flush flush, std::string& out);

 private:
  const std::unique_ptr<z_stream_s> stream_;
};

}  // namespace rest::http
