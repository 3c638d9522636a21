#include "server/node_process.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "actions/disk/disk_watch.h"
#include "actions/live_settings.h"
#include "actions/moves/mover.h"
#include "actions/node.h"
#include "actions/tasks_results/result_retention.h"
#include "actions/tasks_stream/feed.h"
#include "base/ids.h"
#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/log.h"
#include "base/text/memory_size.h"
#include "base/text/strings.h"
#include "cluster/node_attributes.h"
#include "cluster/settings/cluster_settings.h"
#include "journal/committer.h"
#include "rest/router.h"
#include "server/cluster_member.h"
#include "server/data_directory.h"
#include "server/embedded_metadata_store.h"
#include "server/guard_settings.h"
#include "server/internal/descriptors.h"
#include "server/internal/disk_space.h"
#include "server/internal/gate.h"
#include "server/internal/shared_settings.h"
#include "server/register.h"
#include "server/store_keeper.h"
#include "tasks/id_blocks.h"

namespace server {

using base::Result;
using base::Status;

namespace {

constexpr std::int64_t kStopBudgetMillis = 10'000;
// Within it, how long tasks may wait for what other nodes confirm.
constexpr std::int64_t kConfirmBudgetMillis = 1000;

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "quell-node";
  return name;
}

// The own node, and those of the cluster if there are others.
class NodePeers final : public actions::Peers {
 public:
  NodePeers(tasks::Peer& self, const ClusterMember* member) : self_(self), member_(member) {}
  tasks::Peer* Find(const std::string& node_id) override {
    if (node_id == self_.node_id()) return &self_;
    return member_ ? member_->Find(node_id) : nullptr;
  }
  tasks::Peer* FindForCopies(const std::string& node_id) override {
    if (node_id == self_.node_id()) return &self_;
    transport::RemotePeer* const peer = member_ ? member_->Find(node_id) : nullptr;
    return peer ? &peer->Copies() : nullptr;
  }

 private:
  tasks::Peer& self_;
  const ClusterMember* const member_;  // null: alone
};

constexpr int kMaxHttpThreads = 32;  // each has four descriptors

int Cores() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

tasks::ThreadPool::Options PoolOptions(const std::string& name, std::int64_t threads,
                                       std::int64_t queue) {
  return {.name = name,
          .runs = tasks::ThreadPool::Runs::kLeaves,
          .threads = threads == 0 ? Cores() : static_cast<int>(threads),
          .queue = static_cast<std::size_t>(queue)};
}

// Every setting that is used, checked before anything is made.
struct Plan {
  actions::NodeSettings node;
  tasks::CancelMetrics::Late late;
  rest::http::ServerOptions http;
  std::optional<rest::guard::CrossSiteGuard::Rules> guard;  // always there in the end
  journal::NodeStore::Options store;
  std::vector<tasks::ThreadPool::Options> pools;
  std::string host, name, cluster_name;
  std::set<std::string> accepted_losses;
  std::uint64_t max_management_content_length = 0;
  std::uint16_t http_port = 0, transport_port = 0;
  std::vector<std::string> roles;  // sorted
  std::map<std::string, std::string> attributes;
  std::optional<ClusterMember::Options> member;  // null: alone
};

Status PlanPools(const Settings& settings, Plan& plan) {
  ASSIGN_OR_RETURN(const auto coordinators, settings.Int("thread_pool.coordinator.size", 1, 4096));
  ASSIGN_OR_RETURN(const auto coordinator_queue,
                   settings.Int("thread_pool.coordinator.queue_size", 1, 1'000'000));
  ASSIGN_OR_RETURN(const auto writers, settings.Int("thread_pool.write.size", 0, 1024));
  ASSIGN_OR_RETURN(const auto write_queue,
                   settings.Int("thread_pool.write.queue_size", 1, 1'000'000));
  ASSIGN_OR_RETURN(const auto getters, settings.Int("thread_pool.get.size", 0, 1024));
  plan.pools.push_back(PoolOptions("coordinator", coordinators, coordinator_queue));
  plan.pools.back().runs = tasks::ThreadPool::Runs::kCoordinators;
  plan.pools.push_back(PoolOptions("write", writers, write_queue));
  plan.pools.push_back(PoolOptions("get", getters, 1000));
  plan.pools.push_back(PoolOptions("generic", 4, 1000));
  plan.pools.push_back(PoolOptions("management", 2, 10'000));
  plan.pools.push_back(PoolOptions("tasks", 2, 10'000));
  plan.pools.back().turns = base::Turns::kShort;
  for (const auto& pool : plan.pools)
    plan.node.pool_bounds[pool.name] = {pool.threads, static_cast<std::int64_t>(pool.queue)};
  return {};
}

Status PlanHttp(const Settings& settings, Plan& plan) {
  ASSIGN_OR_RETURN(const auto length, settings.Size("http.max_content_length"));
  ASSIGN_OR_RETURN(const auto head, settings.Size("http.max_header_size"));
  ASSIGN_OR_RETURN(const auto line, settings.Size("http.max_initial_line_length"));
  ASSIGN_OR_RETURN(const auto level, settings.Int("http.compression_level", 0, 9));
  ASSIGN_OR_RETURN(const auto workers, settings.Int("http.netty.worker_count", 0, kMaxHttpThreads));
  ASSIGN_OR_RETURN(const auto http_port, settings.Int("http.port", 0, 65535));
  ASSIGN_OR_RETURN(const auto transport_port, settings.Int("transport.port", 0, 65535));
  plan.http.max_content_length = static_cast<std::uint64_t>(length.bytes());
  plan.http.max_header_size = static_cast<std::size_t>(head.bytes());
  plan.http.max_initial_line_length = static_cast<std::size_t>(line.bytes());
  plan.http.compression_level = static_cast<int>(level);
  plan.http.io_threads =
      workers == 0 ? std::clamp<int>(Cores() / 2, 2, kMaxHttpThreads) : static_cast<int>(workers);
  ASSIGN_OR_RETURN(const auto management, settings.Size("http.max_management_content_length"));
  plan.max_management_content_length = static_cast<std::uint64_t>(management.bytes());
  plan.http_port = static_cast<std::uint16_t>(http_port);
  plan.transport_port = static_cast<std::uint16_t>(transport_port);
  plan.node.max_content_length = plan.http.max_content_length;
  plan.host = settings.String("network.host");
  ASSIGN_OR_RETURN(const bool insecure, settings.Bool("security.allow_insecure"));
  if (!IsLoopback(plan.host) && !insecure)
    return base::IllegalArgument(
        "[network.host] is [" + plan.host +
        "]: off loopback a node needs TLS and authentication, which this version does not have; "
        "put a proxy before it, or set [security.allow_insecure] to true");
  return {};
}

Status PlanTaskCancellation(const Settings& settings, Plan& plan) {
  constexpr std::int64_t kDay = 86'400'000;
  ASSIGN_OR_RETURN(plan.late.counted, settings.Bool("task_cancellation.enabled"));
  ASSIGN_OR_RETURN(const auto millis, settings.Int("task_cancellation.duration_millis", 0, kDay));
  plan.late.after_nanos = millis * 1'000'000;
  ASSIGN_OR_RETURN(plan.node.task_cancellation_interval_millis,
                   settings.Int("task_cancellation.interval_millis", 1, kDay));
  return {};
}

Status PlanMemory(const Settings& settings, Plan& plan) {
  const auto read = [&settings](std::string_view name) -> Result<std::int64_t> {
    ASSIGN_OR_RETURN(const auto bytes,
                     base::ParseMemorySize(settings.String(name), name, base::HalfOfMemory()));
    return bytes < 0 ? tasks::MemoryAccount::kUnlimited : bytes;
  };
  ASSIGN_OR_RETURN(plan.node.memory.total, read(cluster::keys::kTotalBreaker));
  ASSIGN_OR_RETURN(plan.node.memory.request, read(cluster::keys::kRequestBreaker));
  ASSIGN_OR_RETURN(plan.node.memory.in_flight_requests, read(cluster::keys::kInFlightBreaker));
  return {};
}

Result<std::vector<std::string>> PlanRoles(const Settings& settings) {
  static constexpr std::array<std::string_view, 4> kRoles = {"cluster_manager", "data", "ingest",
                                                             "remote_cluster_client"};
  std::vector<std::string> roles;
  for (const std::string_view text : base::SplitList(settings.String("node.roles"))) {
    const std::string_view role = base::TrimAscii(text);
    if (role.empty()) continue;
    if (std::ranges::find(kRoles, role) == kRoles.end())
      return base::IllegalArgument("unknown role [" + std::string(role) +
                                   "] in [node.roles], there are cluster_manager, data, ingest and "
                                   "remote_cluster_client");
    roles.emplace_back(role);
  }
  std::ranges::sort(roles);
  return roles;
}

Result<Plan> PlanFrom(const Settings& settings) {
  Plan plan;
  RETURN_IF_ERROR(base::log::SetLevel(settings.String("logger.level")));
  ASSIGN_OR_RETURN(plan.node.shared, PlanShared(settings));  // first: its errors name the setting
  RETURN_IF_ERROR(PlanPools(settings, plan));
  RETURN_IF_ERROR(PlanHttp(settings, plan));
  RETURN_IF_ERROR(PlanTaskCancellation(settings, plan));
  RETURN_IF_ERROR(PlanMemory(settings, plan));
  ASSIGN_OR_RETURN(const auto cache, settings.Size("store.block_cache"));
  ASSIGN_OR_RETURN(const auto buffer, settings.Size("store.write_buffer"));
  ASSIGN_OR_RETURN(const auto fanout, settings.Time("tasks.fanout_timeout"));
  ASSIGN_OR_RETURN(const auto list, settings.Time("tasks.list_timeout"));
  ASSIGN_OR_RETURN(const auto min_running, settings.Time("tasks.history.min_running_time"));
  ASSIGN_OR_RETURN(const auto retention, settings.Time("tasks.result_retention"));
  ASSIGN_OR_RETURN(const auto readers, settings.Int("tasks.stream.max_readers", 0, 1'000'000));
  plan.node.stream_max_readers = static_cast<std::size_t>(readers);
  plan.node.result_retention_millis = retention.millis();
  ASSIGN_OR_RETURN(plan.node.auto_create_index, settings.Bool("action.auto_create_index"));
  ASSIGN_OR_RETURN(plan.node.destructive_requires_name,
                   settings.Bool("action.destructive_requires_name"));
  const std::string& format = settings.String("tasks.cancel.status_format");
  const auto status_format = actions::ParseStatusFormat(format);
  if (!status_format)
    return base::IllegalArgument(
        "[tasks.cancel.status_format] must be auto, string, object or none, but was [" + format +
        "]");
  plan.node.cancel_status_format = *status_format;
  plan.node.data_path = settings.String("path.data");
  plan.node.fanout_timeout_millis = fanout.millis();
  plan.node.list_timeout_millis = list.millis();
  plan.node.history_min_running_millis = min_running.millis();
  plan.store.path = plan.node.data_path + "/store";
  plan.store.block_cache_bytes = static_cast<std::size_t>(cache.bytes());
  plan.store.write_buffer_bytes = static_cast<std::size_t>(buffer.bytes());
  plan.node.memory.store = static_cast<std::int64_t>(plan.store.MemoryBytes());
  plan.node.write_buffer_bytes = buffer.bytes();
  for (const std::string& loss : base::SplitList(settings.String("node.accept_loss")))
    plan.accepted_losses.insert(std::string(base::TrimAscii(loss)));
  plan.name = settings.String("node.name");
  if (plan.name.empty()) plan.name = HostName();
  plan.cluster_name = settings.String("cluster.name");
  ASSIGN_OR_RETURN(plan.roles, PlanRoles(settings));
  plan.attributes = settings.NodeAttributes();
  ASSIGN_OR_RETURN(plan.guard, PlanGuard(settings, {plan.host, plan.name, HostName()}));
  ASSIGN_OR_RETURN(plan.member, ClusterMember::Plan(settings));
  plan.node.shown = settings.Shown();
  plan.node.shown["node.name"] = plan.name;
  return plan;
}

struct Ports {
  std::uint16_t http = 0, transport = 0;
};

cluster::NodeInfo LocalNode(const Plan& plan, const std::string& id, const Ports& ports,
                            std::uint64_t incarnation) {
  cluster::NodeInfo node;
  node.id = id;
  node.name = plan.name;
  node.host = node.ip = plan.host;
  node.transport_address = plan.host + ":" + std::to_string(ports.transport);
  node.http_address = plan.host + ":" + std::to_string(ports.http);
  node.roles = plan.roles;
  node.attributes = plan.attributes;
  node.attributes.insert_or_assign(std::string(cluster::kShardIndexingPressureAttribute), "true");
  node.incarnation = incarnation;
  return node;
}

}  // namespace

// In the order of their making; destroyed in reverse.
struct NodeProcess::Impl {
  Impl(Plan plan_in, std::unique_ptr<journal::DiskRoom> room_in, DataDirectory directory_in,
       std::unique_ptr<tasks::IdBlocks> ids_in, std::unique_ptr<journal::NodeStore> store_in,
       std::unique_ptr<tasks::ResultSpool> spool_in, std::unique_ptr<ClusterMember> member_in);
  ~Impl();
  Status Start();
  Status JoinOrBeAlone();
  ClusterMember::Place Place() {
    return {
        directory, {registry, action_table, loop, disk}, cluster, metadata, plan.accepted_losses};
  }

  const Plan plan;
  tasks::MemoryAccount memory{plan.node.memory};
  const std::uint64_t incarnation = base::RandomUint64();
  base::Clock& clock = base::Clock::System();
  const std::unique_ptr<journal::DiskRoom> room;
  DataDirectory directory;
  std::unique_ptr<tasks::IdBlocks> ids;
  std::unique_ptr<journal::NodeStore> store;
  tasks::Loop loop{clock}, disk{clock};
  tasks::CancelMetrics metrics{plan.late};
  tasks::History history;
  actions::tasks_stream::Feed stream{clock};
  tasks::TaskRegistry registry;
  tasks::ThreadPool coordinator, write, get, generic, management, task_pool;
  tasks::ActionTable action_table;
  tasks::LocalPeer self;
  EmbeddedMetadataStore metadata;
  const std::unique_ptr<ClusterMember> member;  // null: alone
  NodePeers peers;
  cluster::ClusterService cluster;
  actions::ShardTable shards;
  std::unique_ptr<tasks::ResultSpool> spool;
  tasks::AfterEnd after_end;
  actions::Node node;
  StoreKeeper keeper;
  actions::moves::Mover mover;
  std::optional<actions::tasks_results::ResultRetention> retention;
  std::optional<actions::disk::DiskWatch> disk_watch;
  rest::Router router;
  Gate gate{router};
  rest::guard::CrossSiteGuard guard{gate, *plan.guard, clock};
  rest::http::Server http;
  Ports ports;
};

NodeProcess::Impl::Impl(Plan plan_in, std::unique_ptr<journal::DiskRoom> room_in,
                        DataDirectory directory_in, std::unique_ptr<tasks::IdBlocks> ids_in,
                        std::unique_ptr<journal::NodeStore> store_in,
                        std::unique_ptr<tasks::ResultSpool> spool_in,
                        std::unique_ptr<ClusterMember> member_in)
    : plan(std::move(plan_in)),
      room(std::move(room_in)),
      directory(std::move(directory_in)),
      ids(std::move(ids_in)),
      store(std::move(store_in)),
      history({.path = directory.path() + "/task_history.jsonl",
               .min_running_millis = plan.node.history_min_running_millis},
              clock),
      registry({.node_id = directory.node_id(),
                .incarnation = incarnation,
                .max_header_bytes = plan.http.max_header_size,
                .clock = &clock,
                .ids = ids.get(),
                .loop = &loop,
                .history = &history,
                .metrics = &metrics,
                .memory = &memory,
                .observer = &stream}),
      coordinator(plan.pools[0], loop),
      write(plan.pools[1], loop),
      get(plan.pools[2], loop),
      generic(plan.pools[3], loop),
      management(plan.pools[4], loop),
      task_pool(plan.pools[5], loop),
      self(registry, action_table, loop),
      metadata(*store),
      member(std::move(member_in)),
      peers(self, member.get()),
      cluster(member ? member->metadata() : metadata, clock),
      shards(*store, registry, loop, clock),
      spool(std::move(spool_in)),
      after_end(registry, coordinator, spool.get()),
      node{.settings = plan.node,
           .clock = clock,
           .registry = registry,
           .action_table = action_table,
           .loop = loop,
           .disk = disk,
           .history = history,
           .metrics = metrics,
           .pools = {coordinator, write, get, generic, management, task_pool},
           .peers = peers,
           .cluster = cluster,
           .store = *store,
           .shards = shards,
           .stream = stream,
           .after_end = &after_end},
      keeper(node, directory.ledger(), member ? nullptr : &metadata),
      mover(node),
      router({.max_content_length = plan.http.max_content_length,
              .max_management_content_length = plan.max_management_content_length,
              .memory = &memory}),
      http(guard, plan.http) {}

Status NodeProcess::Impl::Start() {
  // Others may call as soon as the transport listens. They take this refusal for a node that is not
  // there yet, and try again.
  action_table.HoldBack({503, "node_not_connected_exception",
                         "[" + plan.name + "] is starting and has no cluster state yet"});
  // Safe: the table is destroyed after the service, which runs this.
  cluster.WhenApplied(1, [this] { action_table.Open(); });
  RegisterActions(node, http, router);
  AddRoutes(router, node);
  ASSIGN_OR_RETURN(ports.http, http.Start(plan.host, plan.http_port));
  shards.UseCluster(cluster);
  shards.UseLedger(directory.ledger());
  cluster.Discard(plan.accepted_losses);
  // Safe: the destructor leaves the cluster first, which ends these calls.
  cluster.Listen([this](const cluster::StatePtr& before, const cluster::StatePtr& now) {
    shards.OnState(before, now);
    mover.OnState(now);
    memory.SetLimits(actions::MemoryLimits(plan.node, *now));
    history.SetMinRunning(actions::HistoryMinRunningMillis(plan.node, *now));
  });
  RETURN_IF_ERROR(JoinOrBeAlone());
  retention.emplace(node);
  keeper.Start();
  disk_watch.emplace(node, *room, actions::disk::DiskWatch::Options());
  gate.Open();
  base::log::Info("server", "started",
                  {{"node", plan.name},
                   {"node_id", directory.node_id()},
                   {"http", plan.host + ":" + std::to_string(ports.http)},
                   {"data", plan.node.data_path}});
  return {};
}

Status NodeProcess::Impl::JoinOrBeAlone() {
  ports.transport = plan.transport_port;
  if (member) {
    ASSIGN_OR_RETURN(ports.transport, member->Listen(Place()));
  }
  const auto local = LocalNode(plan, directory.node_id(), ports, incarnation);
  cluster.Introduce(plan.cluster_name, local);
  gate.OpenEarly();
  if (member) return member->Join(Place(), plan.cluster_name, local);
  RETURN_IF_ERROR(CheckMayBeAlone(directory));
  RETURN_IF_ERROR(StoreKeeper::CheckMetadata(directory.ledger(), metadata, plan.accepted_losses));
  return cluster.Start(plan.cluster_name, local);
}

NodeProcess::Impl::~Impl() {
  if (disk_watch) disk_watch->Stop();
  if (member) member->Leave(Place());
  registry.StopAll("node is shutting down");
  stream.Stop();
  http.Stop();
  keeper.BeginStop();
  shards.Stop();
  if (member) {
    registry.WaitUntilEmpty(kConfirmBudgetMillis);
    member->Stop();
  }
  if (!registry.WaitUntilEmpty(kStopBudgetMillis - kConfirmBudgetMillis))
    base::log::Warn("server", "tasks were left at shutdown", {{"count", registry.size()}});
  for (tasks::ThreadPool* pool : {&coordinator, &write, &get, &generic, &management, &task_pool})
    pool->Stop();
  store->committer().Drain();  // what goes on behind it uses us
  mover.Stop();
  disk.Stop();
  keeper.Stop();
  loop.Stop();
  history.Flush();
}

Result<std::unique_ptr<NodeProcess>> NodeProcess::Start(const Settings& settings) {
  RETURN_IF_ERROR(base::log::Init({.file = settings.String("logger.file")}));
  if (!settings.file().empty()) base::log::Info("server", "settings", {{"file", settings.file()}});
  ASSIGN_OR_RETURN(Plan plan, PlanFrom(settings));
  ASSIGN_OR_RETURN(const Descriptors descriptors, Descriptors::Raise());
  plan.store.max_open_files = descriptors.store_files;
  plan.http.max_connections = descriptors.http_connections;
  ASSIGN_OR_RETURN(DataDirectory directory,
                   DataDirectory::Open(plan.node.data_path, plan.accepted_losses));
  ASSIGN_OR_RETURN(auto room, PrepareDisk(plan.node.data_path, plan.store));
  ASSIGN_OR_RETURN(auto ids, tasks::OpenIdBlocks(directory.path() + "/task_numbers"));
  ASSIGN_OR_RETURN(auto store, journal::NodeStore::Open(plan.store));
  ASSIGN_OR_RETURN(auto spool,
                   tasks::ResultSpool::Open({.directory = directory.path() + "/task_results"}));
  std::unique_ptr<ClusterMember> member;
  if (plan.member) {
    ASSIGN_OR_RETURN(member, ClusterMember::Open(*plan.member));
  }
  auto impl =
      std::make_unique<Impl>(std::move(plan), std::move(room), std::move(directory), std::move(ids),
                             std::move(store), std::move(spool), std::move(member));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<NodeProcess>(new NodeProcess(std::move(impl)));
}

NodeProcess::NodeProcess(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeProcess::~NodeProcess() = default;

std::uint16_t NodeProcess::http_port() const { return impl_->ports.http; }

}  // namespace server
