#include "actions/get/get.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "actions/bulk/prepare.h"
#include "actions/bulk/primary_wait.h"
#include "actions/bulk/targets.h"
#include "actions/bulk/wire.h"
#include "actions/shards/find_shard.h"
#include "actions/shards/shard_calls.h"
#include "base/text/units.h"
#include "cluster/index/index_blocks.h"
#include "tasks/memory/reservation.h"
#include "tasks/run/stop_link.h"

namespace actions::get {

using base::Result;
using base::Status;
using bulk::PutSigned;
using bulk::PutText;
using bulk::PutVarint;
using bulk::WireReader;

namespace {

// Of a request to a shard.
constexpr std::uint64_t kRealtime = 1, kRefresh = 2, kNamesFields = 4;

// What a shard is asked: {uuid, shard, flags, ids…}, each id followed by the names of the stored
// fields that are wanted if kNamesFields is set. It answers one document an id.
struct ShardRequest {
  cluster::IndexPtr index;
  int shard = 0;
  std::vector<std::size_t> positions;  // in the request
  std::size_t told = 0;                // of these have been answered
  tasks::Reservation memory;           // of what they hold

  std::string Encode(const std::vector<Wanted>& wanted, const Options& options) const {
    std::string out;
    PutText(out, index->uuid);
    PutVarint(out, static_cast<std::uint64_t>(shard));
    const bool names = std::ranges::any_of(
        positions, [&](std::size_t position) { return !wanted[position].stored_fields.empty(); });
    PutVarint(out, (options.realtime ? kRealtime : 0) | (options.refresh ? kRefresh : 0) |
                       (names ? kNamesFields : 0));
    for (const std::size_t position : positions) {
      PutText(out, wanted[position].id);
      if (!names) continue;
      PutVarint(out, wanted[position].stored_fields.size());
      for (const std::string& name : wanted[position].stored_fields) PutText(out, name);
    }
    return out;
  }
};

// What the answer says of a document first.
constexpr std::uint64_t kFound = 1, kHasSource = 2, kHasFields = 4, kRefused = 8;

std::vector<std::string> ReadFieldNames(WireReader& in) {
  std::vector<std::string> names;
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) names.emplace_back(in.Text());
  return names;
}

// Whether it is only this document that cannot be answered as wanted.
bool IsOfOneDocument(const Status& error) { return error.type() == "illegal_argument_exception"; }

void PutRefused(std::string& out, const Status& error) {
  PutVarint(out, kRefused);
  PutText(out, error.reason());
}

void PutDocument(std::string& out, const engine::GetResult& document) {
  const bool fields = !document.fields.empty();
  PutVarint(out, (document.found ? kFound : 0) | (document.has_source ? kHasSource : 0) |
                     (fields ? kHasFields : 0));
  if (!document.found) return;
  if (fields) PutText(out, document.fields);
  PutSigned(out, document.seq_no);
  PutSigned(out, document.version);
  PutSigned(out, document.primary_term);
  PutText(out, document.routing);
  PutText(out, document.source);
}

Result<engine::GetResult> ReadDocument(WireReader& in) {
  engine::GetResult document;
  const std::uint64_t flags = in.Varint();
  if ((flags & kRefused) != 0) return base::IllegalArgument(std::string(in.Text()));
  document.found = (flags & kFound) != 0;
  document.has_source = (flags & kHasSource) != 0;
  if (!document.found) return document;
  if ((flags & kHasFields) != 0) document.fields = in.Text();
  document.seq_no = in.Signed();
  document.version = in.Signed();
  document.primary_term = in.Signed();
  document.routing = in.Text();
  document.source = in.Text();
  return document;
}

// One answer holds no more than one request may: memory is not the client's to take.
Status TooMuch(std::uint64_t wanted, std::uint64_t limit) {
  const auto both = [](std::uint64_t bytes) {
    const auto number = static_cast<std::int64_t>(bytes);
    return "[" + std::to_string(number) + "/" + base::ByteSize(number).ToString() + "]";
  };
  return Status(429, "circuit_breaking_exception",
                "[request] Data too large, data for [documents] would be " + both(wanted) +
                    ", which is larger than the limit of " + both(limit))
      .With("bytes_wanted", std::to_string(wanted), true)
      .With("bytes_limit", std::to_string(limit), true)
      .With("durability", "TRANSIENT");
}

// More than a piece is told of before the end: a message holds only so much.
constexpr std::size_t kPieceBytes = 1 << 20;

// One document that is in memory, read by the thread that asks; else nothing, and a thread of the
// pool may wait for the disk.
std::optional<tasks::End> ReadInMemory(Node& node, tasks::TaskContext& task,
                                       const tasks::Inbound& inbound) {
  WireReader in(inbound.request().payload);
  const std::string uuid(in.Text());
  const int number = static_cast<int>(in.Varint());
  const std::uint64_t flags = in.Varint();
  const std::string_view id = in.Text();
  const auto shard = in.ok() && in.done() ? node.shards.Find(uuid, number) : nullptr;
  if (!shard || (flags & (kRefresh | kNamesFields)) != 0) return {};
  const auto activity = node.shards.ActivityOf(*shard);
  ShardActivity::Reading reading(*activity);
  const std::int64_t since = node.clock.MonotonicNanos();
  const auto document = shard->Get(task, id, (flags & kRealtime) != 0, journal::ReadTier::kMemory);
  if (!document.ok()) return {};
  reading.Ended(document->found, node.clock.MonotonicNanos() - since);
  std::string out;
  PutDocument(out, *document);
  return tasks::End(Status(), std::move(out));
}

tasks::End ReadShard(Node& node, tasks::TaskContext& task, tasks::Inbound& inbound) {
  WireReader in(inbound.request().payload);
  const std::string uuid(in.Text());
  const int number = static_cast<int>(in.Varint());
  const std::uint64_t flags = in.Varint();
  const auto found = FindShard(node, task, uuid, number);
  if (!found.ok()) return tasks::End(found.status());
  const auto& shard = *found;
  if (shard == nullptr) return tasks::End(NoShardAvailable(uuid, number));
  if ((flags & kRefresh) != 0) node.shards.Refresh(shard);
  const auto activity = node.shards.ActivityOf(*shard);
  std::string out;
  std::size_t told = 0;
  while (in.ok() && !in.done()) {
    if (out.size() >= kPieceBytes) {
      told += out.size();
      inbound.Progress(std::exchange(out, {}));
    }
    if (Status stop = task.Checkpoint(); !stop.ok()) return tasks::End(std::move(stop));
    ShardActivity::Reading reading(*activity);
    const std::int64_t since = node.clock.MonotonicNanos();
    const std::string_view id = in.Text();
    const auto names =
        (flags & kNamesFields) != 0 ? ReadFieldNames(in) : std::vector<std::string>();
    const auto document =
        shard->Get(task, id, (flags & kRealtime) != 0, journal::ReadTier::kAll, names);
    if (!document.ok() && !IsOfOneDocument(document.status())) return tasks::End(document.status());
    reading.Ended(document.ok() && document->found, node.clock.MonotonicNanos() - since);
    document.ok() ? PutDocument(out, *document) : PutRefused(out, document.status());
    const std::uint64_t limit = node.settings.max_content_length;
    if (told + out.size() > limit) return tasks::End(TooMuch(told + out.size(), limit));
  }
  return tasks::End(in.ok() ? Status() : base::Internal("malformed get request"), std::move(out));
}

// What an answer says of a document, its source aside; and what is written where the last child has
// ended, be it an I/O thread.
constexpr std::size_t kAnswerBytes = 256, kShortAnswer = 64 << 10;

// One request while it waits for its shards; owns itself until then.
class Reading : public std::enable_shared_from_this<Reading> {
 public:
  Reading(Node& node, tasks::RunningTask task, std::vector<Wanted> wanted, Options options,
          Make make)
      : node_(node),
        task_(std::move(task)),
        wanted_(std::move(wanted)),
        options_(options),
        make_(std::move(make)),
        answers_(wanted_.size(), Result<Got>(base::Internal("not read"))),
        children_(node, *task_) {}

  // A stop of `parent` is one of this, too.
  void Follow(const tasks::TaskPtr& parent) { parent_stop_.emplace(*parent, *task_, node_.loop); }

  void Run(std::string_view child_action, Done done) {
    const tasks::TaskPtr task = task_.context();
    auto self = shared_from_this();
    task->AtEnd([self, done = std::move(done)](const tasks::End& end) { done(end.error); });
    Plan();
    for (ShardRequest& part : parts_) {
      children_.Start(
          part.index, part.shard, child_action, part.Encode(wanted_, options_),
          [this, &part](const tasks::End& end) { TakeEnd(part, end); },
          [this, &part](const std::string& piece) { TakePiece(part, piece); });
    }
    children_.WhenJoined([self](Status why) { self->Joined(std::move(why)); });
  }

 private:
  void Plan() {
    const cluster::StatePtr state = node_.cluster.state();
    std::map<std::pair<std::string, int>, ShardRequest> parts;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const Wanted& wanted = wanted_[i];
      const auto target = bulk::ResolveSingleIndex(*state, wanted.index);
      if (!target.failure.ok()) {
        answers_[i] = target.failure;
        continue;
      }
      const auto effective = bulk::EffectiveRouting(target, wanted.index, wanted.routing);
      if (!effective.ok()) {
        answers_[i] = effective.status();
        continue;
      }
      const std::string routing(*effective);
      if (Status blocked = cluster::CheckBlocks(*target.index, cluster::Access::kRead);
          !blocked.ok()) {
        answers_[i] = std::move(blocked);
        continue;
      }
      const auto mapping = node_.shards.MappingOf(target.index->uuid);
      if (routing.empty() && mapping && mapping->routing_required()) {
        answers_[i] = bulk::RoutingMissing(target.index->name, wanted.id);
        continue;
      }
      const int shard = target.index->ShardOf(wanted.id, routing);
      ShardRequest& part = parts[{target.index->uuid, shard}];
      if (!part.index) part.memory = {*task_, tasks::Breaker::kRequest, "<documents>"};
      part.index = target.index;
      part.shard = shard;
      part.positions.push_back(i);
    }
    for (auto& [key, part] : parts) parts_.push_back(std::move(part));
  }

  // Different parts may be told of at the same time; each has positions of its own.
  void TakePiece(ShardRequest& part, std::string_view bytes) {
    bytes_ += bytes.size();
    Status fits = bytes_ > node_.settings.max_content_length
                      ? TooMuch(bytes_, node_.settings.max_content_length)
                      : part.memory.Grow(static_cast<std::int64_t>(bytes.size()));
    if (!fits.ok()) return Refuse(std::move(fits));
    WireReader in(bytes);
    while (in.ok() && !in.done() && part.told < part.positions.size()) {
      Result<Got>& answer = answers_[part.positions[part.told++]];
      Result<engine::GetResult> document = ReadDocument(in);
      if (document.ok()) {
        answer = Got{part.index->name, part.index->uuid, part.shard, *std::move(document)};
      } else {
        answer = document.status();
      }
    }
  }

  // The request fails as a whole; what else is found is let go.
  void Refuse(Status why) {
    std::lock_guard lock(refused_mutex_);
    refused_.Update(std::move(why));
  }

  void TakeEnd(ShardRequest& part, const tasks::End& end) {
    if (end.error.type() == "circuit_breaking_exception") Refuse(end.error);
    if (end.error.ok() && end.result) TakePiece(part, *end.result);
    // The shard may have gone with its index after the index was resolved.
    const bool gone = end.error.type() == "no_shard_available_action_exception" &&
                      bulk::IsGone(node_, *part.index);
    const Status error =
        gone ? cluster::IndexNotFound(part.index->name, "index_expression") : end.error;
    while (!error.ok() && part.told < part.positions.size())
      answers_[part.positions[part.told++]] = error;
  }

  void Joined(Status why) {
    // What one shard said is the answer of its documents; a stop is the request's.
    if (why.code() != base::Code::kCancelled) {
      std::lock_guard lock(refused_mutex_);
      why = refused_;
    }
    if (!why.ok()) return Finish(std::move(task_), std::move(why));
    if (bytes_ + wanted_.size() * kAnswerBytes <= kShortAnswer) {
      Status made = make_(*task_, answers_);  // before the task is moved
      return Finish(std::move(task_), std::move(made));
    }
    node_.pools.coordinator.Yield(std::move(task_),
                                  [self = shared_from_this()](tasks::RunningTask running) {
                                    Status made = running->Checkpoint();
                                    if (made.ok()) made = self->make_(*running, self->answers_);
                                    self->Finish(std::move(running), std::move(made));
                                  });
  }

  void Finish(tasks::RunningTask task, Status why) {
    parent_stop_.reset();
    std::move(task).Finish(tasks::End(std::move(why)));
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::vector<Wanted> wanted_;
  const Options options_;
  const Make make_;
  Answers answers_;
  std::atomic<std::uint64_t> bytes_ = 0;  // of documents that were found
  std::mutex refused_mutex_;
  Status refused_;                   // guarded by refused_mutex_; OK: all has found room
  std::vector<ShardRequest> parts_;  // constant once the first child has been started
  std::optional<tasks::StopLink> parent_stop_;
  ShardCalls children_;  // last: its callbacks use everything above
};

}  // namespace

void Register(Node& node) {
  for (const std::string_view action : {names::kGetShard, names::kMultiGetShard}) {
    node.action_table.Add(
        action, [](const tasks::StartRequest&, tasks::TaskSpec&) {},
        [&node, one = action == names::kGetShard](tasks::RunningTask task,
                                                  std::shared_ptr<tasks::Inbound> inbound) {
          if (auto end = one ? ReadInMemory(node, *task, *inbound) : std::nullopt) {
            node.pools.get.CountElsewhere();
            return std::move(task).Finish(*std::move(end));
          }
          node.pools.get.Submit(std::move(task), [&node, inbound](tasks::TaskContext& running) {
            return ReadShard(node, running, *inbound);
          });
        },
        tasks::Reach::kOwnNode);
  }
}

tasks::TaskPtr Get(Node& node, Asker asker, Wanted wanted, Options options, Make make, Done done) {
  tasks::TaskSpec spec{.action = names::kGet};
  spec.indices = {wanted.index};
  spec.origin = std::move(asker.origin);
  if (asker.parent) spec.parent = asker.parent->id();
  auto registered = node.registry.Register(std::move(spec));
  if (!registered.ok()) return done(registered.status()), nullptr;
  tasks::TaskPtr task = registered->context();
  std::vector<Wanted> one;
  one.push_back(std::move(wanted));
  const auto reading = std::make_shared<Reading>(node, *std::move(registered), std::move(one),
                                                 options, std::move(make));
  if (asker.parent) reading->Follow(asker.parent);
  reading->Run(names::kGetShard, std::move(done));
  return task;
}

tasks::TaskPtr Get(Node& node, Asker asker, Wanted wanted, Options options,
                   std::function<void(Result<Got>)> done) {
  const auto got = std::make_shared<Result<Got>>(base::Internal("not read"));
  return Get(
      node, std::move(asker), std::move(wanted), options,
      [got](tasks::TaskContext&, Answers& answers) {
        *got = std::move(answers.front());
        return Status();
      },
      [got, done = std::move(done)](const Status& end) {
        done(end.ok() ? std::move(*got) : Result<Got>(end));
      });
}

void MultiGet(Node& node, tasks::RunningTask task, std::vector<Wanted> wanted, Options options,
              Make make, Done done) {
  std::vector<std::string> indices;
  for (const Wanted& one : wanted)
    if (indices.empty() || indices.back() != one.index) indices.push_back(one.index);
  task->Describe({}, std::move(indices));
  std::make_shared<Reading>(node, std::move(task), std::move(wanted), options, std::move(make))
      ->Run(names::kMultiGetShard, std::move(done));
}

}  // namespace actions::get
