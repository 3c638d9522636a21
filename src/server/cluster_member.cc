#include "server/cluster_member.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/io.h"
#include "base/log.h"
#include "cluster/nats/nats_heartbeats.h"
#include "cluster/nats/nats_metadata_store.h"

namespace server {

using base::Result;
using base::Status;
using cluster::ClusterState;
using cluster::IndexPtr;

namespace {

constexpr std::string_view kJoin = "internal:cluster/coordination/join";
constexpr std::string_view kLeave = "internal:cluster/coordination/leave";
constexpr std::string_view kIsPrompt = "it is a few conditional writes, bounded by the store";

// Which cluster of several nodes a directory belongs to.
std::string MarkOf(const DataDirectory& directory) { return directory.path() + "/cluster.uuid"; }

Result<std::string> ReadMark(const DataDirectory& directory) {
  auto mark = base::ReadFile(MarkOf(directory));
  if (!mark.ok() && mark.status().http_status() == 404) return std::string();
  return mark;
}

Status CheckCluster(const DataDirectory& directory, const std::string& mark,
                    const ClusterState& state) {
  if (mark.empty() || mark == state.cluster_uuid) return {};
  return base::IllegalArgument(
      "the data directory [" + directory.path() + "] belongs to the cluster [" + mark +
      "], but [cluster.nats.url] leads to " +
      (state.cluster_uuid.empty() ? "an empty store" : "the cluster [" + state.cluster_uuid + "]") +
      "; was the data of nats-server lost, or is this the wrong one? Restore the data of "
      "nats-server, or join what is there, without the indices of the old cluster, with -E "
      "node.accept_loss=cluster/" +
      mark);
}

// The indices of a node that was alone.
Result<std::vector<IndexPtr>> Brought(cluster::MetadataStore& own) {
  std::vector<IndexPtr> indices;
  ASSIGN_OR_RETURN(const auto contents, own.Load());
  for (const auto& [key, value] : contents.records) {
    if (!key.starts_with("index/")) continue;
    ASSIGN_OR_RETURN(IndexPtr index, cluster::IndexMetadata::Decode(value));
    indices.push_back(std::move(index));
  }
  return indices;
}

Status RunInBackground(tasks::TaskRegistry& registry, std::string_view action,
                       const std::function<Status(tasks::TaskContext&)>& work) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = kIsPrompt;
  ASSIGN_OR_RETURN(tasks::RunningTask task, registry.Register(std::move(spec)));
  Status done = work(*task);
  std::move(task).Finish(tasks::End(done));
  return done;
}

void GoDown() {
  base::log::Error("cluster",
                   "another process has joined under this node's id: is its data directory a copy? "
                   "This node goes down");
  kill(getpid(), SIGTERM);
}

// Settings that name files, of which all are given or none is.
Status CheckFiles(const Settings& settings, std::initializer_list<const char*> names) {
  const auto missing = [&](const char* name) { return settings.String(name).empty(); };
  if (std::ranges::all_of(names, missing)) return {};
  for (const char* const name : names) {
    const std::string& file = settings.String(name);
    if (file.empty())
      return base::IllegalArgument("[" + std::string(name) + "] must be given, too, beside [" +
                                   *std::ranges::find_if_not(names, missing) + "]");
    if (const auto read = base::ReadFile(file); !read.ok())
      return base::IllegalArgument("[" + std::string(name) + "]: " + read.status().reason());
  }
  return {};
}

}  // namespace

struct ClusterMember::Impl {
  explicit Impl(Options plan) : options(std::move(plan)) {}

  void OnState(const cluster::StatePtr& before, const cluster::StatePtr& now) const {
    for (const auto& [id, node] : before->nodes) {
      if (!now->nodes.contains(id)) transport->Disconnect(id);
    }
    for (const auto& [id, node] : now->nodes) {
      if (id == now->local_id) continue;
      const auto known = before->nodes.find(id);
      const bool as_before = known != before->nodes.end() &&
                             known->second.incarnation == node.incarnation &&
                             known->second.transport_address == node.transport_address;
      if (!as_before) transport->Connect(id, node.transport_address, node.incarnation);
    }
  }

  Options options;
  std::shared_ptr<cluster::nats::Connection> connection;
  std::unique_ptr<cluster::nats::NatsMetadataStore> metadata;
  std::unique_ptr<cluster::nats::NatsHeartbeats> board;
  std::unique_ptr<transport::Transport> transport;
  cluster::ClusterService* cluster = nullptr;  // once joined
  std::unique_ptr<cluster::Members> members;
};

ClusterMember::ClusterMember(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClusterMember::~ClusterMember() = default;

Result<std::optional<ClusterMember::Options>> ClusterMember::Plan(const Settings& settings) {
  Options options;
  options.nats.urls = settings.String("cluster.nats.url");
  if (options.nats.urls.empty()) return std::optional<Options>();
  options.nats.cluster_name = settings.String("cluster.name");
  ASSIGN_OR_RETURN(const auto replicas, settings.Int("cluster.nats.replicas", 1, 5));
  ASSIGN_OR_RETURN(const auto timeout, settings.Time("cluster.nats.timeout"));
  options.nats.replicas = static_cast<int>(replicas);
  options.nats.timeout = std::chrono::milliseconds(timeout.millis());
  options.nats.credentials_file = settings.String("cluster.nats.credentials");
  options.nats.tls_ca_file = settings.String("cluster.nats.ca");
  options.nats.tls_certificate_file = settings.String("cluster.nats.certificate");
  options.nats.tls_key_file = settings.String("cluster.nats.key");

  ASSIGN_OR_RETURN(const auto port, settings.Int("transport.port", 0, 65535));
  ASSIGN_OR_RETURN(const auto lease, settings.Time("tasks.peer_lease"));
  options.transport.cluster = options.nats.cluster_name;
  options.transport.host = settings.String("network.host");
  options.transport.port = static_cast<std::uint16_t>(port);
  options.transport.lease_millis = lease.millis();
  const auto must_be = [&](const std::string& name, std::string_view what) {
    return base::IllegalArgument("[" + name + "] must be " + std::string(what) + ", but was [" +
                                 settings.String(name) + "]");
  };
  if (lease.millis() < 2000 || lease.millis() > 600'000)
    return must_be("tasks.peer_lease", "at least 2s, four beats, and at most 10m");
  if (timeout.millis() < 100) return must_be("cluster.nats.timeout", "at least 100ms");
  RETURN_IF_ERROR(CheckFiles(settings, {"cluster.nats.certificate", "cluster.nats.key"}));
  for (const char* const alone : {"cluster.nats.ca", "cluster.nats.credentials"})
    RETURN_IF_ERROR(CheckFiles(settings, {alone}));
  RETURN_IF_ERROR(CheckFiles(settings, {"plugins.security.ssl.transport.pemcert_filepath",
                                        "plugins.security.ssl.transport.pemkey_filepath",
                                        "plugins.security.ssl.transport.pemtrustedcas_filepath"}));
  constexpr std::string_view kTls = "plugins.security.ssl.transport.";
  const auto tls = [&](std::string_view name) {
    return settings.String(std::string(kTls) + std::string(name));
  };
  options.transport.tls = {.certificate_file = tls("pemcert_filepath"),
                           .key_file = tls("pemkey_filepath"),
                           .authority_file = tls("pemtrustedcas_filepath"),
                           .server_name = tls("server_name")};

  ASSIGN_OR_RETURN(const auto dead_after, settings.Time("cluster.members.dead_after"));
  if (dead_after.millis() < 3000)
    return must_be("cluster.members.dead_after", "at least 3s, three beats");
  options.members.dead_after_nanos = dead_after.nanos();
  options.members.on_duplicate = GoDown;
  return std::optional(std::move(options));
}

Result<std::unique_ptr<ClusterMember>> ClusterMember::Open(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  ASSIGN_OR_RETURN(impl->connection, cluster::nats::Connection::Connect(impl->options.nats));
  ASSIGN_OR_RETURN(impl->metadata, cluster::nats::NatsMetadataStore::Open(impl->connection));
  ASSIGN_OR_RETURN(impl->board, cluster::nats::NatsHeartbeats::Open(impl->connection));
  return std::unique_ptr<ClusterMember>(new ClusterMember(std::move(impl)));
}

cluster::MetadataStore& ClusterMember::metadata() { return *impl_->metadata; }

Result<std::uint16_t> ClusterMember::Listen(const Place& place) {
  transport::LocalNode node = place.node;
  node.is_member = [&cluster = place.cluster](const std::string& id, std::uint64_t incarnation) {
    const cluster::StatePtr state = cluster.state();
    const auto found = state->nodes.find(id);
    return found != state->nodes.end() && found->second.incarnation == incarnation;
  };
  ASSIGN_OR_RETURN(impl_->transport,
                   transport::Transport::Listen(std::move(node), impl_->options.transport));
  impl_->cluster = &place.cluster;
  // Safe: the node stops the cluster's service before its member.
  place.cluster.Listen([this](const cluster::StatePtr& before, const cluster::StatePtr& now) {
    impl_->OnState(before, now);
  });
  return impl_->transport->port();
}

Status ClusterMember::Join(const Place& place, const std::string& cluster_name,
                           const cluster::NodeInfo& local) {
  ASSIGN_OR_RETURN(std::string mark, ReadMark(place.directory));
  if (place.accepted_losses.contains("cluster/" + mark)) {
    base::log::Warn("cluster", "loss of the cluster was accepted by the operator",
                    {{"cluster_uuid", mark}});
    mark.clear();
  }
  const auto before = [&](const ClusterState& state) -> Result<std::vector<IndexPtr>> {
    RETURN_IF_ERROR(CheckCluster(place.directory, mark, state));
    RETURN_IF_ERROR(
        cluster::Members::CheckUnique(*impl_->board, state, local, impl_->options.members));
    if (!mark.empty()) return std::vector<IndexPtr>();
    return Brought(place.own_metadata);
  };
  tasks::TaskRegistry& registry = place.node.registry;
  const auto join = [&](tasks::TaskContext& task) {
    return place.cluster.Join(task, cluster_name, local, before);
  };
  RETURN_IF_ERROR(RunInBackground(registry, kJoin, join));
  if (mark.empty())
    RETURN_IF_ERROR(
        base::WriteFileAtomically(MarkOf(place.directory), place.cluster.state()->cluster_uuid));
  impl_->members = std::make_unique<cluster::Members>(place.cluster, *impl_->board, registry,
                                                      impl_->options.members);
  impl_->members->Start();
  return {};
}

void ClusterMember::Leave(const Place& place) {
  if (impl_->members) impl_->members->Stop();
  // Safe: RunInBackground() returns when this has run.
  const Status left = RunInBackground(place.node.registry, kLeave, [&](tasks::TaskContext& task) {
    return place.cluster.Leave(task);
  });
  if (!left.ok())
    base::log::Warn("cluster", "left without a word: the others will notice", {{"error", left}});
}

void ClusterMember::Stop() {
  if (impl_->transport) impl_->transport->Stop();
}

transport::RemotePeer* ClusterMember::Find(const std::string& node_id) const {
  if (!impl_->cluster || !impl_->cluster->state()->nodes.contains(node_id)) return nullptr;
  return impl_->transport->Find(node_id);
}

Status CheckMayBeAlone(const DataDirectory& directory) {
  ASSIGN_OR_RETURN(const std::string mark, ReadMark(directory));
  if (mark.empty()) return {};
  return base::IllegalArgument("the data directory [" + directory.path() +
                               "] belongs to a cluster of several nodes, [" + mark +
                               "]; set [cluster.nats.url] to its nats-server");
}

}  // namespace server
