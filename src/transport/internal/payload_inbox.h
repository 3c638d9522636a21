// transport/internal/payload_inbox.h
//
// The receiver's side of a call's payload. It grants credits, the sender sends no more than was
// granted; so what waits here unread is bounded for each call and for all calls of a caller, and
// the connection is always read.
//
//     outstanding = granted and not yet received + received and not yet taken by the work
//
// A call whose work waits for payload takes it as it comes and so gives its credits back at once;
// read-ahead for others may use half of the caller's window only. So those that wait always get on,
// however many others hold what they do not take.
//
// Lifetime: shared by a call and what is queued. Threads: any; Next() on the work's.

#pragma once

#include <proto/transport.pb.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "tasks/task_context.h"

namespace transport::internal {

class PayloadInbox;

// The window of one caller.
class GrantBook {
 public:
  // What a call that waits gets at least, in its turn.
  static constexpr std::size_t kSlice = 32 << 10;

  explicit GrantBook(std::size_t window) : window_(window) {}

  // For read-ahead: at most `bytes`, perhaps nothing.
  std::size_t TakeAhead(std::size_t bytes);
  // For work that waits: kSlice at once, or later by Granted().
  bool TakeSlice(const std::shared_ptr<PayloadInbox>& inbox);
  void Release(std::size_t bytes);

  std::size_t outstanding() const;

 private:
  const std::size_t window_;  // constant
  mutable std::mutex mutex_;
  std::size_t outstanding_ = 0;                      // guarded by mutex_
  std::deque<std::weak_ptr<PayloadInbox>> waiting_;  // guarded by mutex_
};

class PayloadInbox : public std::enable_shared_from_this<PayloadInbox> {
 public:
  struct Limits {
    std::size_t window = 0;     // of one call
    std::size_t max_chunk = 0;  // a longer one is an error
  };
  using SendCredit = std::function<void(std::size_t bytes)>;

  PayloadInbox(std::shared_ptr<GrantBook> book, Limits limits, SendCredit send_credit)
      : book_(std::move(book)), limits_(limits), send_credit_(std::move(send_credit)) {}
  ~PayloadInbox();

  // The next chunk, nullopt at the end; Cancelled if the task has to stop first.
  base::Result<std::optional<std::string>> Next(tasks::TaskContext& task);

  // Failed: the sender breaks the rules.
  base::Status OnPayload(proto::Payload& payload);
  // Nothing will come any more.
  void Break(base::Status why);
  // A slice that was waited for.
  void Granted();

 private:
  struct Chunk {
    std::string bytes;
    std::size_t held = 0;  // of the window
  };

  bool Ready() const { return !chunks_.empty() || ended_; }  // needs mutex_
  void AskForMore(bool waits);
  std::size_t TakeBack();  // needs mutex_; what this call holds of the window

  const std::shared_ptr<GrantBook> book_;  // constant
  const Limits limits_;                    // constant
  const SendCredit send_credit_;           // constant
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Chunk> chunks_;  // guarded by mutex_; whole ones
  Chunk partial_;             // guarded by mutex_
  std::size_t granted_ = 0;   // guarded by mutex_; and not yet received
  std::size_t held_ = 0;      // guarded by mutex_; received and not yet taken
  bool waits_ = false;        // guarded by mutex_; the work, for the next chunk
  bool asked_ = false;        // guarded by mutex_; for a slice
  bool ended_ = false;        // guarded by mutex_
  bool broken_ = false;       // guarded by mutex_; with ended_: by Break()
  base::Status failure_;      // guarded by mutex_; with ended_
};

}  // namespace transport::internal
