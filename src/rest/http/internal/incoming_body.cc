#include "rest/http/internal/incoming_body.h"

#include <algorithm>
#include <array>

namespace rest::http {

namespace {

constexpr std::string_view kClientGone = "client_gone_exception";
constexpr std::string_view kDrainLimit = "drain_limit_exception";

}  // namespace

base::Status ClientGone() {
  return base::Status(500, kClientGone, "channel closed").WithCode(base::Code::kCancelled);
}

base::Status DrainLimitReached() {
  return base::Status(500, kDrainLimit, "the rest of the request body was not awaited")
      .WithCode(base::Code::kCancelled);
}

base::Status TooLong(std::uint64_t limit) {
  return {413, "content_too_long_exception",
          "the request body is longer than " + std::to_string(limit) + " bytes"};
}

bool IsClientGone(const base::Status& status) { return status.type() == kClientGone; }
bool IsDrainLimit(const base::Status& status) { return status.type() == kDrainLimit; }

void IncomingBody::SetSink(std::shared_ptr<BodySink> sink, std::uint64_t limit) {
  sink_ = std::move(sink);
  limit_ = limit;
  Resume();
}

void IncomingBody::SetDrain(std::shared_ptr<BodySink> sink, std::uint64_t max_raw_bytes) {
  sink_ = std::move(sink);
  limit_ = std::numeric_limits<std::uint64_t>::max();
  raw_left_ = max_raw_bytes;
  Resume();
}

void IncomingBody::Resume() {
  paused_ = false;
  resumed_ = true;
}

std::size_t IncomingBody::Take(std::string_view raw) {
  raw = raw.substr(0, kPieceBytes);
  if (raw.size() > raw_left_) {
    Fail(DrainLimitReached());
    return 0;
  }
  if (coding_ != Coding::kIdentity && !inflater_) inflater_ = std::make_unique<Inflater>(coding_);
  const std::size_t taken = inflater_ ? Unpack(raw) : raw.size();
  raw_left_ -= taken;
  if (!inflater_) Give(raw);
  return taken;
}

std::size_t IncomingBody::Unpack(std::string_view raw) {
  thread_local std::array<char, kPieceBytes> window;
  const std::size_t before = raw.size();
  auto size = inflater_->Next(raw, window.data(), window.size());
  if (!size.ok()) {
    Fail(size.status());
  } else {
    Give({window.data(), size.value()});
  }
  return before - raw.size();
}

void IncomingBody::Fail(base::Status why) { failure_.Update(std::move(why)); }

void IncomingBody::Give(std::string_view piece) {
  if (piece.empty()) return;
  unpacked_ += piece.size();
  output_ += piece.size();
  if (unpacked_ > limit_) return Fail(TooLong(limit_));
  const std::shared_ptr<BodySink> sink = sink_;  // the call may bring another one
  resumed_ = false;
  const Flow flow = sink->OnBody(piece);
  paused_ = flow == Flow::kPause && !resumed_;
}

bool IncomingBody::TellEnd() {
  if (!sink_) return false;
  if (failure_.ok()) {
    if (paused_ || holds_output() || !raw_ended_) return false;
    if (inflater_ && !inflater_->complete()) {
      Fail(base::IllegalArgument("the packed request body ends too early"));
    }
  }
  const std::shared_ptr<BodySink> sink = std::move(sink_);
  sink->OnBodyEnd(failure_);
  return true;
}

}  // namespace rest::http
