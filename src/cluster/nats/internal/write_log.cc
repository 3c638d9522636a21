#include "cluster/nats/internal/write_log.h"

#include <algorithm>
#include <utility>

#include "cluster/nats/internal/names.h"

namespace cluster::nats::internal {
namespace {

constexpr std::uint64_t kMostAtOnce = 64;
constexpr std::size_t kBytesAtOnce = 4 << 20;
constexpr std::size_t kHeaders = 512;  // they count as payload

}  // namespace

WriteLog::WriteLog(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      stream_(StreamName(connection_->options().cluster_name, "metadata")),
      subject_(SubjectName(connection_->options().cluster_name, "metadata")),
      jetstream_(connection_->link()) {}

base::Result<std::unique_ptr<WriteLog>> WriteLog::Open(std::shared_ptr<Connection> connection) {
  std::unique_ptr<WriteLog> log(new WriteLog(std::move(connection)));
  const StreamConfig config{.name = log->stream_,
                            .subjects = log->subject_,
                            .replicas = log->connection_->options().replicas};
  RETURN_IF_ERROR(log->jetstream_.EnsureStream(config, log->Soon()));
  RETURN_IF_ERROR(log->Look(log->Soon()).status());
  return log;
}

Deadline WriteLog::Soon() const {
  return std::chrono::steady_clock::now() + connection_->options().timeout;
}

base::Result<StreamState> WriteLog::Look(Deadline deadline) {
  ASSIGN_OR_RETURN(StreamState state, jetstream_.Look(stream_, deadline));
  if (state.messages == 0 && state.last > 0) {
    return base::Internal("the stream [" + stream_ + "] was purged of all " +
                          std::to_string(state.last) +
                          " writes by somebody else: the cluster's metadata is lost");
  }
  first_seen_.store(std::max<std::uint64_t>(state.first, 1), std::memory_order_relaxed);
  return state;
}

Published WriteLog::Append(const StoredWrite& write, std::uint64_t connection, Deadline deadline) {
  auto bytes = EncodeWrite(write);
  if (!bytes.ok()) return {.fate = Published::Fate::kNotStored, .status = bytes.status()};
  const std::size_t limit = max_payload();
  if (bytes->size() + kHeaders > limit) {
    return {.fate = Published::Fate::kNotStored, .status = TooLarge(write, bytes->size(), limit)};
  }
  Published published = jetstream_.Publish(
      stream_, subject_, *std::move(bytes),
      Condition{.last_sequence = write.previous, .connection = connection}, deadline);
  if (published.fate == Published::Fate::kConflict) {
    published.status = MetadataStore::WriteConflict();
  }
  return published;
}

base::Status WriteLog::TooLarge(const StoredWrite& write, std::size_t size,
                                std::size_t limit) const {
  const auto largest = std::max_element(
      write.changes.begin(), write.changes.end(),
      [](const auto& a, const auto& b) { return EncodedSize(a) < EncodedSize(b); });
  const std::string record =
      largest == write.changes.end()
          ? std::string("none")
          : largest->key + "] of " + std::to_string(EncodedSize(*largest)) + " bytes";
  return base::Status(413, "metadata_too_long_exception",
                      "a change of the cluster's metadata takes " + std::to_string(size) +
                          " bytes, its largest record being [" + record +
                          "; nats-server takes max_payload [" + std::to_string(limit) +
                          "], which its configuration can raise");
}

base::Result<StoredWrite> WriteLog::Decode(const StreamMessage& message) const {
  auto write = DecodeWrite(message.data);
  const std::string where =
      "write " + std::to_string(message.sequence) + " in the stream [" + stream_ + "] ";
  if (!write.ok()) return base::Internal(where + write.status().reason());
  if (write->previous + 1 != message.sequence) {
    return base::Internal(where + "was made behind write " + std::to_string(write->previous) +
                          ": the stream was copied, or written to by somebody else");
  }
  return write;
}

base::Result<bool> WriteLog::Missing(std::uint64_t sequence, Deadline deadline) {
  ASSIGN_OR_RETURN(const StreamState state, Look(deadline));
  if (state.first > sequence) return false;
  return base::Internal("write " + std::to_string(sequence) + " is missing in the stream [" +
                        stream_ + "], which keeps " + std::to_string(state.first) + " to " +
                        std::to_string(state.last));
}

base::Result<bool> WriteLog::Read(std::uint64_t sequence, std::uint64_t last, Deadline deadline,
                                  const Take& take) {
  std::uint64_t at_once = kMostAtOnce / 8;
  while (sequence < last) {
    const std::uint64_t until = std::min(last, sequence + at_once);
    ASSIGN_OR_RETURN(auto messages, jetstream_.Read(stream_, sequence + 1, until, deadline));
    std::size_t bytes = 0;
    for (const std::optional<StreamMessage>& message : messages) {
      if (!message) return Missing(sequence + 1, deadline);
      bytes += message->data.size();
      ASSIGN_OR_RETURN(StoredWrite write, Decode(*message));
      take({.sequence = ++sequence, .changes = std::move(write.changes)}, write.id);
    }
    at_once = bytes < kBytesAtOnce / 4 ? std::min(at_once * 2, kMostAtOnce)
              : bytes > kBytesAtOnce   ? std::max<std::uint64_t>(at_once / 2, 1)
                                       : at_once;
    deadline = std::max(deadline, Soon());
  }
  return true;
}

base::Result<std::optional<WriteLog::Loaded>> WriteLog::Load(const StreamState& state,
                                                             Deadline deadline) {
  Loaded loaded;
  loaded.contents.sequence = state.first > 0 ? state.first - 1 : 0;
  if (state.last == 0) return std::optional(std::move(loaded));
  ASSIGN_OR_RETURN(const bool kept,
                   Read(loaded.contents.sequence, state.last, deadline,
                        [&](const MetadataStore::Update& update, const WriteId& id) {
                          Apply(update, loaded.contents);
                          loaded.last = id;
                        }));
  if (!kept) return std::optional<Loaded>();
  return std::optional(std::move(loaded));
}

base::Result<std::optional<WriteId>> WriteLog::IdAt(std::uint64_t sequence, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto messages, jetstream_.Read(stream_, sequence, sequence, deadline));
  if (messages.empty() || !messages[0]) return std::optional<WriteId>();
  ASSIGN_OR_RETURN(const StoredWrite write, Decode(*messages[0]));
  return std::optional(write.id);
}

base::Status WriteLog::PurgeBefore(std::uint64_t sequence, Deadline deadline) {
  RETURN_IF_ERROR(jetstream_.PurgeBefore(stream_, sequence, deadline));
  return Look(deadline).status();
}

void Apply(const MetadataStore::Update& update, MetadataStore::Contents& contents) {
  for (const MetadataStore::Change& change : update.changes) {
    if (change.value) {
      contents.records[change.key] = *change.value;
    } else {
      contents.records.erase(change.key);
    }
  }
  contents.sequence = update.sequence;
}

}  // namespace cluster::nats::internal
