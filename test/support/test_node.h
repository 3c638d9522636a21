// test/support/test_node.h
//
// A node as server/ makes it, without HTTP: the real store in a directory of its own, real pools,
// loop, registry and cluster service. Only the cluster's metadata is in memory.
//
// Lifetime: taken down in order by its destructor, which stops what still runs. Threads: its own.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "actions/node.h"
#include "actions/tasks_stream/feed.h"
#include "journal/committer.h"
#include "support/memory_metadata_store.h"
#include "support/temp_dir.h"

namespace test {

class TestNode final : public actions::Peers {
 public:
  // Changed before Start().
  struct Options {
    actions::NodeSettings settings = {};
    tasks::CancelMetrics::Late late = {};
    int write_threads = 2;
    int coordinator_threads = 16;
    std::size_t queue = 1000;
    std::string node_id = "node-a";
    std::string name = "opensearch-node1";
    MemoryMetadataStore* shared = nullptr;  // of several nodes; null: it is alone
    journal::DiskRoom* room = nullptr;      // of the store; null: there is enough
  };

  explicit TestNode(Options options) : options_(WithDirectory(std::move(options), dir_.path())) {}
  TestNode() : TestNode(Options()) {}
  ~TestNode() override { Stop(); }

  // After the actions have been registered on `node`.
  void Start() {
    stream.Use(node);
    shards.UseCluster(cluster);
    cluster.Listen([this](const cluster::StatePtr& before, const cluster::StatePtr& now) {
      std::lock_guard lock(listening_mutex_);
      if (!listening_) return;
      shards.OnState(before, now);
      if (also_told) also_told(now);
    });
    cluster::NodeInfo local;
    local.id = options_.node_id;
    local.name = options_.name;
    local.host = local.ip = "127.0.0.1";
    if (options_.shared) local.transport_address = "127.0.0.1:9300";
    local.roles = {"cluster_manager", "data", "ingest", "remote_cluster_client"};
    if (!options_.shared) {
      if (!cluster.Start("test", local).ok()) std::abort();
      return;
    }
    auto task = registry.Register({.action = "internal:cluster/nodes/join"});
    const base::Status joined = cluster.Join(**task, "test", local, {});
    (*std::move(task)).Finish(tasks::End(joined));
    if (!joined.ok()) std::abort();
  }

  void Stop() {
    {
      std::lock_guard lock(listening_mutex_);  // another node may just have changed something
      listening_ = false;
    }
    registry.StopAll("node is shutting down");
    stream.Stop();
    shards.Stop();
    if (!registry.WaitUntilEmpty(30'000)) std::abort();
    for (tasks::ThreadPool* pool : {&coordinator, &write, &get, &generic, &management, &task_pool})
      pool->Stop();
    store->committer().Drain();  // what goes on behind it uses us
    loop.Stop();
  }

  tasks::Peer* Find(const std::string& node_id) override {
    if (peer_instead) return peer_instead;
    if (const auto other = others.find(node_id); other != others.end()) return other->second;
    return node_id == options_.node_id ? &self : nullptr;
  }

  void CreateIndex(const std::string& name, int number_of_shards = 1,
                   std::map<std::string, std::string> settings = {},
                   std::map<std::string, std::string> aliases = {}) {
    auto task = registry.Register({.action = "indices:admin/create"});
    cluster::CreateIndexRequest request;
    request.name = name;
    request.aliases = std::move(aliases);
    settings["index.number_of_shards"] = std::to_string(number_of_shards);
    request.settings = std::move(settings);
    const base::Status created = cluster.CreateIndex(**task, request).status();
    (*std::move(task)).Finish(tasks::End(created));
    if (!created.ok()) std::abort();
  }
  void DeleteIndex(const std::string& name) {
    auto task = registry.Register({.action = "indices:admin/delete"});
    const base::Status deleted = cluster.DeleteIndices(**task, {name});
    (*std::move(task)).Finish(tasks::End(deleted));
    if (!deleted.ok()) std::abort();
  }

  std::vector<std::shared_ptr<engine::Shard>> ShardsOf(const std::string& index) {
    const auto found = cluster.state()->FindIndex(index);
    return found ? shards.OfIndex(found->uuid) : std::vector<std::shared_ptr<engine::Shard>>();
  }
  std::int64_t Documents(const std::string& index) {
    std::int64_t documents = 0;
    for (const auto& shard : ShardsOf(index)) documents += shard->live_documents();
    return documents;
  }

  // Client tasks that are alive, all of them if `action` is empty.
  std::vector<tasks::TaskPtr> Tasks(const std::string& action = {}) {
    tasks::TaskFilter filter;
    if (!action.empty()) filter.actions = {action};
    tasks::TaskRegistry::Cursor cursor;
    return registry.NextPage(cursor, filter);
  }
  tasks::TaskPtr WaitForTask(const std::string& action) {
    for (;;) {
      if (const auto found = Tasks(action); !found.empty()) return found.front();
      std::this_thread::yield();
    }
  }
  // A stop that is on its way down has come to all tasks of that action.
  void WaitUntilCancelled(const std::string& action) {
    for (const tasks::TaskPtr& task : Tasks(action)) {
      while (!task->cancelled()) std::this_thread::yield();
    }
  }
  // No task is alive and those who wait for one have been told.
  void WaitUntilNothingRuns() {
    while (!registry.WaitUntilEmpty(1000)) {
    }
  }

 private:
  static Options WithDirectory(Options options, const std::string& path) {
    options.settings.data_path = path;
    return options;
  }
  tasks::ThreadPool::Options Pool(const char* name, int threads) const {
    return {.name = name, .threads = threads, .queue = options_.queue};
  }
  static std::unique_ptr<journal::NodeStore> OpenStore(const std::string& path,
                                                       journal::DiskRoom* room) {
    journal::NodeStore::Options store_options;
    store_options.path = path + "/store";
    store_options.room = room;
    auto opened = journal::NodeStore::Open(store_options);
    if (!opened.ok()) std::abort();
    return *std::move(opened);
  }

  TempDir dir_;
  const Options options_;
  std::mutex listening_mutex_;
  bool listening_ = true;  // guarded by listening_mutex_

 public:
  base::Clock& clock = base::Clock::System();
  std::unique_ptr<journal::NodeStore> store = OpenStore(dir_.path(), options_.room);
  tasks::Loop loop{clock}, disk{clock};
  tasks::CancelMetrics metrics{options_.late};
  tasks::History history{{.min_running_millis = 0}, clock};
  actions::tasks_stream::Feed stream{clock};
  tasks::MemoryAccount memory;
  tasks::TaskRegistry registry{{.node_id = options_.node_id,
                                .clock = &clock,
                                .loop = &loop,
                                .history = &history,
                                .metrics = &metrics,
                                .memory = &memory,
                                .observer = &stream}};
  tasks::ThreadPool coordinator{{.name = "coordinator",
                                 .runs = tasks::ThreadPool::Runs::kCoordinators,
                                 .threads = options_.coordinator_threads,
                                 .queue = options_.queue},
                                loop};
  tasks::ThreadPool write{Pool("write", options_.write_threads), loop};
  tasks::ThreadPool get{Pool("get", 2), loop};
  tasks::ThreadPool generic{Pool("generic", 2), loop};
  tasks::ThreadPool management{Pool("management", 2), loop};
  tasks::ThreadPool task_pool{Pool("tasks", 2), loop};
  tasks::ActionTable action_table;
  tasks::LocalPeer self{registry, action_table, loop};
  tasks::Peer* peer_instead = nullptr;                      // of all nodes, if set
  std::map<std::string, tasks::Peer*> others;               // the ways to other nodes, by id
  std::function<void(const cluster::StatePtr&)> also_told;  // of each state, behind the shards
  MemoryMetadataStore metadata;
  cluster::ClusterService cluster{options_.shared ? *options_.shared : metadata, clock};
  actions::ShardTable shards{*store, registry, loop, clock};
  actions::Node node{.settings = options_.settings,
                     .clock = clock,
                     .registry = registry,
                     .action_table = action_table,
                     .loop = loop,
                     .disk = disk,
                     .history = history,
                     .metrics = metrics,
                     .pools = {coordinator, write, get, generic, management, task_pool},
                     .peers = *this,
                     .cluster = cluster,
                     .store = *store,
                     .shards = shards,
                     .stream = stream};
};

}  // namespace test
