// rest/http/internal/connection.h
//
// Connection is one client: it reads a request, lets the handler answer it, writes the answer, and
// so on until one side closes. One request at a time; pipelined ones wait in the socket, so a
// client that sends many costs no memory here.
//
// How it works: Work() takes Step() after Step() until none makes progress or the turn is over;
// what happens outside (a socket is ready, an answer is given) changes the state and calls Work().
// A turn ends after 1 ms or 64 KB of a body or an answer, unpacked; from then on the request is a
// long one, which gets its turns from the thread's queue only. Reads go into a buffer that all
// connections of a thread share; only what cannot be used at once is kept.
//
// A body thread works on what follows the first 16 KB of a body, a turn at a time. Meanwhile
// nothing else happens to the connection: whatever is asked for or happens waits until the turn has
// ended, or takes it back if it has not begun. So callbacks never run at the same time.
//
// Lifetime: shared by its IoThread while it is open, and by the Exchanges it made. Threads: its I/O
// thread, but Dispatch() and Post() from any, and OnBodyTurn() on a body thread.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rest/http/internal/asio.h"
#include "rest/http/internal/body_threads.h"
#include "rest/http/internal/incoming_body.h"
#include "rest/http/internal/io_thread.h"
#include "rest/http/internal/message_parser.h"
#include "rest/http/internal/outgoing_answer.h"
#include "rest/http/internal/whole_body.h"
#include "rest/http/server.h"

namespace rest::http {

// What the connections of a server share.
struct ServerState {
  ServerState(Handler& h, ServerOptions o) : handler(h), options(o) {}

  Handler& handler;
  const ServerOptions options;
  BodyThreads body_threads;
  std::atomic<std::uint64_t> current_open = 0;
  std::atomic<std::uint64_t> total_opened = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<bool> stopping = false;
  std::vector<std::shared_ptr<IoThread>> io_threads;  // constant while they run

  // Has one of them close a connection that is idle, if there is one on another than `here`.
  bool CloseIdleElsewhere(const IoThread* here);

  void OnClosed() {
    std::lock_guard lock(mutex);
    if (--current_open == 0) all_closed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable all_closed;
};

class Connection final : public IoThread::Member,
                         public BodyThreads::Member,
                         public std::enable_shared_from_this<Connection> {
 public:
  // Numbers the exchanges of a connection.
  using Sequence = std::uint64_t;

  Connection(std::shared_ptr<IoThread> io, std::shared_ptr<ServerState> server, Tcp::socket socket);
  ~Connection() override;

  void Start();
  // Closes now if nothing is in progress, else after the answer.
  void BeginStop();
  // Closes now; whoever waits for the client hears that it has gone.
  void Close();

  // Runs `function` on the I/O thread: at once inside a callback of this connection, else later.
  void Dispatch(std::function<void(Connection&)> function);
  // Runs it later in any case.
  void Post(std::function<void()> function);

  // What an Exchange asks for; nothing happens once `sequence` is over.
  void ReadWholeBody(Sequence sequence, std::uint64_t limit,
                     std::shared_ptr<tasks::Reservation> memory, Exchange::BodyCallback done);
  void StreamBody(Sequence sequence, std::shared_ptr<BodySink> sink, std::uint64_t limit);
  void ResumeBody(Sequence sequence);
  void DrainBody(Sequence sequence, DrainLimits limits, std::shared_ptr<BodySink> sink);
  void Hurry(Sequence sequence);
  void Respond(Sequence sequence, Response response, Exchange::Producer producer);
  void ContinueStream(Sequence sequence);
  void CloseAfterResponse(Sequence sequence);
  void OnClientGone(Sequence sequence, std::function<void()> gone);
  // Nobody can answer any more.
  void Abandon(Sequence sequence);

  void OnHangUp(bool reset) override;
  void OnSilence() override;
  void OnCrowded() override { Close(); }
  void OnTurn() override;
  void OnBodyTurn() override;

 private:
  struct Turn {
    IoThread::Clock::time_point until;
    std::size_t output = 0;  // bytes given to a sink or taken from an answer, unpacked
  };
  // The request in progress.
  struct Active {
    Active(std::shared_ptr<RequestHead> request, Coding coding, std::size_t& output)
        : head(std::move(request)), body(coding, output) {}

    std::shared_ptr<const RequestHead> head;
    MessageParser parser;
    IncomingBody body;
    std::optional<OutgoingAnswer> answer;
    std::vector<std::function<void()>> on_gone;
    std::unique_ptr<asio::steady_timer> drain_timer;
    Haste haste = Haste::kNone;
    bool expects_continue = false;
    bool close_after = false;
    bool head_written = false;
    bool waits = false;        // the producer has nothing yet
    bool answer_done = false;  // all of it is in out_
  };

  bool IsCurrent(Sequence sequence) const { return active_ && sequence_ == sequence; }

  // connection_steps.cc. The steps return whether they made progress.
  void Work();
  void Wake();  // Work() at once, or when a long request's turn comes
  void QueueTurn();
  bool TurnIsOver() const;
  bool Step();
  bool WriteStep();
  bool HeadStep();
  bool BodyStep();
  bool IsForBodyThread() const;
  bool HasBodyWork() const;
  bool WorkOnBody();
  bool TakeBack();
  void OnBodyTurnEnded();
  bool AnswerStep();
  bool FinishStep();
  bool LingerStep();
  bool ReadSome();
  void Begin(std::size_t head_length);
  void Admit(std::shared_ptr<RequestHead> head);
  std::size_t FeedBody(std::string_view input);
  void Consume(std::size_t bytes);
  bool WantsBody() const;
  bool Discards() const;
  bool ClosesAfterAnswer() const;
  void BadRequest(const base::Status& why);
  void StartLinger();
  void AwaitReadable();
  void AwaitWritable();
  void KeepPatience();
  enum class Room : std::uint8_t { kThere, kToRefuse, kNone };
  Room MakeRoom();
  void KeepIdleness();

  void RunUser(std::function<void(Connection&)> function);
  void PostUser(std::function<void(Connection&)> function);
  void GiveUpWithoutMemory(const std::function<void()>& work);
  void CloseNow();
  void TellGone();
  void TellLater(std::shared_ptr<BodySink> sink);  // that the client has gone

  std::string_view input() const { return std::string_view(input_).substr(input_at_); }

  const std::shared_ptr<IoThread> io_;
  const std::shared_ptr<ServerState> server_;
  Tcp::socket socket_;
  int fd_ = -1;
  IoThread::MemberId id_ = 0;
  std::string remote_address_;
  std::uint16_t remote_port_ = 0;

  std::string input_;  // read and not used yet
  std::size_t input_at_ = 0;
  std::string out_;  // to be written
  std::size_t out_at_ = 0;

  std::unique_ptr<Active> active_;
  Sequence sequence_ = 0;       // of active_ or the one before
  Sequence lost_sequence_ = 0;  // whose client went before it was answered
  std::unique_ptr<asio::steady_timer> linger_timer_;
  std::uint64_t lingered_ = 0;

  Turn turn_;
  bool working_ = false;
  bool turn_queued_ = false;
  // A body thread has, or will have, what belongs to the body: the parser, the body, input_, turn_.
  bool lent_ = false;
  Ticket ticket_ = 0;                                        // of the last time
  std::vector<std::function<void(Connection&)>> when_back_;  // to be run when it is back
  bool needs_more_ = false;                                  // input_ holds a part of a chunk head
  bool long_ = false;  // the request, or what is read after its answer, has used up a turn
  bool read_all_ =
      false;  // between requests, that was there: to try again at once would be in vain
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool awaiting_ = false;  // the watch for silence is on
  bool renew_ = false;     // and is to start anew
  bool idle_ = false;      // as the thread knows it
  bool eof_ = false;
  bool gone_ = false;     // the peer has closed at least its side
  bool closing_ = false;  // when out_ is written
  bool lingering_ = false;
  bool closed_ = false;
};

}  // namespace rest::http
