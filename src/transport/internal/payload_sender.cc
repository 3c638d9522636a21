#include "transport/internal/payload_sender.h"

#include <algorithm>

#include "transport/internal/wire.h"

namespace transport::internal {

void PayloadSender::Credit(std::uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    credit_ += static_cast<std::size_t>(std::min<std::uint64_t>(bytes, window_ - credit_));
    if (pumping_) return;
    pumping_ = true;
  }
  reader_.Post([self = shared_from_this()] { self->Pump(); });
}

void PayloadSender::Stop() {
  std::shared_ptr<tasks::PayloadSource> source;  // ends outside our lock
  Send send;
  std::lock_guard lock(mutex_);
  stopped_ = true;
  source = std::move(source_);
  send = std::move(send_);
}

void PayloadSender::Pump() {
  for (;;) {
    std::size_t limit = 0;
    Send send;
    {
      std::lock_guard lock(mutex_);
      if (stopped_ || credit_ == 0) {
        pumping_ = false;
        reading_ = nullptr;
        return;
      }
      limit = std::min(credit_, kFrame);
      reading_ = source_;
      send = send_;
    }
    proto::Payload frame = NextFrame(limit);
    const bool last = frame.ends_stream();
    {
      std::lock_guard lock(mutex_);
      credit_ -= frame.data().size();
    }
    if (!send(std::move(frame)) || last) Stop();
  }
}

proto::Payload PayloadSender::NextFrame(std::size_t limit) {
  proto::Payload frame;
  if (!in_chunk_ && !ReadChunk(frame)) return frame;
  const std::size_t size = std::min(limit, chunk_.size() - sent_of_chunk_);
  frame.set_data(chunk_.data() + sent_of_chunk_, size);
  sent_of_chunk_ += size;
  in_chunk_ = sent_of_chunk_ < chunk_.size();
  frame.set_ends_chunk(!in_chunk_);
  return frame;
}

bool PayloadSender::ReadChunk(proto::Payload& frame) {
  auto next = reading_->Next();
  if (!next.ok() || !*next) {
    frame.set_ends_stream(true);
    if (!next.ok()) Encode(next.status(), *frame.mutable_failure());
    return false;
  }
  chunk_ = *std::move(*next);
  sent_of_chunk_ = 0;
  return in_chunk_ = true;
}

}  // namespace transport::internal
