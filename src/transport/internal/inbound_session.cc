#include "transport/internal/inbound_session.h"

#include "transport/internal/wire.h"

namespace transport::internal {

using base::Status;

namespace {

// A stream that takes no beats is not fed more of them.
constexpr std::size_t kMaxUnsentBeats = 4096;

tasks::Stop CallerIsGone() {
  return {.cause = tasks::StopCause::kParent, .reason = "its caller is gone"};
}

}  // namespace

void InboundSession::Attach(StreamPtr stream, proto::Welcome welcome, std::int64_t now) {
  std::lock_guard lock(mutex_);
  if (ended_) return stream->Close();
  if (stream_) stream_->Close();
  stream_ = std::move(stream);
  welcome.set_beat(leases_.NextBeat(now));
  Down down;
  *down.mutable_welcome() = std::move(welcome);
  stream_->Send(std::move(down));
  for (const auto& [number, end] : not_told_) Tell(number, &end);
  not_told_.clear();
}

void InboundSession::Detach(const StreamPtr& stream) {
  std::lock_guard lock(mutex_);
  if (stream_ == stream) stream_ = nullptr;
}

Status InboundSession::Add(std::uint64_t number, const std::shared_ptr<InboundChild>& child) {
  std::lock_guard lock(mutex_);
  if (ended_) return {503, "node_not_connected_exception", "the session of the caller has ended"};
  if (const auto refused = refused_.find(number); refused != refused_.end()) {
    Status why = base::Cancelled(refused->second.stop.reason);
    refused_.erase(refused);
    return why;
  }
  // As many again may have been ended by their caller and still be stopping here.
  if (calls_.size() >= 2 * options().max_streams)
    return base::Rejected("the caller has too many calls here");
  if (!calls_.try_emplace(number, child).second)
    return base::IllegalArgument("a call has this number already");
  return {};
}

void InboundSession::Remove(std::uint64_t number, std::optional<tasks::End> end) {
  std::shared_ptr<InboundChild> child;  // ends outside our lock
  std::lock_guard lock(mutex_);
  const auto found = calls_.find(number);
  if (found == calls_.end()) return;
  child = std::move(found->second);
  calls_.erase(found);
  if (!end || ended_) return;
  if (stream_) return Tell(number, &*end);
  if (not_told_.size() < 2 * options().max_streams) not_told_.emplace(number, *std::move(end));
}

void InboundSession::Tell(std::uint64_t number, const tasks::End* end) {
  Down down;
  down.mutable_settled()->set_call(number);
  if (end != nullptr) Encode(tasks::End(*end), *down.mutable_settled()->mutable_end());
  stream_->Send(std::move(down));
}

Status InboundSession::OnEcho(const proto::Echo& echo) {
  if (echo.upstream_size() > static_cast<int>(kMaxUpstreams))
    return base::IllegalArgument("an echo names too many leases");
  std::vector<Upstream> left;
  left.reserve(echo.upstream_size());
  for (const proto::Upstream& upstream : echo.upstream())
    left.push_back({.number = upstream.number(), .left_nanos = upstream.left_nanos()});
  leases_.Echoed(echo.beat(), left);
  return {};
}

Status InboundSession::OnCancel(const proto::CancelCalls& cancel, std::int64_t now) {
  ASSIGN_OR_RETURN(const tasks::Stop stop, Decode(cancel.stop()));
  if (cancel.call_size() > static_cast<int>(2 * options().max_streams))
    return base::IllegalArgument("a cancel names too many calls");
  std::vector<std::shared_ptr<InboundChild>> children;
  {
    std::lock_guard lock(mutex_);
    for (const std::uint64_t number : cancel.call()) {
      if (const auto found = calls_.find(number); found != calls_.end()) {
        children.push_back(found->second);
        continue;
      }
      refused_[number] = {stop, now};
      if (cancel.lost() && stream_) Tell(number, nullptr);
    }
    if (refused_.size() > 10 * options().max_streams)
      return base::IllegalArgument("too many cancels of calls that did not come");
  }
  for (const auto& child : children) {
    if (cancel.lost()) {
      child->StreamLost(stop);
    } else {
      child->Stop(stop);
    }
  }
  return {};
}

bool InboundSession::Tick(std::int64_t now) {
  if (leases_.Over(now)) return false;
  std::vector<std::shared_ptr<InboundChild>> over;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return false;
    for (const auto& [number, child] : calls_) {
      if (now >= child->lease_until()) over.push_back(child);
    }
    const std::int64_t lease_nanos = options().lease_millis * 1'000'000;
    std::erase_if(refused_, [&](const auto& e) { return now >= e.second.at + lease_nanos; });
    if (stream_ && stream_->unsent_bytes() < kMaxUnsentBeats) {
      Down down;
      down.mutable_beat()->set_number(leases_.NextBeat(now));
      stream_->Send(std::move(down));
    }
  }
  for (const auto& child : over) child->Stop(CallerIsGone());
  return true;
}

void InboundSession::End() {
  std::vector<std::shared_ptr<InboundChild>> children;
  StreamPtr stream;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    for (const auto& [number, child] : calls_) children.push_back(child);
    stream = std::move(stream_);
  }
  for (const auto& child : children) child->Stop(CallerIsGone());
  if (stream) stream->Close();
}

}  // namespace transport::internal
