#include "rest/http/internal/codec.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "base/text/strings.h"

namespace rest::http {

namespace {

constexpr int kGzipWrapper = 16;    // added to the window bits: zlib's way to say gzip
constexpr int kDeflateWindow = 14;  // with kDeflateMemory 64 KB + 32 KB instead of 256 KB
constexpr int kDeflateMemory = 6;

Bytef* Bytes(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

base::Status Invalid(Coding coding) {
  return base::IllegalArgument("the request body is not valid " + std::string(Name(coding)));
}

// `;q=0` refuses; anything else accepts.
bool IsRefused(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == parameters.npos) return false;
  const std::string_view value = parameters.substr(q + 2);
  return value.find_first_not_of("0.") == value.npos && value.starts_with('0');
}

}  // namespace

std::string_view Name(Coding coding) {
  switch (coding) {
    case Coding::kGzip:
      return "gzip";
    case Coding::kDeflate:
      return "deflate";
    default:
      return "identity";
  }
}

base::Result<Coding> ContentCoding(const RequestHead& head) {
  const std::string* header = head.headers.Find("content-encoding");
  if (header == nullptr) return Coding::kIdentity;
  const std::string name = base::ToLowerAscii(base::TrimAscii(*header));
  if (name.empty() || name == "identity") return Coding::kIdentity;
  if (name == "gzip" || name == "x-gzip") return Coding::kGzip;
  if (name == "deflate" || name == "x-deflate") return Coding::kDeflate;
  return base::IllegalArgument("Content-Encoding [" + *header + "] is not supported");
}

Coding AcceptedCoding(const RequestHead& head) {
  const std::string* header = head.headers.Find("accept-encoding");
  if (header == nullptr) return Coding::kIdentity;
  bool deflate = false;
  for (const std::string& item : base::SplitList(base::ToLowerAscii(*header))) {
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (IsRefused(std::string_view(item).substr(semicolon))) continue;
    const std::string_view name = base::TrimAscii(std::string_view(item).substr(0, semicolon));
    if (name == "gzip" || name == "x-gzip" || name == "*") return Coding::kGzip;
    deflate |= name == "deflate";
  }
  return deflate ? Coding::kDeflate : Coding::kIdentity;
}

Inflater::Inflater(Coding coding) : stream_(new z_stream{}), coding_(coding) {
  inflateInit2(stream_.get(), MAX_WBITS + (coding == Coding::kGzip ? kGzipWrapper : 0));
}

Inflater::~Inflater() { inflateEnd(stream_.get()); }

base::Result<std::size_t> Inflater::Next(std::string_view& packed, char* window, std::size_t size) {
  if (!packed.empty() && !begun_) {
    // zlib's header is 0x78 by a sane sender; without one it is a bare deflate stream.
    raw_deflate_ = coding_ == Coding::kDeflate && (packed.front() & 0x0f) != Z_DEFLATED;
    if (raw_deflate_) inflateReset2(stream_.get(), -MAX_WBITS);
    begun_ = true;
  }
  if (!packed.empty() && ended_) {  // gzip members may follow each other
    if (coding_ != Coding::kGzip) return Invalid(coding_);
    inflateReset(stream_.get());
    ended_ = false;
  }
  stream_->next_in = Bytes(packed.data());
  stream_->avail_in = static_cast<uInt>(packed.size());
  stream_->next_out = Bytes(window);
  stream_->avail_out = static_cast<uInt>(size);
  const int code = inflate(stream_.get(), Z_NO_FLUSH);
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Invalid(coding_);
  packed.remove_prefix(packed.size() - stream_->avail_in);
  ended_ = code == Z_STREAM_END || (ended_ && code == Z_BUF_ERROR);
  has_more_ = stream_->avail_out == 0 && !ended_;
  return size - stream_->avail_out;
}

Deflater::Deflater(Coding coding, int level) : stream_(new z_stream{}) {
  deflateInit2(stream_.get(), level, Z_DEFLATED,
               kDeflateWindow + (coding == Coding::kGzip ? kGzipWrapper : 0), kDeflateMemory,
               Z_DEFAULT_STRATEGY);
}

Deflater::~Deflater() { deflateEnd(stream_.get()); }

void Deflater::Append(std::string_view plain, Flush flush, std::string& out) {
  const int how = flush == Flush::kEnd    ? Z_FINISH
                  : flush == Flush::kSync ? Z_SYNC_FLUSH
                                          : Z_NO_FLUSH;
  stream_->next_in = Bytes(plain.data());
  stream_->avail_in = static_cast<uInt>(plain.size());
  do {
    const std::size_t before = out.size();
    const std::size_t room = std::max<std::size_t>(4096, plain.size() / 4);
    out.resize(before + room);
    stream_->next_out = Bytes(out.data() + before);
    stream_->avail_out = static_cast<uInt>(room);
    deflate(stream_.get(), how);
    out.resize(before + room - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

}  // namespace rest::http
