#include "cluster/nats/connection.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "cluster/nats/internal/jetstream.h"
#include "cluster/nats/internal/link.h"
#include "cluster/nats/internal/names.h"
#include "cluster/nats/internal/server_info.h"

namespace cluster::nats {
namespace {

constexpr std::array<int, 3> kOldest{2, 9, 0}, kSyncs{2, 10, 0};
constexpr std::size_t kLongestClusterName = 128;

// The version of the first server that answers.
base::Result<std::string> AskVersion(const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<internal::Address> addresses,
                   internal::ParseAddresses(options.urls));
  std::string failures;
  for (const internal::Address& address : addresses) {
    const auto info = internal::AskServerInfo(address, options.timeout);
    if (info.ok()) return info->version;
    failures += (failures.empty() ? "nats-server at " : ", at ") +
                internal::Presentable(address.url) + " " + info.status().reason();
  }
  return base::Status(503, "cluster_manager_not_discovered_exception",
                      failures + "; start one, or unset [cluster.nats.url]");
}

base::Status CheckVersion(const std::string& version) {
  if (internal::ParseVersion(version) >= kOldest) return {};
  return base::IllegalArgument("nats-server " + version +
                               " is too old to keep the cluster's metadata; 2.9 is the oldest "
                               "that can, 2.10 the oldest that can sync each write");
}

void SayWhatIsSynced(const std::string& version, const std::string& url) {
  if (internal::ParseVersion(version) < kSyncs) {
    base::log::Warn("cluster",
                    "nats-server cannot sync each write: metadata that it acknowledged in the "
                    "last two minutes may be lost with the power of its machine; use 2.10 or "
                    "later with jetstream { sync_interval: always }",
                    {{"url", url}, {"version", version}});
  } else {
    base::log::Info("cluster",
                    "nats-server syncs each write only with jetstream { sync_interval: always }, "
                    "which it tells no client; by default metadata that it acknowledged in the "
                    "last two minutes may be lost with the power of its machine",
                    {{"url", url}, {"version", version}});
  }
}

}  // namespace

base::Result<std::shared_ptr<Connection>> Connection::Connect(const ConnectionOptions& options) {
  if (options.cluster_name.empty() ||
      internal::ToToken(options.cluster_name).size() > kLongestClusterName) {
    return base::IllegalArgument("[cluster.name] of [" + options.cluster_name +
                                 "] is empty or too long to name a stream of nats-server");
  }
  if (options.replicas < 1 || options.replicas > 5 || options.replicas % 2 == 0) {
    return base::IllegalArgument("[cluster.nats.replicas] must be 1, 3 or 5");
  }
  ASSIGN_OR_RETURN(std::string version, AskVersion(options));
  RETURN_IF_ERROR(CheckVersion(version));
  ASSIGN_OR_RETURN(std::unique_ptr<internal::Link> link, internal::Link::Open(options));
  RETURN_IF_ERROR(
      internal::JetStream(*link).Check(std::chrono::steady_clock::now() + options.timeout));
  SayWhatIsSynced(version, internal::Presentable(options.urls));
  return std::shared_ptr<Connection>(new Connection(options, std::move(version), std::move(link)));
}

Connection::Connection(ConnectionOptions options, std::string server_version,
                       std::unique_ptr<internal::Link> link)
    : options_(std::move(options)),
      server_version_(std::move(server_version)),
      link_(std::move(link)) {}

Connection::~Connection() = default;

bool Connection::connected() const { return link_->connected(); }

}  // namespace cluster::nats
