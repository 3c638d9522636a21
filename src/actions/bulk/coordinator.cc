#include "actions/bulk/coordinator.h"

#include <algorithm>

#include "actions/bulk/primary_wait.h"
#include "actions/bulk/shard_wire.h"
#include "actions/bulk/targets.h"
#include "cluster/settings/index_settings.h"
#include "engine/shard/shard.h"

namespace actions::bulk {

namespace {

using base::Status;
using tasks::End;
using tasks::Outcome;
using tasks::UnitOutcome;

constexpr std::string_view kNotConnected = "node_not_connected_exception";
constexpr std::int64_t kTryAgainNanos = 500'000'000;
// How long a shard that moves may take no writes, and more: it may be told of late.
constexpr std::int64_t kMovesNanos = 20'000'000, kLongestMoveNanos = 30'000'000'000;
constexpr std::string_view kCancelled = "cancelled task with reason: ";
// What a part costs, its child here included.
constexpr std::size_t kPartBytes = 4096;

Status OutcomeUnknown(const Status& why) {
  return Status(503, "write_outcome_unknown_exception",
                "it is not known whether this operation was executed: " + why.reason());
}

// The node of the shard was not there for as long as the request waits.
Status NotActive(const Request& request, const ShardGroup& group) {
  const cluster::IndexMetadata& index = *request.targets[group.index].index;
  const std::string shard = "[" + index.name + "][" + std::to_string(group.shard) + "]";
  return Status(503, "unavailable_shards_exception",
                shard + " primary shard is not active Timeout: [" +
                    request.params.write.timeout.ToString() + "], request: [BulkShardRequest [" +
                    shard + "] containing [" + std::to_string(group.operations) + "] requests]");
}

// Its node could not be reached, or is about to end, so that nothing has begun there.
bool WasNotTaken(const End& end) {
  return end.never_began &&
         (end.error.type() == kNotConnected || end.error.type() == "node_closed_exception");
}

// A child of which nobody will hear any more what it did.
bool IsLost(const End& end) {
  if (end.never_began) return false;
  return end.outcome == Outcome::kUnconfirmed || end.error.type() == "node_disconnected_exception";
}

// What the actions that a child said nothing of answer.
Status Undone(const Request& request, const ShardGroup& group, const End& end) {
  if (WasNotTaken(end) || end.error.type() == kNotConnected) return NotActive(request, group);
  if (end.error.ok()) return base::Internal("the shard did not tell what became of this operation");
  if (end.outcome == Outcome::kCancelled) return NotExecuted(end.error.reason());
  const base::Code code = end.error.code();
  if (code != base::Code::kOutcomeUnknown && code != base::Code::kUnconfirmed) return end.error;
  return Status(503, "unavailable_shards_exception", "not executed: " + end.error.reason());
}

// What the shard says, in the words of the answer.
engine::OperationResult InWords(engine::OperationResult result) {
  if (result.outcome == UnitOutcome::kUnknown) {
    result.error = OutcomeUnknown(result.error);
  } else if (result.error.code() == base::Code::kCancelled) {
    result.error = NotExecuted(result.error.reason());
  }
  return result;
}

}  // namespace

Status NotExecuted(std::string_view root_reason) {
  const bool whole = root_reason.starts_with(kCancelled);
  return Status(
      500, "task_cancelled_exception",
      (whole ? "" : std::string(kCancelled)) + std::string(root_reason) + ", not executed");
}

Coordinator::Coordinator(Service& service, RequestPtr request)
    : service_(service),
      request_(std::move(request)),
      start_nanos_(service.node.clock.MonotonicNanos()) {}

namespace {

// What the thread on which it arrived may do itself.
bool IsSmall(const Request& request) {
  if (request.fill) return request.fill_bytes <= ShardRequest::kSmallBytes;
  return request.body.size() <= ShardRequest::kSmallOperations &&
         request.body.bytes().size() <= ShardRequest::kSmallBytes;
}

// Whether all indices are there; then `request` keeps the state that says so.
bool FindTargets(Node& node, Request& request) {
  cluster::StatePtr state = node.cluster.state();
  const auto there = [&](std::string_view name) {
    return ResolveTarget(*state, name).index != nullptr;
  };
  if (request.fill ? !there(request.params.index)
                   : !std::ranges::all_of(request.body.indices(), there)) {
    return false;
  }
  request.state = std::move(state);
  return true;
}

}  // namespace

void Coordinator::Submit(Service& service, tasks::RunningTask task, RequestPtr request,
                         Ended ended) {
  const std::size_t operations = request->fill ? 1 : request->body.size();
  task->SetTotal(static_cast<std::int64_t>(operations), "operations");
  task->AtEnd([request, ended = std::move(ended)](const End& end) {
    if (end.outcome == Outcome::kCancelled)
      request->results.FailRest(NotExecuted(end.error.reason()));
    ended(end);
  });
  const bool at_once = IsSmall(*request) && FindTargets(service.node, *request);
  auto coordinator = std::make_shared<Coordinator>(service, std::move(request));
  coordinator->context_ = task.context();
  if (at_once) {
    service.node.pools.coordinator.CountElsewhere();
    return coordinator->Run(std::move(task));
  }
  coordinator->queued_.emplace(*task, "queued");
  service.node.pools.coordinator.Hand(
      std::move(task), [coordinator = std::move(coordinator)](tasks::RunningTask running) {
        coordinator->Run(std::move(running));
      });
}

void Coordinator::Run(tasks::RunningTask task) {
  task_ = std::move(task);
  queued_.reset();
  if (const auto fill = std::exchange(request_->fill, nullptr)) {
    tasks::Phase phase(*task_, "read body");
    request_->memory = {*task_, tasks::Breaker::kRequest, "<bulk>"};
    if (Status wrong = fill(*request_); !wrong.ok()) return Finish(End(wrong));
  }
  const std::size_t operations = request_->body.size();
  if (Status full = request_->Reserve(Results::BytesFor(operations)); !full.ok())
    return Finish(End(full));
  request_->results.Resize(operations);
  if (Status wrong = CheckUpdates(*task_, *request_); !wrong.ok()) return Finish(End(wrong));
  auto groups = Prepare(service_.node, *task_, service_.ids, *request_);
  if (!groups.ok()) return Finish(End(groups.status()));
  if (Status full = request_->Reserve(groups->size() * kPartBytes); !full.ok())
    return Finish(End(full));

  children_.emplace(*task_);
  for (const ShardGroup& group : *groups) {
    parts_.push_back(std::make_unique<Part>());
    parts_.back()->group = group;
    parts_.back()->next = group.first;
    parts_.back()->memory = {*task_, tasks::Breaker::kRequest, "<bulk_results>"};
  }
  waiting_.emplace(*task_, "shards");
  for (std::uint32_t i = 0; i < parts_.size(); ++i) StartPart(*parts_[i], i);
  children_->WhenJoined(
      [self = shared_from_this()](Status why) { self->PartsJoined(std::move(why)); });
}

namespace {

int CopiesNeeded(const cluster::IndexMetadata& index, const WriteParams& params) {
  constexpr const char* kSetting = "index.write.wait_for_active_shards";
  const auto of_index = ParseActiveShards(cluster::SettingOr(index.settings, kSetting));
  const int copies = params.active_shards.value_or(of_index.ok() ? *of_index : 1);
  return copies == kAllCopies ? 1 + index.number_of_replicas : copies;
}

}  // namespace

void Coordinator::StartPart(Part& part, std::uint32_t number) {
  const cluster::IndexMetadata& index = *request_->targets[part.group.index].index;
  tasks::Peer* const peer = FindPrimary(service_.node, index, part.group.shard);
  if (peer) return StartOn(*peer, *children_, part, number);
  StartLater(part, number, start_nanos_);
}

void Coordinator::StartLater(Part& part, std::uint32_t number, std::int64_t not_before_nanos) {
  {
    std::lock_guard lock(joined_mutex_);
    ++unjoined_;
  }
  AwaitPrimary(service_.node, *task_,
               {.index = request_->targets[part.group.index].index,
                .shard = part.group.shard,
                .not_before_nanos = not_before_nanos,
                .due_nanos = DueOf(part)},
               [self = shared_from_this(), &part, number](tasks::Peer* peer) {
                 if (!peer) {
                   const Status stop = self->task_->Checkpoint();
                   part.end = End(stop.ok() ? self->NoPrimary(part.group) : stop);
                   return self->PartsJoined({});
                 }
                 std::unique_lock lock(self->joined_mutex_);
                 tasks::ChildScope& scope = self->late_.emplace_back(*self->task_);
                 lock.unlock();
                 self->StartOn(*peer, scope, part, number);
                 scope.WhenJoined([self](Status why) { self->PartsJoined(std::move(why)); });
               });
}

Status Coordinator::NoPrimary(const ShardGroup& group) const {
  const cluster::IndexMetadata& index = *request_->targets[group.index].index;
  return IsGone(service_.node, index) ? cluster::IndexNotFound(index.name, "index_expression")
                                      : NotActive(*request_, group);
}

void Coordinator::StartOn(tasks::Peer& peer, tasks::ChildScope& scope, Part& part,
                          std::uint32_t number) {
  const cluster::IndexMetadata& index = *request_->targets[part.group.index].index;
  const WriteParams& params = request_->params.write;
  part.source = std::make_shared<ShardSource>(request_, part.group);
  ShardRequest head{.index = index.name,
                    .index_uuid = index.uuid,
                    .shard = part.group.shard,
                    .operations = part.group.operations,
                    .refresh = params.refresh,
                    .needed_copies = CopiesNeeded(index, params),
                    .timeout = params.timeout,
                    .chunk = {}};
  const bool small = part.group.operations <= ShardRequest::kChunkOperations &&
                     part.group.bytes <= ShardRequest::kChunkBytes / 2;
  if (small) {
    auto chunk = part.source->Next();
    if (!chunk.ok()) {
      part.end = End(chunk.status());
      return;
    }
    head.chunk = std::move(**chunk);
  }
  tasks::StartRequest start;
  start.action = request_->shard_action;
  start.token = {task_->id(), number};
  start.payload = head.Encode();
  if (!small) start.stream = part.source;
  // Safe: the coordinator is owned by the callback of WhenJoined() of each of its scopes.
  scope.Start(peer, std::move(start),
              {.on_started = nullptr,
               .on_progress = [this, &part](const std::string& bytes) { TakeResults(part, bytes); },
               .on_end = [this, &part, number](const End& end) { PartEnded(part, number, end); },
               .at_once = true});
}

// The node may be on its way back; a shard that moves takes what is left where it is then. A stop
// ends the waiting, and its time does.
void Coordinator::PartEnded(Part& part, std::uint32_t number, const End& end) {
  const std::int64_t now = service_.node.clock.MonotonicNanos();
  if (HasMoved(part, end)) {
    part.moves = true;
    part.before = part.told;
    part.group.first = part.next;
    part.group.operations -= DecodeTold(end.result.value_or(""));
    return StartLater(part, number, now + kMovesNanos);
  }
  if (WasNotTaken(end)) return StartLater(part, number, now + kTryAgainNanos);
  part.end = end;
}

// Nothing has begun of what its shard has not told of.
bool Coordinator::HasMoved(const Part& part, const End& end) const {
  return engine::IsShardMoves(end.error) && part.next != kNowhere &&
         part.told == part.before + DecodeTold(end.result.value_or(""));
}

// A move takes its time even from a request that has none.
std::int64_t Coordinator::DueOf(const Part& part) const {
  const std::int64_t timeout = request_->params.write.timeout.nanos();
  return start_nanos_ + (part.moves ? std::max(timeout, kLongestMoveNanos) : timeout);
}

void Coordinator::TakeResults(Part& part, const std::string& bytes) {
  auto settled = DecodeResults(bytes);
  if (!settled.ok() || part.before + settled->first != part.told)
    return;  // the rest will be called unknown
  for (engine::OperationResult& result : settled->results) {
    if (part.next == kNowhere) return;
    if (result.source) Keep(part, result.source->size());
    request_->results.Set(part.next, InWords(std::move(result)));
    part.next = request_->body.item(part.next).next;
    ++part.told;
  }
  task_->AddDone(static_cast<std::int64_t>(settled->results.size()));
}

// What updates were asked to tell may be any amount. What is done is told in any case; when there
// is no room for more, nothing more is done.
void Coordinator::Keep(Part& part, std::size_t bytes) {
  const auto more = static_cast<std::int64_t>(bytes);
  Status fits = request_->results.full() ? base::Rejected("the answer would be too long")
                                         : part.memory.Grow(more);
  if (fits.ok()) return;
  part.memory.Overdraw(part.memory.bytes() + more);
  std::vector<tasks::ChildScope*> scopes = {&*children_};
  {
    std::lock_guard lock(joined_mutex_);
    if (!full_.ok()) return;
    full_ = fits;
    for (tasks::ChildScope& late : late_) scopes.push_back(&late);
  }
  for (tasks::ChildScope* const scope : scopes) {
    scope->StopChildren({.cause = tasks::StopCause::kBackpressure, .reason = fits.reason()});
  }
}

void Coordinator::SettlePart(Part& part) {
  if (part.next == kNowhere) return;
  if (!part.end) part.end = End(task_->Checkpoint());  // it was not started any more
  const bool lost = IsLost(*part.end);
  const Status stop = task_->Checkpoint();
  const std::uint32_t undone = request_->results.Keep(
      !stop.ok() ? NotExecuted(stop.reason())
                 : (full_.ok() ? Undone(*request_, part.group, *part.end) : full_));
  const std::uint32_t unknown = request_->results.Keep(OutcomeUnknown(part.end->error));
  left_undone_ = true;
  // What a shard has told of, or may have done without a word, and we have not heard.
  const std::uint64_t done_there =
      part.before + (lost ? part.source->handed() : DecodeTold(part.end->result.value_or("")));
  for (; part.next != kNowhere; part.next = request_->body.item(part.next).next) {
    const bool may_be = part.told < done_there;
    request_->results.SetFailure(part.next, may_be ? UnitOutcome::kUnknown : UnitOutcome::kNotDone,
                                 may_be ? unknown : undone);
    ++part.told;
  }
}

void Coordinator::PartsJoined(Status why) {
  {
    std::lock_guard lock(joined_mutex_);
    if (why.code() == base::Code::kUnconfirmed || joined_.ok()) joined_ = std::move(why);
    if (--unjoined_ > 0) return;
    why = joined_;
  }
  Joined(std::move(why));
}

void Coordinator::Joined(Status why) {
  waiting_.reset();
  for (const auto& part : parts_) {
    SettlePart(*part);
    request_->memory.Overdraw(request_->memory.bytes() + part->memory.bytes());
    part->memory.Release();
  }
  request_->took_millis = (service_.node.clock.MonotonicNanos() - start_nanos_) / 1'000'000;
  if (why.code() == base::Code::kUnconfirmed) return Finish(End(std::move(why)));
  // A stop that left nothing undone has changed nothing; failed actions are told one by one.
  Status stopped = left_undone_ ? task_->Checkpoint() : Status();
  Finish(End(std::move(stopped)));
}

void Coordinator::Finish(End end) { std::move(task_).Finish(std::move(end)); }

}  // namespace actions::bulk
