#include "rest/http/server.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "rest/http/internal/connection.h"

namespace rest::http {

namespace {

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause{100};  // when there are no more descriptors
constexpr std::chrono::minutes kLogInterval{1};

base::Status CannotBind(const std::string& address, std::uint16_t port, const ErrorCode& error) {
  return {500, "bind_http_exception",
          "Failed to bind to " + address + ":" + std::to_string(port) + ": " + error.message() +
              ", see http.port and network.host"};
}

}  // namespace

class Server::Impl {
 public:
  Impl(Handler& handler, ServerOptions options)
      : state_(std::make_shared<ServerState>(handler, options)) {}

  base::Result<std::uint16_t> Start(const std::string& address, std::uint16_t port);
  void Stop();
  ServerStats stats() const;

 private:
  ErrorCode Listen(const Tcp::endpoint& endpoint);
  void Accept();
  void OnAcceptFailed(const ErrorCode& error);
  void StopMembers(bool now);
  void AwaitEnd();

  const std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<IoThread>> threads_;
  // Used on the first thread only, once it runs.
  std::unique_ptr<Tcp::acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> pause_;
  std::size_t next_ = 0;
  std::uint64_t failed_accepts_ = 0;  // since the last line in the log
  IoThread::Clock::time_point next_log_;
};

ErrorCode Server::Impl::Listen(const Tcp::endpoint& endpoint) {
  ErrorCode error;
  acceptor_->open(endpoint.protocol(), error);
  if (!error) acceptor_->set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_->bind(endpoint, error);
  if (!error) acceptor_->listen(kBacklog, error);
  if (!error) acceptor_->non_blocking(true, error);
  return error;
}

base::Result<std::uint16_t> Server::Impl::Start(const std::string& address, std::uint16_t port) {
  for (int i = 0; i < state_->options.io_threads; ++i) {
    threads_.push_back(std::make_shared<IoThread>(state_->options.read_timeout));
  }
  state_->io_threads = threads_;
  asio::io_context& context = threads_.front()->context();
  ErrorCode error;
  Tcp::resolver resolver(context);
  const auto found = resolver.resolve(address, std::to_string(port), error);
  if (error || found.empty()) return CannotBind(address, port, error);
  acceptor_ = std::make_unique<Tcp::acceptor>(context);
  pause_ = std::make_unique<asio::steady_timer>(context);
  error = Listen(*found.begin());
  if (error) return CannotBind(address, port, error);
  const std::uint16_t bound = acceptor_->local_endpoint(error).port();
  state_->body_threads.Start(state_->options.body_threads);
  for (const auto& thread : threads_) thread->Start();
  // Safe: Stop() joins the threads before any member is gone.
  threads_.front()->Post([this] { Accept(); });
  return bound;
}

void Server::Impl::Accept() {
  if (!acceptor_->is_open()) return;
  const std::shared_ptr<IoThread> io = threads_[next_++ % threads_.size()];
  // Safe: as in Start().
  acceptor_->async_accept(io->context(), [this, io](ErrorCode error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      auto connection = std::make_shared<Connection>(io, state_, std::move(socket));
      io->Post([connection] { connection->Start(); });
      return Accept();
    }
    OnAcceptFailed(error);
    pause_->expires_after(kAcceptPause);
    // Safe: as in Start().
    pause_->async_wait([this](ErrorCode cancelled) {
      if (!cancelled) Accept();
    });
  });
}

// Out of descriptors: an idle connection gives up its own. Runs at most every kAcceptPause.
void Server::Impl::OnAcceptFailed(const ErrorCode& error) {
  const auto now = IoThread::Clock::now();
  ++failed_accepts_;
  if (now >= next_log_) {
    base::log::Warn("http", "connections could not be accepted",
                    {{"error", error.message()}, {"attempts", failed_accepts_}});
    failed_accepts_ = 0;
    next_log_ = now + kLogInterval;
  }
  state_->CloseIdleElsewhere(nullptr);
}

void Server::Impl::StopMembers(bool now) {
  for (const auto& thread : threads_) {
    thread->Post([thread = thread.get(), now] {
      for (const auto& member : thread->members()) {
        auto& connection = static_cast<Connection&>(*member);
        now ? connection.Close() : connection.BeginStop();
      }
    });
  }
}

void Server::Impl::AwaitEnd() {
  std::unique_lock lock(state_->mutex);
  state_->all_closed.wait_for(lock, state_->options.stop_grace,
                              [this] { return state_->current_open == 0; });
}

void Server::Impl::Stop() {
  if (threads_.empty()) return;
  state_->stopping = true;
  if (acceptor_) {
    // Safe: the threads are joined below.
    threads_.front()->Post([this] {
      ErrorCode ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
  }
  StopMembers(false);
  AwaitEnd();
  state_->body_threads.Stop();  // so that each connection can be taken back and closed
  StopMembers(true);
  for (const auto& thread : threads_) thread->Stop();
  acceptor_.reset();
  pause_.reset();
  threads_.clear();
  state_->io_threads.clear();
}

ServerStats Server::Impl::stats() const {
  return {.current_open = state_->current_open,
          .total_opened = state_->total_opened,
          .requests = state_->requests};
}

Server::Server(Handler& handler, ServerOptions options)
    : impl_(std::make_unique<Impl>(handler, options)) {}

Server::~Server() { Stop(); }

base::Result<std::uint16_t> Server::Start(const std::string& address, std::uint16_t port) {
  try {
    return impl_->Start(address, port);
  } catch (const std::exception& error) {  // no descriptors, no threads
    return base::Status(500, "bind_http_exception", error.what());
  }
}

void Server::Stop() { impl_->Stop(); }

ServerStats Server::stats() const { return impl_->stats(); }

}  // namespace rest::http
