// rest/http/internal/incoming_body.h
//
// IncomingBody is what lies between the parser and a BodySink: unpacking, limits, pauses, and the
// one end that the sink is told. It reads no socket; the connection asks it what it wants.
//
// Lifetime: one request. Threads: one at a time. SetSink() and what follows up to Resume(), Fail()
// and TellEnd() belong to the connection's I/O thread.

#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "rest/http/exchange.h"
#include "rest/http/internal/codec.h"

namespace rest::http {

// What a sink is given at once: of the costliest bytes, blank action lines, half a millisecond.
inline constexpr std::size_t kPieceBytes = 16 << 10;

// How the failures look that a body can end with.
base::Status ClientGone();
base::Status DrainLimitReached();
base::Status TooLong(std::uint64_t limit);

class IncomingBody {
 public:
  // `output` counts the bytes that sinks are given.
  IncomingBody(Coding coding, std::size_t& output) : coding_(coding), output_(output) {}

  // What is still to come goes to `sink`, unpacked at most `limit` bytes in all.
  void SetSink(std::shared_ptr<BodySink> sink, std::uint64_t limit);
  // As SetSink(), but counts from here on and as sent.
  void SetDrain(std::shared_ptr<BodySink> sink, std::uint64_t max_raw_bytes);
  // Forgets the sink. What comes is to be thrown away by the caller.
  void DropSink() { sink_.reset(); }
  void Resume();

  bool has_sink() const { return sink_ != nullptr; }
  // Take() may be called.
  bool wants_bytes() const {
    return sink_ && !paused_ && !raw_ended_ && failure_.ok() && !holds_output();
  }
  bool failed() const { return !failure_.ok(); }
  bool raw_ended() const { return raw_ended_; }
  // Unpacked, so far.
  std::uint64_t size() const { return unpacked_; }
  // UnpackMore() may be called.
  bool has_more() const { return sink_ && !paused_ && failure_.ok() && holds_output(); }

  // Takes from the front of what was sent, gives at most one piece to the sink, returns how much
  // was taken.
  std::size_t Take(std::string_view raw);
  void RawEnded() { raw_ended_ = true; }
  // Gives the sink one piece of what is held here.
  void UnpackMore() { Unpack({}); }
  // The first reason counts. TellEnd() tells the sink.
  void Fail(base::Status why);
  // Tells the sink of the end, if it has come. False: it has not, or has been told.
  bool TellEnd();

 private:
  bool holds_output() const { return inflater_ && inflater_->has_more(); }
  std::size_t Unpack(std::string_view raw);
  void Give(std::string_view piece);

  const Coding coding_;
  std::size_t& output_;
  std::unique_ptr<Inflater> inflater_;  // null: not packed, or nothing has come yet
  std::shared_ptr<BodySink> sink_;
  std::uint64_t limit_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t unpacked_ = 0;
  std::uint64_t raw_left_ = std::numeric_limits<std::uint64_t>::max();
  bool paused_ = false;
  bool resumed_ = false;  // by the sink itself while it was called
  bool raw_ended_ = false;
  base::Status failure_;
};

}  // namespace rest::http
