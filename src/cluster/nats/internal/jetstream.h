// cluster/nats/internal/jetstream.h
//
// What Quell needs of JetStream, as requests with JSON answers (the library's own calls cannot ask
// for a stream to be empty, nor for many messages at once). Reads go to the stream's leader, never
// to a replica, so they see each write that was acknowledged before.
//
// Lifetime: as long as its Link. Threads: any. Every call waits, until `deadline` at most.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/result.h"
#include "cluster/nats/internal/link.h"

namespace cluster::nats::internal {

struct StreamConfig {
  std::string name;
  std::string subjects;
  int replicas = 1;
  std::int64_t messages_per_subject = -1;  // -1: any number
};

struct StreamState {
  std::uint64_t messages = 0, first = 0, last = 0;
  std::map<std::string, std::uint64_t> subjects;  // if they were asked for
};

// Under which a message is stored.
struct Condition {
  std::uint64_t last_sequence =
      0;                         // of the stream. One of one subject can be asked to be empty (0)
  std::uint64_t connection = 0;  // Link::connections(); 0: whichever there is
};

struct Published {
  enum class Fate : std::uint8_t {
    kStored,
    kConflict,   // the condition did not hold
    kNotStored,  // and will not be
    kUnknown,
  };
  Fate fate = Fate::kUnknown;
  std::uint64_t sequence = 0;  // if stored
  base::Status status = {};    // unless stored
};

struct StreamMessage {
  std::uint64_t sequence = 0;
  std::string data;
};

class JetStream {
 public:
  explicit JetStream(Link& link) : link_(link) {}

  // Whether the account may use it; the failure says how to enable it.
  base::Status Check(Deadline deadline);
  // Makes it if there is none. 500 for a stream of that name that keeps messages otherwise.
  base::Status EnsureStream(const StreamConfig& config, Deadline deadline);
  // `subjects`: which ones to list.
  base::Result<StreamState> Look(const std::string& stream, Deadline deadline,
                                 std::string_view subjects = {});
  Published Publish(const std::string& stream, const std::string& subject, std::string data,
                    std::optional<Condition> condition, Deadline deadline);
  // Nothing for those that there are not. A few dozen at once.
  base::Result<std::vector<std::optional<StreamMessage>>> Read(const std::string& stream,
                                                               std::uint64_t first,
                                                               std::uint64_t last,
                                                               Deadline deadline);
  base::Result<std::vector<std::optional<StreamMessage>>> ReadLast(
      const std::string& stream, const std::vector<std::string>& subjects, Deadline deadline);
  // All before `sequence`.
  base::Status PurgeBefore(const std::string& stream, std::uint64_t sequence, Deadline deadline);
  base::Status PurgeSubject(const std::string& stream, const std::string& subject,
                            Deadline deadline);

 private:
  struct Reply {
    base::json::Document document;
    std::int64_t error = 0;  // its number; 0: none
    std::string description;
  };
  base::Result<Reply> Parse(const Answer& answer) const;
  // `what`: "STREAM.INFO.<stream>".
  base::Result<Reply> Ask(std::string_view what, std::string body, Deadline deadline);
  base::Result<std::vector<std::optional<StreamMessage>>> ReadAll(const std::string& stream,
                                                                  std::vector<std::string> bodies,
                                                                  Deadline deadline);
  base::Status Purge(const std::string& stream, std::string body, Deadline deadline);
  base::Status Refused(const Reply& reply) const;
  base::Status CheckConfig(const StreamConfig& config, const base::json::Value& found) const;

  Link& link_;  // constant
};

}  // namespace cluster::nats::internal
