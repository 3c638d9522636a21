// rest/http/exchange.h
//
// An Exchange is one request and its answer. The server makes it when the head has arrived; whoever
// answers keeps a shared_ptr until then. One that is dropped unanswered is answered with 500.
//
// Threads: every method may be called from any thread, none blocks, and each callback runs on the
// connection's I/O thread, so it must return at once (well below a millisecond), but
// BodySink::OnBody() on a body thread once a body is long. Never do two callbacks of one exchange
// run at the same time, and they run in the order of what causes them. After the answer, or when
// the client has gone, calls do nothing; callbacks that can no longer come are destroyed. A test
// may implement it to drive a route without a socket.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/status.h"
#include "rest/http/message.h"
#include "tasks/memory/reservation.h"

namespace rest::http {

enum class Flow : bool { kPause, kGoOn };

// Receives a body piece by piece, unpacked if it came compressed. Its methods are never called at
// the same time, and none again after OnBodyEnd().
class BodySink {
 public:
  virtual ~BodySink() = default;
  // At most 16 KB, valid during the call. After kPause nothing comes until ResumeBody().
  virtual Flow OnBody(std::string_view piece) = 0;
  // OK: the body is whole. Else why it is not: too long (413), no byte for a while (408), cannot be
  // unpacked or is malformed (400), the client has gone (IsClientGone()), a limit of DrainBody() is
  // reached (IsDrainLimit()). The connection closes after an answer to such a request.
  virtual void OnBodyEnd(base::Status status) = 0;
};

bool IsClientGone(const base::Status& status);
bool IsDrainLimit(const base::Status& status);

struct DrainLimits {
  std::uint64_t max_bytes = 100ull << 20;  // as sent, packed or not
  std::chrono::milliseconds timeout{10'000};
};

// The next piece of a streamed answer, at most 64 KB so that a slow reader costs no more.
struct Piece {
  enum class Then : std::uint8_t {
    kMore,   // ask again when the client has taken this one
    kWait,   // ask again after ContinueStream(); what has been given is sent at once
    kEnd,    // this was the last one
    kAbort,  // cut the connection, so that the client notices that the answer is not whole
  };
  std::string data;
  Then then = Then::kEnd;
};

class Exchange {
 public:
  using BodyCallback = std::function<void(base::Result<std::string>)>;
  using Producer = std::function<Piece()>;

  virtual ~Exchange() = default;

  // Constant.
  virtual const RequestHead& head() const = 0;

  // Collects the body, at most `limit` bytes unpacked or else 413. Memory grows as bytes arrive,
  // and `memory` before it; what that says is the end of the body. Null: nobody is asked.
  virtual void ReadWholeBody(std::uint64_t limit, std::shared_ptr<tasks::Reservation> memory,
                             BodyCallback done) = 0;
  // Hands over the body as it arrives, at most the server's max_content_length bytes of it.
  virtual void StreamBody(std::shared_ptr<BodySink> sink) = 0;
  // Ends a pause. Harmless when there is none.
  virtual void ResumeBody() = 0;
  // From here on `sink` gets what is left of the body, within limits; the one before hears nothing
  // more. For an upload whose task was cancelled. Ends a pause. If the body has ended already, or
  // failed, `sink` hears OnBodyEnd() at once.
  virtual void DrainBody(DrainLimits limits, std::shared_ptr<BodySink> sink) = 0;
  // From here on its body and its answer come before those of other long requests, which share the
  // threads with it. For what was cancelled: its client should not wait for what it has stopped.
  virtual void Hurry() = 0;

  // Adds to whatever answer is given, in front. Only before the exchange is handed on.
  virtual void AddHeaders(Headers headers) = 0;
  // The answer; of several the first counts. What is left of the body is thrown away, if it is
  // little, or the connection is closed in a way that lets the client read the answer.
  virtual void Respond(Response response) = 0;
  // As Respond(), with a body of unknown length behind `head.body`, sent chunked. `next` is
  // destroyed on the I/O thread when the answer has ended, whole or not.
  virtual void RespondStream(Response head, Producer next) = 0;
  // Ends a Then::kWait. Harmless when there is none.
  virtual void ContinueStream() = 0;
  virtual void CloseAfterResponse() = 0;

  // Calls `gone` once when the client closes, half-closes or resets the connection before the
  // answer has been sent whole, also while nothing is read and while pipelined requests wait.
  // Of several callbacks all are called. Comes at once if it has happened already.
  virtual void OnClientGone(std::function<void()> gone) = 0;

  // Runs `function` on the I/O thread, also after the answer. From a stop callback, too: it takes
  // one short lock and one small allocation. After Server::Stop() it is dropped.
  virtual void Post(std::function<void()> function) = 0;
};

using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace rest::http
