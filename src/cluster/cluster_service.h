// cluster/cluster_service.h
//
// The cluster as this node sees it: the current state, and changes to it, one after another. Every
// change is in the MetadataStore before it is seen; those of other nodes are followed. Any node may
// change the cluster: a change made of an old state is refused by the store and made again of the
// new one (docs/design/0013).
//
// Lifetime: one a node, made by server/. Threads: any; changes wait for their turn with the stop
// token of the task that asks.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/log/throttle.h"
#include "cluster/cluster_state.h"
#include "cluster/metadata_store.h"
#include "cluster/settings/cluster_settings.h"
#include "tasks/run/loop.h"

namespace cluster {

struct CreateIndexRequest {
  std::string name;
  std::string provided_name;                    // as the client spelled it; empty: as `name`
  std::map<std::string, std::string> settings;  // ParseIndexSettings()
  std::string mappings = "{}";                  // checked by the caller with engine::Mapping
  std::map<std::string, std::string> aliases;
};

class ClusterService {
 public:
  // Told of each new state, in order, before the change is answered; not under a lock of ours that
  // state() needs. The old one first.
  using Listener = std::function<void(const StatePtr& before, const StatePtr& now)>;

  ClusterService(MetadataStore& store, const base::Clock& clock);
  ~ClusterService();

  // What state() shows of this node until Start() or Join() has read the store, which may take
  // long.
  void Introduce(std::string cluster_name, NodeInfo local);
  // A cluster of this node alone, its own manager. Reads the store; a first start makes a cluster
  // uuid. `local` is this node.
  base::Status Start(std::string cluster_name, NodeInfo local);
  // Looks at the cluster that is to be joined: refuses, or says which indices the node brings.
  using BeforeJoin = std::function<base::Result<std::vector<IndexPtr>>(const ClusterState& state)>;
  // Becomes one of several nodes that share the store. 400 if an index that it brings has the name
  // of another one. `before` may be null: it brings none.
  base::Status Join(tasks::TaskContext& task, std::string cluster_name, NodeInfo local,
                    const BeforeJoin& before);
  // Takes this node out, on its way down. Nothing is followed any more.
  base::Status Leave(tasks::TaskContext& task);

  // Before the store has been read, it is not recovered() and every change fails with
  // StateNotRecovered().
  StatePtr state() const;
  const base::Clock& clock() const { return clock_; }
  void Listen(Listener listener);  // before Start()
  // Records that are discarded at the start if they cannot be read; before Start().
  void Discard(std::set<std::string> keys) { discarded_ = std::move(keys); }

  // Reads what others have written until now. For whoever misses what somebody has heard of.
  base::Status CatchUp(tasks::TaskContext& task);
  // Runs `then` once this node has applied the store's write `sequence`: at once, or on the thread
  // that follows the store. Forget(): it will not be run, unless it is running.
  std::uint64_t WhenApplied(std::uint64_t sequence, std::function<void()> then);
  void Forget(std::uint64_t waiter);

  // Of several nodes. This node's record as it is now; again if the others took it for gone.
  base::Status PutLocal(tasks::TaskContext& task);
  // Tells the others which shards of this node could not be opened, and why.
  base::Status PutUnopened(tasks::TaskContext& task,
                           const std::map<std::string, std::string>& unopened);
  // The same of its disk_stage.
  base::Status PutDiskStage(tasks::TaskContext& task, int stage);
  // Makes this node the manager, if `instead_of` still is.
  base::Status BecomeManager(tasks::TaskContext& task, const std::string& instead_of);
  // The manager's: takes out processes that are dead. 503 if this node is not the manager.
  struct Process {
    std::string node_id;
    std::uint64_t incarnation = 0;
  };
  base::Status RemoveNodes(tasks::TaskContext& task, const std::vector<Process>& dead);

  // Any change. `mutate` changes the copy it is given and says what to write; nothing to write:
  // nothing has changed. May be asked again, of a newer state.
  using Changes = std::vector<MetadataStore::Change>;
  using Mutate = std::function<base::Result<Changes>(ClusterState&)>;
  base::Status Apply(tasks::TaskContext& task, const Mutate& mutate);

  // 400 resource_already_exists_exception, invalid_index_name_exception, validation_exception
  // (cluster.max_shards_per_node). Returns the new index.
  base::Result<IndexPtr> CreateIndex(tasks::TaskContext& task, CreateIndexRequest request);
  base::Status DeleteIndices(tasks::TaskContext& task, const std::vector<std::string>& names);
  // Replaces the index's mapping by what `merge` makes of it. With a `uuid`, that of another index
  // of this name is let alone: 404 index_not_found_exception.
  using MergeMapping = std::function<base::Result<std::string>(const IndexMetadata& index)>;
  base::Result<IndexPtr> UpdateMapping(tasks::TaskContext& task, const std::string& index,
                                       const MergeMapping& merge, std::string_view uuid = {});
  // The same of several, with one change of the cluster: all of them or none.
  base::Status UpdateMappings(tasks::TaskContext& task, const std::vector<std::string>& names,
                              const MergeMapping& merge);
  // 400 for settings that are fixed while the index is open; what is null goes back to its default.
  base::Status UpdateIndexSettings(tasks::TaskContext& task, const std::vector<std::string>& names,
                                   const SettingsUpdate& settings, bool preserve_existing);
  // The cluster's own; see ChangeSettings() in cluster_settings.h. 400, too, for watermarks that do
  // not fit to those of `own`, this node's.
  base::Status UpdateSettings(tasks::TaskContext& task, const SettingsUpdate& persistent,
                              const SettingsUpdate& transient, const OwnSettings& own = {});

 private:
  class Turn;

  base::Status Write(tasks::TaskContext& task, const StatePtr& before, ClusterState now,
                     Changes changes);
  using Look = std::function<base::Status(const ClusterState& state)>;
  // `look` (may be null) may refuse what is found, before anything is written.
  base::Status Open(std::string cluster_name, NodeInfo local, bool alone, const Look& look);
  // The following need the turn.
  base::Result<StatePtr> Load();
  base::Result<StatePtr> DiscardUnreadable(const StatePtr& loaded);
  base::Status ReadNews();
  void Publish(const StatePtr& before, const StatePtr& now);

  void Follow();  // on applier_
  void Tell(const StatePtr& before, const StatePtr& now) const;

  MetadataStore& store_;
  const base::Clock& clock_;
  std::vector<Listener> listeners_;  // constant after Start()
  std::string cluster_name_;         // constant after Start()
  NodeInfo local_;                   // constant after Start()
  bool alone_ = true;                // constant after Start()
  std::set<std::string> discarded_;  // constant after Start()
  std::mutex turn_mutex_;
  std::condition_variable_any turn_ends_;
  bool changing_ = false;  // guarded by turn_mutex_; one change at a time
  bool stale_ = false;     // of whoever's turn it is: the store may know more than we
  base::log::LogThrottle unwritten_{clock_};
  mutable std::mutex mutex_;
  StatePtr state_;  // guarded by mutex_
  struct Waiter {
    std::uint64_t sequence;
    std::function<void()> then;
  };
  std::map<std::uint64_t, Waiter> waiters_;  // guarded by mutex_
  std::uint64_t last_waiter_ = 0;            // guarded by mutex_
  std::atomic<bool> news_ = false;           // Follow() is posted
  std::string no_news_;                      // the applier's: why there were none; empty: OK
  std::unique_ptr<tasks::Loop> applier_;     // null if alone; last: works on the above
};

// 503 cluster_block_exception, in OpenSearch's words.
base::Status StateNotRecovered();

// Index names that an expression means: commas, `*`, `-exclusion` behind a wildcard, `_all`; an
// alias means its indices. 404 index_not_found_exception for a plain name that is missing, unless
// `ignore_unavailable`; for wildcards that match nothing if !allow_no_indices.
struct IndexOptions {
  bool ignore_unavailable = false;
  bool allow_no_indices = true;
  // Wildcards match names of indices only, and an alias is a name that is unavailable (400): for
  // operations that delete indices or give them aliases.
  bool ignore_aliases = false;
  std::string_view resource_type = "index_or_alias";
  // What wildcards mean; of neither open nor closed indices: nothing.
  bool expand_open = true;
  bool expand_closed = false;
  bool expand_hidden = false;  // the hidden among them, too
  // A closed index among those that are meant: 400 index_closed_exception, or with
  // ignore_unavailable left out.
  bool forbid_closed = false;
  const tasks::TaskContext* task = nullptr;  // whose stop ends a long look; null: none does
  std::uint64_t* looks = nullptr;            // counts the names that were looked at, for tests
};
base::Result<std::vector<std::string>> ResolveIndices(const ClusterState& state,
                                                      const std::vector<std::string>& expressions,
                                                      const IndexOptions& options);
base::Status IndexNotFound(std::string_view name, std::string_view resource_type);
// 400 index_closed_exception.
base::Status IndexClosed(const IndexMetadata& index);

}  // namespace cluster
