#include "cluster/nats/internal/library.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "cluster/nats/connection.h"
#include "cluster/nats/internal/names.h"

namespace cluster::nats::internal {
namespace {

constexpr std::int64_t kConnectMillis = 1000, kReconnectMillis = 100, kPingMillis = 1000;
constexpr int kPingsOut = 2;  // a frozen server is given up after three intervals

std::mutex library_mutex;
int library_uses = 0;  // guarded by library_mutex

void Acquire() {
  std::lock_guard lock(library_mutex);
  if (++library_uses == 1) nats_Open(-1);
}

void Release() {
  std::lock_guard lock(library_mutex);
  if (--library_uses == 0) nats_CloseAndWait(0);
}

struct OptionsEnd {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, OptionsEnd>;

natsStatus SetTls(natsOptions* options, const ConnectionOptions& from) {
  if (from.tls_ca_file.empty() && from.tls_certificate_file.empty()) return NATS_OK;
  natsStatus status = natsOptions_SetSecure(options, true);
  if (status == NATS_OK && !from.tls_ca_file.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, from.tls_ca_file.c_str());
  }
  if (status == NATS_OK && !from.tls_certificate_file.empty()) {
    status = natsOptions_LoadCertificatesChain(options, from.tls_certificate_file.c_str(),
                                               from.tls_key_file.c_str());
  }
  return status;
}

// NATS_OK is 0, so the first failure stays.
natsStatus SetAll(natsOptions* options, const ConnectionOptions& from,
                  const std::vector<Address>& addresses) {
  std::vector<const char*> urls;
  for (const Address& address : addresses) urls.push_back(address.url.c_str());
  const std::int64_t timeout = from.timeout.count();
  for (const natsStatus status :
       {natsOptions_SetServers(options, urls.data(), static_cast<int>(urls.size())),
        natsOptions_SetNoRandomize(options, true), natsOptions_SetName(options, "quell"),
        natsOptions_SetTimeout(options, std::min(timeout, kConnectMillis)),
        natsOptions_SetWriteDeadline(options, timeout),
        natsOptions_SetPingInterval(options, kPingMillis),
        natsOptions_SetMaxPingsOut(options, kPingsOut),
        natsOptions_SetAllowReconnect(options, true), natsOptions_SetMaxReconnect(options, -1),
        natsOptions_SetReconnectWait(options, kReconnectMillis),
        natsOptions_SetReconnectJitter(options, kReconnectMillis / 2, kReconnectMillis / 2),
        // Nothing is kept to be sent later: who asked has been told by then that it was not.
        natsOptions_SetReconnectBufSize(options, 1), natsOptions_SetSendAsap(options, true),
        SetTls(options, from),
        from.credentials_file.empty() ? NATS_OK
                                      : natsOptions_SetUserCredentialsFromFiles(
                                            options, from.credentials_file.c_str(), nullptr)}) {
    if (status != NATS_OK) return status;
  }
  return NATS_OK;
}

std::size_t MaxPayloadOf(natsConnection* connection) {
  const std::int64_t bytes = natsConnection_GetMaxPayload(connection);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::string LastError(natsStatus status) {
  const char* const last = nats_GetLastError(nullptr);
  return last && *last ? last : natsStatus_GetText(status);
}

}  // namespace

void Ended::Set() {
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void Ended::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
}

base::Result<std::unique_ptr<Library>> Library::Connect(Link& link,
                                                        const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<Address> addresses, ParseAddresses(options.urls));
  Acquire();
  auto library = std::make_unique<Library>();
  library->link = &link;
  natsOptions* made = nullptr;
  natsStatus status = natsOptions_Create(&made);
  const Options owned(made);
  if (status == NATS_OK) status = SetAll(made, options, addresses);
  if (status == NATS_OK) status = natsOptions_SetDisconnectedCB(made, &OnDisconnected, &link);
  if (status == NATS_OK) status = natsOptions_SetReconnectedCB(made, &OnReconnected, &link);
  if (status == NATS_OK) status = natsOptions_SetClosedCB(made, &OnClosed, library.get());
  if (status == NATS_OK) status = natsConnection_Connect(&library->connection, made);
  if (status == NATS_OK) return library;
  return base::Status(
      503, "cluster_manager_not_discovered_exception",
      "nats-server at " + Presentable(options.urls) + " cannot be used: " + LastError(status));
}

Library::~Library() {
  inbox.reset();
  if (connection) {
    natsConnection_Close(connection);
    closed.Wait();
    natsConnection_Destroy(connection);
  }
  Release();
}

bool Library::Publish(const Message& message, const std::string& reply_to) {
  natsMsg* made = nullptr;
  natsStatus status =
      natsMsg_Create(&made, message.subject.c_str(), reply_to.empty() ? nullptr : reply_to.c_str(),
                     message.data.data(), static_cast<int>(message.data.size()));
  for (const auto& [key, value] : message.headers) {
    if (status == NATS_OK) status = natsMsgHeader_Set(made, key.c_str(), value.c_str());
  }
  if (status == NATS_OK) status = natsConnection_PublishMsg(connection, made);
  natsMsg_Destroy(made);
  return status == NATS_OK;
}

std::size_t Library::MaxPayload() const { return MaxPayloadOf(connection); }

void Library::OnDisconnected(natsConnection*, void* link) {
  static_cast<Link*>(link)->OnDisconnected();
}

void Library::OnReconnected(natsConnection* connection, void* link) {
  static_cast<Link*>(link)->OnReconnected(MaxPayloadOf(connection));
}

void Library::OnClosed(natsConnection*, void* library) {
  const auto self = static_cast<Library*>(library);
  self->link->OnClosed();
  self->closed.Set();
}

base::Result<std::unique_ptr<Subscription>> Subscription::Open(
    Library& library, const std::string& subject, std::function<void(natsMsg*)> handle) {
  auto made = std::make_unique<Subscription>();
  made->on_message = std::move(handle);
  const auto on_message = [](natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    static_cast<Subscription*>(closure)->on_message(message);
    natsMsg_Destroy(message);
  };
  const natsStatus status = natsConnection_Subscribe(&made->handle, library.connection,
                                                     subject.c_str(), on_message, made.get());
  if (status != NATS_OK) {
    return library.link->Unreachable(std::string("no subscription: ") + LastError(status));
  }
  natsSubscription_SetPendingLimits(made->handle, -1, -1);
  const auto on_end = [](void* closure) { static_cast<Subscription*>(closure)->ended.Set(); };
  if (natsSubscription_SetOnCompleteCB(made->handle, on_end, made.get()) != NATS_OK) {
    made->ended.Set();  // closed already
  }
  return made;
}

Subscription::~Subscription() {
  if (!handle) return;
  natsSubscription_Unsubscribe(handle);
  ended.Wait();
  natsSubscription_Destroy(handle);
}

}  // namespace cluster::nats::internal
