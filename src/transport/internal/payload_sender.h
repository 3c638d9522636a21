// transport/internal/payload_sender.h
//
// The sender's side of a call's payload: reads the source when the receiver's credits allow, on a
// thread that may wait for the disk, and cuts chunks into frames, so that nothing waits behind a
// large one.
//
// Lifetime: shared by a call and what is posted. Threads: any.

#pragma once

#include <proto/transport.pb.h>

#include <mutex>

#include "tasks/peer.h"
#include "tasks/task_context.h"

namespace transport::internal {

class PayloadSender : public std::enable_shared_from_this<PayloadSender> {
 public:
  static constexpr std::size_t kFrame = 64 << 10;
  // False: the call takes no more.
  using Send = std::function<bool(proto::Payload)>;

  PayloadSender(std::shared_ptr<tasks::PayloadSource> source, tasks::Poster& reader,
                std::size_t window, Send send)
      : reader_(reader), window_(window), send_(std::move(send)), source_(std::move(source)) {}

  void Credit(std::uint64_t bytes);
  // The call is over: nothing is read any more.
  void Stop();

 private:
  void Pump();
  // The next frame of at most `limit` bytes.
  proto::Payload NextFrame(std::size_t limit);
  bool ReadChunk(proto::Payload& frame);  // false: that is the end

  tasks::Poster& reader_;
  const std::size_t window_;  // constant; no credit is above it
  std::mutex mutex_;
  Send send_;                                     // guarded by mutex_; the pump copies it
  std::shared_ptr<tasks::PayloadSource> source_;  // guarded by mutex_; the pump copies it
  std::size_t credit_ = 0;                        // guarded by mutex_
  bool pumping_ = false;                          // guarded by mutex_
  bool stopped_ = false;                          // guarded by mutex_

  // The pump's alone.
  std::shared_ptr<tasks::PayloadSource> reading_;
  std::string chunk_;
  std::size_t sent_of_chunk_ = 0;
  bool in_chunk_ = false;
};

}  // namespace transport::internal
