#include "server/store_keeper.h"

#include "base/log.h"
#include "base/text/strings.h"

namespace server {

using base::Status;

namespace {

constexpr std::int64_t kIntervalNanos = 5'000'000'000;

}  // namespace

Status StoreKeeper::CheckMetadata(journal::Ledger& ledger, cluster::MetadataStore& own_metadata,
                                  const std::set<std::string>& accepted) {
  ASSIGN_OR_RETURN(const auto contents, own_metadata.Load());
  const std::uint64_t must_be = ledger.metadata_sequence();
  if (contents.sequence >= must_be) return {};
  std::set<std::string> lost;  // each index once
  std::vector<std::uint64_t> keys;
  for (const auto& [key, shard] : ledger.shards()) {
    if (contents.records.contains("index/" + shard.index_uuid)) continue;
    lost.insert("[" + shard.index + "]");
    keys.push_back(key);
  }
  const std::string name = "metadata/" + std::to_string(must_be);
  const std::string what =
      "the store lacks metadata that were acknowledged: it must contain change [" +
      std::to_string(must_be) + "], but ends at [" + std::to_string(contents.sequence) + "]" +
      (lost.empty() ? std::string()
                    : "; lost indices: " + base::Join(std::vector(lost.begin(), lost.end()), " "));
  if (!accepted.contains(name)) {
    return base::Internal(what +
                          "; restore the data directory, or accept the loss with -E "
                          "node.accept_loss=" +
                          name);
  }
  base::log::Warn("server", "loss of metadata was accepted by the operator", {{"loss", what}});
  for (const std::uint64_t key : keys) ledger.Forget(key);
  ledger.SetMetadataSequence(contents.sequence);
  return ledger.Save();
}

void StoreKeeper::Start() {
  started_ = true;
  // Safe: the node stops its disk loop before it destroys the keeper.
  node_.disk.Post([this] { KeepAndAgain(); });
}

void StoreKeeper::KeepAndAgain() {
  Keep(node_.shards.All());
  Report();
  // Safe: as in Start().
  node_.disk.At(node_.clock.MonotonicNanos() + kIntervalNanos, [this] { KeepAndAgain(); });
}

void StoreKeeper::Keep(const std::vector<std::shared_ptr<engine::Shard>>& shards) {
  if (own_metadata_) ledger_.SetMetadataSequence(own_metadata_->sequence());
  const Status kept = node_.shards.Remember(shards);
  if (kept.reason() == failure_) return;
  failure_ = kept.reason();
  if (kept.ok())
    base::log::Info("server", "ledger is written again", {});
  else
    base::log::Warn("server", "ledger could not be written, will retry", {{"error", kept}});
}

void StoreKeeper::Report() {
  if (own_metadata_) return;  // alone: it asks its shards
  auto unopened = node_.shards.Unopened();
  if (unopened == node_.cluster.state()->local().unopened || reporting_.exchange(true)) return;
  tasks::TaskSpec spec;
  spec.action = "internal:cluster/shard/failure";
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = "it is one conditional write, bounded by the store's time-out";
  auto task = node_.registry.Register(std::move(spec));
  if (!task.ok()) return;  // the node is shutting down
  // Safe: the node stops its pools before it destroys the keeper.
  node_.pools.generic.Submit(
      *std::move(task), [this, unopened = std::move(unopened)](tasks::TaskContext& running) {
        const Status told = node_.cluster.PutUnopened(running, unopened);
        if (!told.ok())
          base::log::Warn("server", "shards that could not be opened were not reported, will retry",
                          {{"error", told}});
        reporting_ = false;
        return tasks::End(told);
      });
}

void StoreKeeper::Stop() {
  if (started_) Keep(std::exchange(last_, {}));
}

}  // namespace server
