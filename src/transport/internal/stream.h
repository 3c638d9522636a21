// transport/internal/stream.h
//
// One side of a gRPC stream as a queue to send into and a handler that is called back: messages are
// written one after the other in the order in which they were sent, and read one after the other,
// always. A ClientStream and a ServerStream differ only in how they begin and finish.
//
// Lifetime: shared; keeps itself and its handler until it has closed. Threads: any. Handlers are
// called on gRPC's threads, one message at a time, under no lock of ours, so they must be short.

#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/server_callback.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace transport::internal {

template <typename In>
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  virtual void OnMessage(In& in) = 0;
  // Everything sent so far has been handed to the connection.
  virtual void OnDrained() {}
  // The last call.
  virtual void OnClosed(const grpc::Status& why) = 0;
};

// How many streams there are, so that a shutdown can wait for the last one.
class StreamCount {
 public:
  void Add() {
    std::lock_guard lock(mutex_);
    ++count_;
  }
  void Remove() {
    std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  void WaitUntilNone() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;  // guarded by mutex_
};

enum class Place : bool { kLast, kFirst };

template <typename Out>
class Stream {
 public:
  virtual ~Stream() = default;

  // Queues; kFirst: before all that wait. False: it is closing.
  bool Send(Out message, Place place = Place::kLast) {
    {
      std::lock_guard lock(mutex_);
      if (closing_ || broken_) return false;
      const std::size_t size = message.ByteSizeLong();
      unsent_bytes_ += size;
      queue_.insert(place == Place::kFirst ? queue_.begin() : queue_.end(),
                    Queued{std::move(message), size});
      if (busy_writing_) return true;
      busy_writing_ = true;
      TakeNext();
    }
    Write(&current_.message);
    return true;
  }

  // What waits until the connection takes it, the message being written included.
  std::size_t unsent_bytes() const {
    std::lock_guard lock(mutex_);
    return unsent_bytes_;
  }

  // Ends it when everything sent has been handed over; a client waits for the server to end it.
  void Close() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    Settle();
  }

  // Ends it now; what has not been written is dropped.
  void Abort() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
      Break();
      if (finished_) return;
      ++busy_;
    }
    TryCancel();
    Unbusy();
  }

 protected:
  virtual void Write(const Out* message) = 0;
  virtual void TryCancel() = 0;
  virtual void Drained() = 0;
  // No operation is going on and none will begin. Called once.
  virtual void Complete() = 0;
  virtual bool MayComplete(bool closing, bool read_ended) const = 0;

  void Written(bool ok) {
    bool more = false;
    {
      std::lock_guard lock(mutex_);
      if (!ok) Break();
      unsent_bytes_ -= current_.size;
      current_ = {};
      more = !queue_.empty();
      if (more) {
        TakeNext();
      } else {
        ++busy_;
        busy_writing_ = false;
      }
    }
    if (more) return Write(&current_.message);
    if (ok) Drained();
    Unbusy();
  }

  // Around everything that begins an operation or calls the handler.
  void Busy() {
    std::lock_guard lock(mutex_);
    ++busy_;
  }
  void Unbusy() {
    {
      std::lock_guard lock(mutex_);
      --busy_;
    }
    Settle();
  }
  // Nothing will be read any more.
  void ReadEnded() {
    std::lock_guard lock(mutex_);
    read_ended_ = true;
    Break();
  }

 private:
  struct Queued {
    Out message;
    std::size_t size = 0;
  };

  void TakeNext() {  // needs mutex_
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  void Break() {  // needs mutex_
    broken_ = true;
    for (const Queued& queued : queue_) unsent_bytes_ -= queued.size;
    queue_.clear();
  }
  void Settle() {
    {
      std::lock_guard lock(mutex_);
      if (finished_ || busy_ > 0 || busy_writing_ || !MayComplete(closing_, read_ended_)) return;
      finished_ = true;
    }
    Complete();
  }

  mutable std::mutex mutex_;
  std::deque<Queued> queue_;      // guarded by mutex_
  Queued current_;                // being written while busy_writing_
  std::size_t unsent_bytes_ = 0;  // guarded by mutex_
  int busy_ = 0;                  // guarded by mutex_
  bool busy_writing_ = false;     // guarded by mutex_
  bool closing_ = false;          // guarded by mutex_
  bool broken_ = false;           // guarded by mutex_; nothing can be sent any more
  bool read_ended_ = false;       // guarded by mutex_
  bool finished_ = false;         // guarded by mutex_
};

template <typename Out, typename In>
class ClientStream final : public Stream<Out>,
                           public grpc::ClientBidiReactor<Out, In>,
                           public std::enable_shared_from_this<ClientStream<Out, In>> {
 public:
  ClientStream(std::shared_ptr<StreamHandler<In>> handler, std::shared_ptr<StreamCount> count)
      : handler_(std::move(handler)), count_(std::move(count)) {}

  // Sends may follow. `call` is the stub's method: call(&context, reactor).
  template <typename Call>
  void Begin(Call call) {
    count_->Add();
    self_ = this->shared_from_this();
    call(&*context_, this);
    this->AddHold();
    this->StartRead(&in_);
    this->StartCall();
  }

 private:
  void Write(const Out* message) override { this->StartWrite(message); }
  void TryCancel() override { context_->TryCancel(); }
  void Drained() override { handler_->OnDrained(); }
  void Complete() override { this->RemoveHold(); }
  bool MayComplete(bool /*closing*/, bool read_ended) const override { return read_ended; }

  void OnWriteDone(bool ok) override { this->Written(ok); }
  void OnReadDone(bool ok) override {
    const auto self = this->shared_from_this();
    this->Busy();
    if (ok) {
      handler_->OnMessage(in_);
      this->StartRead(&in_);
    } else {
      this->ReadEnded();
    }
    this->Unbusy();
  }
  void OnDone(const grpc::Status& why) override {
    const auto self = std::move(self_);
    handler_->OnClosed(why);
    handler_.reset();
    // It holds its channel; the last channel of a process must not end on a thread of gRPC's.
    context_.reset();
    count_->Remove();
  }

  std::shared_ptr<StreamHandler<In>> handler_;  // until it has closed
  const std::shared_ptr<StreamCount> count_;
  std::optional<grpc::ClientContext> context_{std::in_place};  // until it has closed
  In in_;                                                      // gRPC's, or the handler's
  std::shared_ptr<ClientStream> self_;                         // until it has closed
};

template <typename Out, typename In>
class ServerStream final : public Stream<Out>,
                           public grpc::ServerBidiReactor<In, Out>,
                           public std::enable_shared_from_this<ServerStream<Out, In>> {
 public:
  ServerStream(grpc::CallbackServerContext& context, std::shared_ptr<StreamCount> count)
      : context_(context), count_(std::move(count)) {}

  // From within the service's method, which returns this.
  void Begin(std::shared_ptr<StreamHandler<In>> handler) {
    count_->Add();
    self_ = this->shared_from_this();
    handler_ = std::move(handler);
    this->StartRead(&in_);
  }

 private:
  void Write(const Out* message) override { this->StartWrite(message); }
  void TryCancel() override { context_.TryCancel(); }
  void Drained() override { handler_->OnDrained(); }
  void Complete() override { this->Finish(grpc::Status::OK); }
  bool MayComplete(bool closing, bool read_ended) const override { return closing || read_ended; }

  void OnWriteDone(bool ok) override { this->Written(ok); }
  void OnReadDone(bool ok) override {
    const auto self = this->shared_from_this();
    this->Busy();
    if (ok) {
      handler_->OnMessage(in_);
      this->StartRead(&in_);
    } else {
      this->ReadEnded();
    }
    this->Unbusy();
  }
  void OnDone() override {
    const auto self = std::move(self_);
    handler_->OnClosed(context_.IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK);
    handler_.reset();
    count_->Remove();
  }

  grpc::CallbackServerContext& context_;  // until it has closed
  const std::shared_ptr<StreamCount> count_;
  std::shared_ptr<StreamHandler<In>> handler_;  // until it has closed
  In in_;                                       // gRPC's, or the handler's
  std::shared_ptr<ServerStream> self_;          // until it has closed
};

}  // namespace transport::internal
