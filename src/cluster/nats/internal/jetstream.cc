#include "cluster/nats/internal/jetstream.h"

#include "base/json/compact_writer.h"
#include "base/log.h"
#include "cluster/nats/internal/base64.h"

namespace cluster::nats::internal {
namespace {

constexpr std::int64_t kNoMessage = 10037, kNotForAccount = 10039, kNoStream = 10059,
                       kWrongSequence = 10071, kWrongSequenceToo = 10164, kNotEnabled = 10076;

std::uint64_t Number(const base::json::Value* object, std::string_view key) {
  const base::json::Value* const found = object ? object->Find(key) : nullptr;
  const auto number = found ? found->AsInt64() : base::Result<std::int64_t>(0);
  return number.ok() && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::string_view Text(const base::json::Value* object, std::string_view key) {
  const base::json::Value* const found = object ? object->Find(key) : nullptr;
  return found ? found->text() : std::string_view();
}

std::string Object(std::string_view key, std::string_view value) {
  std::string out;
  base::json::CompactWriter json(out);
  json.BeginObject();
  json.Field(key, value);
  json.EndObject();
  return out;
}

std::string ConfigJson(const StreamConfig& config) {
  std::string out;
  base::json::CompactWriter json(out);
  json.BeginObject();
  json.Field("name", config.name);
  json.ArrayField("subjects");
  json.String(config.subjects);
  json.EndArray();
  json.Field("retention", "limits");
  json.Field("storage", "file");
  json.Field("discard", "old");
  json.Field("max_consumers", -1);
  json.Field("max_msgs", -1);
  json.Field("max_bytes", -1);
  json.Field("max_age", 0);
  json.Field("max_msg_size", -1);
  json.Field("max_msgs_per_subject", config.messages_per_subject);
  json.Field("num_replicas", config.replicas);
  json.EndObject();
  return out;
}

base::Status NotEnabled(std::string_view why) {
  return base::IllegalArgument(
      "nats-server runs without JetStream (" + std::string(why) +
      "), which keeps the cluster's metadata: start it with -js, or put jetstream { store_dir: "
      "… } into its configuration");
}

}  // namespace

base::Status JetStream::Refused(const Reply& reply) const {
  if (reply.error == kNoStream)
    return link_.Unreachable("the stream is not there: were the data of nats-server lost?");
  return link_.Unreachable("JetStream: " + reply.description + ", error " +
                           std::to_string(reply.error));
}

base::Result<JetStream::Reply> JetStream::Parse(const Answer& answer) const {
  switch (answer.fate) {
    case Answer::Fate::kNotSent:
      return link_.Unreachable("no connection");
    case Answer::Fate::kNobody:
      return link_.Unreachable("nobody keeps the stream: was it deleted, or JetStream turned off?");
    case Answer::Fate::kUnknown:
      return link_.Unreachable("no answer in time");
    case Answer::Fate::kAnswered:
      break;
  }
  auto document = base::json::Document::Parse(answer.data);
  if (!document.ok() || !document->root().IsObject()) {
    return base::Internal("the metadata store gave an answer that is none of JetStream's");
  }
  Reply reply{.document = std::move(document).value()};
  if (const base::json::Value* const error = reply.document.root().Find("error")) {
    reply.error = static_cast<std::int64_t>(Number(error, "err_code"));
    if (reply.error == 0) reply.error = static_cast<std::int64_t>(Number(error, "code"));
    if (reply.error == 0) reply.error = -1;
    reply.description = Text(error, "description");
  }
  return reply;
}

base::Result<JetStream::Reply> JetStream::Ask(std::string_view what, std::string body,
                                              Deadline deadline) {
  return Parse(link_.Request({.subject = "$JS.API." + std::string(what), .data = std::move(body)},
                             deadline));
}

base::Status JetStream::Check(Deadline deadline) {
  const Answer answer = link_.Request({.subject = "$JS.API.INFO"}, deadline);
  if (answer.fate == Answer::Fate::kNobody) return NotEnabled("nobody answers $JS.API.INFO");
  ASSIGN_OR_RETURN(const Reply reply, Parse(answer));
  if (reply.error == kNotForAccount || reply.error == kNotEnabled) {
    return NotEnabled(reply.description);
  }
  return reply.error ? Refused(reply) : base::Status();
}

base::Status JetStream::EnsureStream(const StreamConfig& config, Deadline deadline) {
  ASSIGN_OR_RETURN(Reply found, Ask("STREAM.INFO." + config.name, {}, deadline));
  if (found.error == kNoStream) {
    ASSIGN_OR_RETURN(found, Ask("STREAM.CREATE." + config.name, ConfigJson(config), deadline));
    if (found.error) {
      // Another node may have been quicker. The server has several words for that: that the name
      // is taken, or that the subjects overlap with a stream, which is the very one.
      ASSIGN_OR_RETURN(Reply there, Ask("STREAM.INFO." + config.name, {}, deadline));
      if (!there.error) found = std::move(there);
    }
  }
  if (found.error) {
    return base::Internal("nats-server does not make the stream [" + config.name +
                          "]: " + found.description);
  }
  const base::json::Value* const kept = found.document.root().Find("config");
  if (!kept) return base::Internal("nats-server does not show the stream [" + config.name + "]");
  return CheckConfig(config, *kept);
}

base::Status JetStream::CheckConfig(const StreamConfig& config,
                                    const base::json::Value& found) const {
  const base::json::Value* const subjects = found.Find("subjects");
  const base::json::Value* const per_subject = found.Find("max_msgs_per_subject");
  const auto most = per_subject ? per_subject->AsInt64() : base::Result<std::int64_t>(-1);
  const bool fits = subjects && subjects->items().size() == 1 &&
                    subjects->items()[0]->text() == config.subjects &&
                    Text(&found, "retention") == "limits" && Text(&found, "storage") == "file" &&
                    Number(&found, "max_age") == 0 && Number(&found, "max_msgs") == 0 &&
                    Number(&found, "max_bytes") == 0 && most.ok() &&
                    *most == config.messages_per_subject;
  if (!fits) {
    return base::Internal("the stream [" + config.name +
                          "] of nats-server is none of Quell's: it would not keep all that is "
                          "written, in a file, on the subject [" +
                          config.subjects + "]");
  }
  const std::uint64_t replicas = Number(&found, "num_replicas");
  if (replicas != static_cast<std::uint64_t>(config.replicas)) {
    base::log::Warn(
        "cluster", "a stream has another number of replicas than is configured",
        {{"stream", config.name}, {"replicas", replicas}, {"configured", config.replicas}});
  }
  return {};
}

base::Result<StreamState> JetStream::Look(const std::string& stream, Deadline deadline,
                                          std::string_view subjects) {
  ASSIGN_OR_RETURN(
      const Reply reply,
      Ask("STREAM.INFO." + stream,
          subjects.empty() ? std::string() : Object("subjects_filter", subjects), deadline));
  if (reply.error) return Refused(reply);
  const base::json::Value* const state = reply.document.root().Find("state");
  if (!state) return base::Internal("nats-server does not show the state of [" + stream + "]");
  StreamState seen{.messages = Number(state, "messages"),
                   .first = Number(state, "first_seq"),
                   .last = Number(state, "last_seq"),
                   .subjects = {}};
  if (const base::json::Value* const listed = state->Find("subjects")) {
    for (const auto& [subject, count] : listed->members()) {
      seen.subjects.emplace(subject, Number(listed, subject));
    }
  }
  return seen;
}

Published JetStream::Publish(const std::string& stream, const std::string& subject,
                             std::string data, std::optional<Condition> condition,
                             Deadline deadline) {
  Message message{.subject = subject, .data = std::move(data)};
  message.headers.emplace_back("Nats-Expected-Stream", stream);
  if (condition) {
    message.only_over = condition->connection;
    message.headers.emplace_back("Nats-Expected-Last-Sequence",
                                 std::to_string(condition->last_sequence));
  }
  if (condition &&
      condition->last_sequence == 0) {  // which nats-server before 2.10 takes for no condition
    message.headers.emplace_back("Nats-Expected-Last-Subject-Sequence", "0");
  }
  const Answer answer = link_.Request(std::move(message), deadline);
  const auto reply = Parse(answer);
  if (!reply.ok()) {
    const bool never =
        answer.fate == Answer::Fate::kNotSent || answer.fate == Answer::Fate::kNobody;
    return {.fate = never ? Published::Fate::kNotStored : Published::Fate::kUnknown,
            .status = reply.status()};
  }
  if (reply->error == kWrongSequence || reply->error == kWrongSequenceToo) {
    return {.fate = Published::Fate::kConflict, .status = Refused(*reply)};
  }
  if (reply->error) return {.fate = Published::Fate::kUnknown, .status = Refused(*reply)};
  const std::uint64_t sequence = Number(&reply->document.root(), "seq");
  if (sequence == 0) {
    return {.fate = Published::Fate::kUnknown,
            .status = base::Internal("the metadata store acknowledged no sequence")};
  }
  return {.fate = Published::Fate::kStored, .sequence = sequence};
}

base::Result<std::vector<std::optional<StreamMessage>>> JetStream::Read(const std::string& stream,
                                                                        std::uint64_t first,
                                                                        std::uint64_t last,
                                                                        Deadline deadline) {
  std::vector<std::string> bodies;
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    bodies.push_back("{\"seq\":" + std::to_string(sequence) + "}");
  }
  return ReadAll(stream, std::move(bodies), deadline);
}

base::Result<std::vector<std::optional<StreamMessage>>> JetStream::ReadLast(
    const std::string& stream, const std::vector<std::string>& subjects, Deadline deadline) {
  std::vector<std::string> bodies;
  for (const std::string& subject : subjects) bodies.push_back(Object("last_by_subj", subject));
  return ReadAll(stream, std::move(bodies), deadline);
}

base::Result<std::vector<std::optional<StreamMessage>>> JetStream::ReadAll(
    const std::string& stream, std::vector<std::string> bodies, Deadline deadline) {
  std::vector<Message> requests;
  for (std::string& body : bodies) {
    requests.push_back({.subject = "$JS.API.STREAM.MSG.GET." + stream, .data = std::move(body)});
  }
  std::vector<std::optional<StreamMessage>> messages;
  for (const Answer& answer : link_.RequestAll(std::move(requests), deadline)) {
    ASSIGN_OR_RETURN(const Reply reply, Parse(answer));
    if (reply.error == kNoMessage) {
      messages.emplace_back();
      continue;
    }
    if (reply.error) return Refused(reply);
    const base::json::Value* const message = reply.document.root().Find("message");
    auto data = DecodeBase64(Text(message, "data"));
    const std::uint64_t sequence = Number(message, "seq");
    if (!data || sequence == 0) {
      return base::Internal("nats-server shows a message of [" + stream + "] that is none");
    }
    messages.push_back(StreamMessage{.sequence = sequence, .data = *std::move(data)});
  }
  return messages;
}

base::Status JetStream::PurgeBefore(const std::string& stream, std::uint64_t sequence,
                                    Deadline deadline) {
  return Purge(stream, "{\"seq\":" + std::to_string(sequence) + "}", deadline);
}

base::Status JetStream::PurgeSubject(const std::string& stream, const std::string& subject,
                                     Deadline deadline) {
  return Purge(stream, Object("filter", subject), deadline);
}

base::Status JetStream::Purge(const std::string& stream, std::string body, Deadline deadline) {
  ASSIGN_OR_RETURN(const Reply reply, Ask("STREAM.PURGE." + stream, std::move(body), deadline));
  return reply.error ? Refused(reply) : base::Status();
}

}  // namespace cluster::nats::internal
