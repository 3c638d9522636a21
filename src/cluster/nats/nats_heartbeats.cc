#include "cluster/nats/nats_heartbeats.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cluster/nats/internal/jetstream.h"
#include "cluster/nats/internal/names.h"

namespace cluster::nats {
namespace {

using internal::JetStream;

constexpr std::size_t kAtOnce = 256;

}  // namespace

NatsHeartbeats::NatsHeartbeats(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      stream_(internal::StreamName(connection_->options().cluster_name, "heartbeats")),
      subjects_(internal::SubjectName(connection_->options().cluster_name, "beat.*")) {}

base::Result<std::unique_ptr<NatsHeartbeats>> NatsHeartbeats::Open(
    std::shared_ptr<Connection> connection) {
  std::unique_ptr<NatsHeartbeats> heartbeats(new NatsHeartbeats(std::move(connection)));
  const internal::StreamConfig config{.name = heartbeats->stream_,
                                      .subjects = heartbeats->subjects_,
                                      .replicas = heartbeats->connection_->options().replicas,
                                      .messages_per_subject = 1};
  RETURN_IF_ERROR(
      JetStream(heartbeats->connection_->link()).EnsureStream(config, heartbeats->Soon()));
  return heartbeats;
}

std::chrono::steady_clock::time_point NatsHeartbeats::Soon() const {
  return std::chrono::steady_clock::now() + connection_->options().timeout;
}

std::string NatsHeartbeats::Subject(const std::string& node_id) const {
  return subjects_.substr(0, subjects_.size() - 1) + internal::ToToken(node_id);
}

base::Status NatsHeartbeats::Put(const std::string& node_id, std::string_view value) {
  if (node_id.empty()) return base::IllegalArgument("a heartbeat needs the id of a node");
  return JetStream(connection_->link())
      .Publish(stream_, Subject(node_id), std::string(value), std::nullopt, Soon())
      .status;
}

base::Result<std::map<std::string, Heartbeats::Beat>> NatsHeartbeats::Read() {
  const auto deadline = Soon();
  JetStream jetstream(connection_->link());
  ASSIGN_OR_RETURN(const internal::StreamState state, jetstream.Look(stream_, deadline, subjects_));
  std::vector<std::string> subjects;
  for (const auto& [subject, messages] : state.subjects) subjects.push_back(subject);
  std::map<std::string, Beat> beats;
  for (std::size_t begin = 0; begin < subjects.size(); begin += kAtOnce) {
    const std::vector<std::string> some(
        subjects.begin() + static_cast<std::ptrdiff_t>(begin),
        subjects.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kAtOnce, subjects.size())));
    ASSIGN_OR_RETURN(auto messages, jetstream.ReadLast(stream_, some, deadline));
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (!messages[i]) continue;  // removed meanwhile
      const auto node = internal::FromToken(std::string_view(some[i]).substr(subjects_.size() - 1));
      if (!node.ok()) continue;  // somebody else's
      beats[*node] = {.revision = messages[i]->sequence, .value = std::move(messages[i]->data)};
    }
  }
  return beats;
}

base::Status NatsHeartbeats::Remove(const std::string& node_id) {
  return JetStream(connection_->link()).PurgeSubject(stream_, Subject(node_id), Soon());
}

}  // namespace cluster::nats
