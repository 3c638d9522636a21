#include "transport/internal/channel.h"

#include <grpc/support/log.h>

#include <algorithm>

#include "base/io.h"
#include "base/log.h"

namespace transport::internal {

using base::Result;
using base::Status;

namespace {

constexpr int kKeepaliveMillis = 10'000;
constexpr int kHandshakeMillis = 5000;            // for strangers that connect and say nothing
constexpr std::size_t kServerMemory = 512 << 20;  // of what streams have read, all together
// Frames and names around what is limited itself.
constexpr std::size_t kMessageOverhead = 64 << 10;

int MaxMessage(const Options& options) {
  return static_cast<int>(
      std::min<std::size_t>(options.max_message_bytes + kMessageOverhead, std::size_t{1} << 30));
}

std::string AddressOf(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos && host.front() != '[';
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// What gRPC has to say goes where our own log goes; most of it is said by our errors, too.
void AdoptLog() {
  static const bool adopted = [] {
    gpr_set_log_function([](gpr_log_func_args* args) {
      base::log::Debug("grpc", args->message, {{"line", args->line}});
    });
    return true;
  }();
  static_cast<void>(adopted);
}

}  // namespace

Result<Credentials> MakeCredentials(const TlsOptions& tls) {
  AdoptLog();
  if (!tls.enabled()) {
    if (!tls.key_file.empty() || !tls.authority_file.empty())
      return base::IllegalArgument("transport TLS wants a certificate, its key and an authority");
    return Credentials{grpc::InsecureChannelCredentials(), grpc::InsecureServerCredentials()};
  }
  if (tls.key_file.empty() || tls.authority_file.empty())
    return base::IllegalArgument("transport TLS wants a certificate, its key and an authority");
  ASSIGN_OR_RETURN(const std::string certificate, base::ReadFile(tls.certificate_file));
  ASSIGN_OR_RETURN(const std::string key, base::ReadFile(tls.key_file));
  ASSIGN_OR_RETURN(const std::string authority, base::ReadFile(tls.authority_file));
  grpc::SslServerCredentialsOptions server(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  server.pem_root_certs = authority;
  server.pem_key_cert_pairs.push_back({key, certificate});
  return Credentials{grpc::SslCredentials({authority, key, certificate}),
                     grpc::SslServerCredentials(server)};
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const Credentials& credentials, const Options& options) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(options.connect_millis));
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMillis);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  args.SetMaxReceiveMessageSize(MaxMessage(options));
  args.SetMaxSendMessageSize(MaxMessage(options));
  if (options.tls.enabled() && !options.tls.server_name.empty())
    args.SetSslTargetNameOverride(options.tls.server_name);
  return grpc::CreateCustomChannel(address, credentials.channel, args);
}

Result<Listening> Listen(grpc::Service& service, const Credentials& credentials,
                         const Options& options) {
  const std::string address = AddressOf(options.host, options.port);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, credentials.server, &port);
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(MaxMessage(options));
  builder.SetMaxSendMessageSize(MaxMessage(options));
  grpc::ResourceQuota quota("transport");
  quota.Resize(kServerMemory);
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two servers share a port
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             static_cast<int>(options.max_streams + options.max_streams / 10 + 8));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kKeepaliveMillis / 2);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMillis);
  Listening listening;
  listening.server = builder.BuildAndStart();
  if (!listening.server || port <= 0) {
    return Status(
        500, "bind_transport_exception",
        "cannot listen for other nodes on [" + address +
            "], see transport.port: the port is in use, or the address is not one of "
            "this machine" +
            (options.tls.enabled()
                 ? ", or one of [" + options.tls.certificate_file + "], [" + options.tls.key_file +
                       "] and [" + options.tls.authority_file + "] is not PEM, or not of the others"
                 : ""));
  }
  listening.port = static_cast<std::uint16_t>(port);
  return listening;
}

}  // namespace transport::internal
