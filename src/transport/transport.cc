#include "transport/transport.h"

#include <chrono>

#include "transport/internal/caller.h"
#include "transport/internal/channel.h"
#include "transport/internal/service.h"

namespace transport {

using base::Result;

namespace {

// How long a shutdown waits for the others to take note of it.
constexpr std::chrono::milliseconds kFarewell{200};

}  // namespace

struct Transport::Impl {
  struct Known {
    std::string address;  // empty: it is not to be reached
    std::uint64_t incarnation = 0;
    std::shared_ptr<internal::Caller> caller;
    std::unique_ptr<RemotePeer> peer;
  };

  Impl(LocalNode of, Options with, internal::Credentials shown)
      : home(std::make_shared<internal::Home>(of, std::move(with))),
        credentials(std::move(shown)) {}

  internal::Caller::Channels Channels(const std::string& address) const {
    const auto channel = [&] { return internal::MakeChannel(address, credentials, home->options); };
    return {address, channel(), channel(), channel()};
  }

  const internal::HomePtr home;
  const internal::Credentials credentials;
  const std::shared_ptr<internal::Callee> callee = std::make_shared<internal::Callee>(home);
  internal::Service service{callee, home->streams};
  internal::Listening listening;
  mutable std::mutex mutex;
  std::map<std::string, Known> nodes;  // guarded by mutex; only grows
  bool stopped = false;                // guarded by mutex
};

Result<std::unique_ptr<Transport>> Transport::Listen(LocalNode node, Options options) {
  ASSIGN_OR_RETURN(auto credentials, internal::MakeCredentials(options.tls));
  auto impl = std::make_unique<Impl>(node, std::move(options), std::move(credentials));
  ASSIGN_OR_RETURN(impl->listening,
                   internal::Listen(impl->service, impl->credentials, impl->home->options));
  impl->callee->Start();
  return std::unique_ptr<Transport>(new Transport(std::move(impl)));
}

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Transport::~Transport() { Stop(); }

std::uint16_t Transport::port() const { return impl_->listening.port; }

std::size_t Transport::callers() const { return impl_->callee->sessions(); }

RemotePeer& Transport::Connect(const std::string& id, const std::string& address,
                               std::uint64_t incarnation) {
  std::lock_guard lock(impl_->mutex);
  Impl::Known& known = impl_->nodes[id];
  if (!known.peer) {
    known.caller = internal::Caller::Make({impl_->home, id});
    known.peer = std::make_unique<RemotePeer>(id, known.caller);
    if (impl_->stopped) known.caller->Stop();
  }
  const bool elsewhere = known.address != address;
  const bool anew = std::exchange(known.incarnation, incarnation) != incarnation;
  if (elsewhere && !impl_->stopped) known.caller->Reach(impl_->Channels(address));
  if (anew && !elsewhere) known.caller->ReachSoon();
  known.address = address;
  return *known.peer;
}

void Transport::Disconnect(const std::string& id) {
  std::lock_guard lock(impl_->mutex);
  const auto found = impl_->nodes.find(id);
  if (found == impl_->nodes.end() || impl_->stopped) return;
  found->second.address.clear();
  found->second.caller->Leave();
}

RemotePeer* Transport::Find(const std::string& id) const {
  std::lock_guard lock(impl_->mutex);
  const auto found = impl_->nodes.find(id);
  return found == impl_->nodes.end() ? nullptr : found->second.peer.get();
}

void Transport::Stop() {
  std::vector<std::shared_ptr<internal::Caller>> ways;
  {
    std::lock_guard lock(impl_->mutex);
    if (std::exchange(impl_->stopped, true)) return;
    for (const auto& [id, known] : impl_->nodes) ways.push_back(known.caller);
  }
  for (const auto& way : ways) way->Stop();
  impl_->callee->Stop();
  impl_->listening.server->Shutdown(std::chrono::system_clock::now() + kFarewell);
  for (const auto& way : ways) way->Abort();
  impl_->home->streams->WaitUntilNone();
}

}  // namespace transport
