#include "cluster/nats/nats_metadata_store.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/ids.h"
#include "cluster/nats/internal/compactor.h"
#include "cluster/nats/internal/lineage.h"
#include "cluster/nats/internal/names.h"
#include "cluster/nats/internal/watcher.h"
#include "cluster/nats/internal/write_log.h"

namespace cluster::nats {
namespace {

using internal::Published;
using internal::StoredWrite;
using internal::StreamState;
using internal::WriteLog;

// What a write may take on top of the timeout to find out what became of it.
constexpr std::chrono::milliseconds kToResolve{400};
constexpr std::chrono::milliseconds kBetweenAttempts{10};  // a server that starts refuses at once
constexpr int kLoads = 5;                                  // each lost to a compaction

}  // namespace

base::Result<std::unique_ptr<NatsMetadataStore>> NatsMetadataStore::Open(
    std::shared_ptr<Connection> connection, const Options& options) {
  std::string nudges = internal::SubjectName(connection->options().cluster_name, "nudge");
  ASSIGN_OR_RETURN(auto log, WriteLog::Open(std::move(connection)));
  return std::unique_ptr<NatsMetadataStore>(
      new NatsMetadataStore(std::move(log), std::move(nudges), options));
}

NatsMetadataStore::NatsMetadataStore(std::unique_ptr<WriteLog> log, std::string nudges,
                                     const Options& options)
    : log_(std::move(log)),
      lineage_(std::make_unique<internal::Lineage>(*log_)),
      nudges_(std::move(nudges)),
      name_(base::RandomId()),
      options_(options) {
  compactor_ = std::make_unique<internal::Compactor>(
      *log_, internal::Compactor::Options{.above_messages = options.compact_above_messages},
      [this] { Nudge("a compaction"); });
}

NatsMetadataStore::~NatsMetadataStore() { Watch(nullptr); }

base::Result<MetadataStore::Contents> NatsMetadataStore::Load() {
  for (int i = 0; i < kLoads; ++i) {
    const Deadline deadline = log_->Soon();
    ASSIGN_OR_RETURN(const auto checked, lineage_->Check(deadline));
    ASSIGN_OR_RETURN(const StreamState state, Settle(checked.connection, deadline));
    ASSIGN_OR_RETURN(auto loaded, log_->Load(state, deadline));
    if (!loaded) continue;
    RETURN_IF_ERROR(lineage_->Told(loaded->contents.sequence, loaded->last, checked.connection));
    return std::move(loaded->contents);
  }
  return log_->link().Unreachable("its log was compacted again and again while it was read");
}

base::Result<std::optional<std::vector<MetadataStore::Update>>> NatsMetadataStore::Since(
    std::uint64_t sequence) {
  const Deadline deadline = log_->Soon();
  ASSIGN_OR_RETURN(const auto checked, lineage_->Check(deadline));
  if (!checked.kept) return std::optional<std::vector<Update>>();
  ASSIGN_OR_RETURN(const StreamState state, Settle(checked.connection, deadline));
  // The answer may have come over a newer connection, from another history.
  RETURN_IF_ERROR(lineage_->Unbroken(checked.connection));
  if (state.last < sequence) return lineage_->Lacks(sequence, state);
  std::vector<Update> updates;
  if (state.last == sequence) return std::optional(std::move(updates));
  if (state.first > sequence + 1) return std::optional<std::vector<Update>>();
  internal::WriteId last{};
  ASSIGN_OR_RETURN(const bool kept, log_->Read(sequence, state.last, deadline,
                                               [&](Update update, const internal::WriteId& id) {
                                                 updates.push_back(std::move(update));
                                                 last = id;
                                               }));
  if (!kept) return std::optional<std::vector<Update>>();
  RETURN_IF_ERROR(lineage_->Told(state.last, last, checked.connection));
  return std::optional(std::move(updates));
}

base::Result<std::uint64_t> NatsMetadataStore::Write(std::uint64_t expected_sequence,
                                                     const std::vector<Change>& changes) {
  const Deadline deadline = log_->Soon();
  ASSIGN_OR_RETURN(const auto checked, lineage_->Check(deadline));
  if (!checked.kept) return WriteConflict();
  if (unknown()) RETURN_IF_ERROR(Settle(checked.connection, deadline).status());
  const StoredWrite write{
      .id = internal::NewWriteId(), .previous = expected_sequence, .changes = changes};
  const Published published = log_->Append(write, checked.connection, deadline);
  switch (published.fate) {
    case Published::Fate::kStored:
      break;
    case Published::Fate::kUnknown:
      return Resolve(write, deadline + kToResolve, published.status);
    case Published::Fate::kConflict:
    case Published::Fate::kNotStored:
      return published.status;
  }
  lineage_->Told(published.sequence, write.id, checked.connection).Ignore();
  Nudge(name_);
  compactor_->Noticed(published.sequence);
  return published.sequence;
}

base::Result<std::uint64_t> NatsMetadataStore::Resolve(const StoredWrite& write, Deadline deadline,
                                                       base::Status failure) {
  Remember(write.previous);
  while (log_->link().WaitUntilConnected(deadline) && std::chrono::steady_clock::now() < deadline) {
    const auto checked = lineage_->Check(deadline);
    if (!checked.ok()) {
      failure = checked.status();
      break;
    }
    const StoredWrite empty{
        .id = internal::NewWriteId(), .previous = write.previous, .changes = {}};
    const Published published = log_->Append(empty, checked->connection, deadline);
    if (published.fate == Published::Fate::kStored) {  // so the write never will be
      Forget(write.previous);
      Nudge("");
      return WriteConflict();
    }
    if (published.fate != Published::Fate::kConflict) {
      failure = published.status;
      std::this_thread::sleep_for(kBetweenAttempts);
      continue;
    }
    Forget(write.previous);
    const auto id = log_->IdAt(write.previous + 1, deadline);
    if (!id.ok()) {
      failure = id.status();
      break;
    }
    if (!*id) {
      failure = base::Internal("the write in question was compacted meanwhile");
      break;
    }
    if (**id != write.id) return WriteConflict();
    lineage_->Told(write.previous + 1, write.id, checked->connection).Ignore();
    Nudge(name_);
    return write.previous + 1;
  }
  return base::Status(503, "cluster_manager_not_discovered_exception",
                      "nobody knows whether this change of the cluster's metadata was made")
      .CausedBy(std::move(failure))
      .WithCode(base::Code::kOutcomeUnknown);
}

base::Result<StreamState> NatsMetadataStore::Settle(std::uint64_t connection, Deadline deadline) {
  for (;;) {
    const std::optional<std::uint64_t> expected = unknown();
    ASSIGN_OR_RETURN(StreamState state, log_->Look(deadline));
    if (!expected) return state;
    if (state.last > *expected) {
      Forget(*expected);
      continue;
    }
    const StoredWrite empty{.id = internal::NewWriteId(), .previous = *expected, .changes = {}};
    const Published published = log_->Append(empty, connection, deadline);
    if (published.fate != Published::Fate::kStored &&
        published.fate != Published::Fate::kConflict) {
      return published.status;
    }
    Forget(*expected);
    Nudge("");
  }
}

void NatsMetadataStore::Remember(std::uint64_t expected_sequence) {
  std::lock_guard lock(mutex_);
  unknown_ = std::max(unknown_.value_or(0), expected_sequence);
}

void NatsMetadataStore::Forget(std::uint64_t expected_sequence) {
  std::lock_guard lock(mutex_);
  if (unknown_ && *unknown_ <= expected_sequence) unknown_.reset();
}

std::optional<std::uint64_t> NatsMetadataStore::unknown() {
  std::lock_guard lock(mutex_);
  return unknown_;
}

void NatsMetadataStore::Watch(std::function<void()> news) {
  std::lock_guard lock(watch_mutex_);
  watcher_.reset();
  if (!news) return;
  watcher_ = std::make_unique<internal::Watcher>(
      log_->link(),
      internal::Watcher::Options{
          .subject = nudges_, .own_name = name_, .at_least_every = options_.look_every},
      std::move(news));
}

void NatsMetadataStore::Nudge(const std::string& who) {
  log_->link().Publish({.subject = nudges_, .data = who});
}

}  // namespace cluster::nats
