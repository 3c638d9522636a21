// rest/http/internal/exchange_handle.h
//
// ExchangeHandle is the Exchange that the handler gets: a number on a connection. Every wish goes
// to the connection's thread. When the last reference goes without an answer, the client gets a
// 500.

#pragma once

#include <atomic>
#include <memory>

#include "rest/http/internal/connection.h"

namespace rest::http {

class ExchangeHandle final : public Exchange {
 public:
  ExchangeHandle(std::shared_ptr<Connection> connection, Connection::Sequence sequence,
                 std::shared_ptr<const RequestHead> head, std::uint64_t max_content_length)
      : connection_(std::move(connection)),
        sequence_(sequence),
        head_(std::move(head)),
        max_content_length_(max_content_length) {}
  ~ExchangeHandle() override;

  const RequestHead& head() const override { return *head_; }
  void ReadWholeBody(std::uint64_t limit, std::shared_ptr<tasks::Reservation> memory,
                     BodyCallback done) override;
  void StreamBody(std::shared_ptr<BodySink> sink) override;
  void ResumeBody() override;
  void DrainBody(DrainLimits limits, std::shared_ptr<BodySink> sink) override;
  void Hurry() override;
  void AddHeaders(Headers headers) override { added_.Append(headers); }
  void Respond(Response response) override;
  void RespondStream(Response head, Producer next) override;
  void ContinueStream() override;
  void CloseAfterResponse() override;
  void OnClientGone(std::function<void()> gone) override;
  void Post(std::function<void()> function) override;

 private:
  const std::shared_ptr<Connection> connection_;
  const Connection::Sequence sequence_;
  const std::shared_ptr<const RequestHead> head_;
  const std::uint64_t max_content_length_;
  Headers added_;  // constant once the exchange has been handed on
  std::atomic<bool> answered_ = false;
};

}  // namespace rest::http
