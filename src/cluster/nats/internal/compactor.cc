#include "cluster/nats/internal/compactor.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace cluster::nats::internal {
namespace {

constexpr std::uint64_t kMessagesPerRecord = 4;
constexpr int kAttempts = 50;  // a chunk's; each lost to a write of somebody

}  // namespace

Compactor::Compactor(WriteLog& log, Options options, std::function<void()> written)
    : log_(log), options_(options), written_(std::move(written)), thread_([this] { Run(); }) {}

Compactor::~Compactor() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Compactor::Noticed(std::uint64_t sequence) {
  if (sequence < log_.first_seen() + options_.above_messages) return;
  std::lock_guard lock(mutex_);
  if (sequence < not_before_) return;
  noticed_ = std::max(noticed_, sequence);
  changed_.notify_all();
}

bool Compactor::stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void Compactor::Run() {
  base::IntroduceThread("nats-compact");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || noticed_ > 0; });
    if (stopped_) return;
    const std::uint64_t noticed = noticed_;
    lock.unlock();
    const auto again = Compact();
    if (!again.ok()) {
      base::log::Debug("cluster", "metadata was not compacted", {{"error", again.status()}});
    }
    lock.lock();
    not_before_ = again.ok() ? *again : noticed + options_.above_messages / 4 + 1;
    noticed_ = 0;
  }
}

base::Result<std::uint64_t> Compactor::Compact() {
  const std::uint64_t connection = log_.link().connections();
  ASSIGN_OR_RETURN(const StreamState state, log_.Look(log_.Soon()));
  if (state.messages <= options_.above_messages) {
    return state.first + options_.above_messages;
  }
  ASSIGN_OR_RETURN(auto loaded, log_.Load(state, log_.Soon()));
  if (!loaded) return base::Internal("somebody else has just compacted");
  MetadataStore::Contents contents = std::move(loaded->contents);
  const std::uint64_t worth_it = kMessagesPerRecord * contents.records.size();
  if (state.messages <= worth_it) return state.first + worth_it;

  std::optional<std::string> key = "";  // none is empty
  ASSIGN_OR_RETURN(const std::uint64_t first, WriteChunk(contents, connection, &key));
  while (key) RETURN_IF_ERROR(WriteChunk(contents, connection, &key).status());
  RETURN_IF_ERROR(log_.PurgeBefore(first, log_.Soon()));
  base::log::Info("cluster", "metadata is compacted",
                  {{"messages", state.messages}, {"records", contents.records.size()}});
  return first + options_.above_messages;
}

base::Result<std::uint64_t> Compactor::WriteChunk(MetadataStore::Contents& contents,
                                                  std::uint64_t connection,
                                                  std::optional<std::string>* key) {
  const std::size_t limit = log_.max_payload() / 2;
  for (int attempt = 0; attempt < kAttempts && !stopped(); ++attempt) {
    StoredWrite chunk{.id = NewWriteId(), .previous = contents.sequence, .changes = {}};
    std::size_t size = 0;
    auto record = contents.records.upper_bound(**key);
    for (; record != contents.records.end(); ++record) {
      MetadataStore::Change change{.key = record->first, .value = record->second};
      size += EncodedSize(change);
      if (size > limit && !chunk.changes.empty()) break;
      chunk.changes.push_back(std::move(change));
    }
    const Published published = log_.Append(chunk, connection, log_.Soon());
    if (published.fate == Published::Fate::kStored) {
      contents.sequence = published.sequence;
      if (record == contents.records.end()) {
        key->reset();
      } else {
        *key = chunk.changes.back().key;
      }
      written_();
      return published.sequence;
    }
    if (published.fate != Published::Fate::kConflict) return published.status;
    RETURN_IF_ERROR(CatchUp(contents));
  }
  return MetadataStore::WriteConflict();
}

base::Status Compactor::CatchUp(MetadataStore::Contents& contents) {
  ASSIGN_OR_RETURN(const StreamState state, log_.Look(log_.Soon()));
  ASSIGN_OR_RETURN(const bool kept, log_.Read(contents.sequence, state.last, log_.Soon(),
                                              [&](const MetadataStore::Update& update,
                                                  const WriteId&) { Apply(update, contents); }));
  return kept ? base::Status() : base::Internal("somebody else has just compacted");
}

}  // namespace cluster::nats::internal
