#include "actions/tasks_list/fan_out.h"

#include <atomic>
#include <utility>

#include "actions/tasks_list/failures.h"

namespace actions::tasks_list {

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

// Only for OpenSearch's text about nodes that do not answer.
std::atomic<std::uint64_t> last_request_id{0};

}  // namespace

FanOut::FanOut(Node& node, tasks::RunningTask task, const cluster::StatePtr& state)
    : node_(node),
      state_(state),
      task_(std::move(task)),
      context_(task_.context()),
      scope_(std::in_place, *context_) {}

void FanOut::Ask(Question question, Done done) {
  auto round = std::make_shared<Round>();
  const std::size_t count = question.nodes.size();
  round->answers.resize(count);
  round->answered.resize(count);
  round->open = count + 1;  // one for ourselves: nobody is done while children are being started
  round->timeout_millis = question.timeout_millis.value_or(0);
  round->action = question.action;
  round->known_here = std::move(question.known_here);
  round->done = std::move(done);
  for (std::size_t i = 0; i < count; ++i) round->answers[i].node_id = question.nodes[i];

  if (question.timeout_millis.value_or(1) <= 0) {
    for (Answer& answer : round->answers) answer.status = Silent(*round, answer.node_id);
    return std::exchange(round->done, nullptr)(std::move(round->answers));
  }
  for (std::size_t i = 0; i < count; ++i) StartChild(round, i, question);
  if (question.timeout_millis) {
    const std::lock_guard lock(mutex_);
    if (round->open > 1)
      round->timer =
          node_.loop.At(node_.clock.MonotonicNanos() + *question.timeout_millis * kNanosPerMilli,
                        [self = shared_from_this(), round] { self->OnTimeout(round); });
  }
  Deliver(round);
}

void FanOut::StartChild(const std::shared_ptr<Round>& round, std::size_t i,
                        const Question& question) {
  const auto fail = [&](base::Status why) {
    {
      const std::lock_guard lock(mutex_);
      round->answered[i] = true;
      round->answers[i].status = std::move(why);
    }
    Deliver(round);
  };
  const std::string& node_id = question.nodes[i];
  tasks::Peer* const peer = node_.peers.Find(node_id);
  if (peer == nullptr) return fail(NoSuchNode(node_id));

  tasks::StartRequest request;
  request.action = question.action;
  request.payload = question.payload;
  tasks::CallEvents events;
  events.on_progress = [self = shared_from_this(), round, i](const std::string& bytes) {
    const std::lock_guard lock(self->mutex_);
    if (!round->answered[i]) round->answers[i].progress.push_back(bytes);
  };
  events.on_end = [self = shared_from_this(), round, i](const tasks::End& end) {
    self->OnAnswer(round, i, end);
  };
  events.at_once = true;
  {
    const std::lock_guard lock(mutex_);
    ++children_;
  }
  if (scope_->Start(*peer, std::move(request), std::move(events))) return;
  {
    const std::lock_guard lock(mutex_);
    --children_;
  }
  fail(context_->Checkpoint());
}

void FanOut::OnAnswer(const std::shared_ptr<Round>& round, std::size_t i, tasks::End end) {
  {
    const std::lock_guard lock(mutex_);
    --children_;
    if (round->answered[i]) return;  // too late
    round->answered[i] = true;
    round->answers[i].result = std::move(end.result);
    round->answers[i].status = std::move(end.error);
  }
  Deliver(round);
}

// One of the round's `open` reasons to wait is gone.
void FanOut::Deliver(const std::shared_ptr<Round>& round) {
  Done done;
  {
    const std::lock_guard lock(mutex_);
    if (--round->open > 0 || !round->done) return;
    done = std::exchange(round->done, nullptr);
  }
  if (round->timer) node_.loop.Cancel(*round->timer);
  done(std::move(round->answers));
}

bool FanOut::WaitsForSelf(const Round& round) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; round.done && i < round.answers.size(); ++i) {
    if (!round.answered[i] && round.answers[i].node_id == node_.registry.node_id()) return true;
  }
  return false;
}

void FanOut::OnTimeout(const std::shared_ptr<Round>& round) {
  std::optional<Known> known;
  if (round->known_here && WaitsForSelf(*round)) known = round->known_here();
  Done done;
  {
    const std::lock_guard lock(mutex_);
    if (!round->done) return;
    for (std::size_t i = 0; i < round->answers.size(); ++i) {
      if (round->answered[i]) continue;
      round->answered[i] = true;
      Answer& answer = round->answers[i];
      const bool here = known && answer.node_id == node_.registry.node_id();
      if (here) answer.result = std::move(known->result);
      if (!here || !known->all) answer.status = Silent(*round, answer.node_id);
    }
    done = std::exchange(round->done, nullptr);
  }
  done(std::move(round->answers));
}

base::Status FanOut::Silent(const Round& round, const std::string& node_id) const {
  const auto found = state_->nodes.find(node_id);
  const std::string name = found == state_->nodes.end() ? node_id : found->second.name;
  const std::string address = found == state_->nodes.end() ? "" : found->second.transport_address;
  return {500, "receive_timeout_transport_exception",
          "[" + name + "][" + address + "][" + std::string(round.action) + "] request_id [" +
              std::to_string(++last_request_id) + "] timed out after [" +
              std::to_string(round.timeout_millis) + "ms]"};
}

void FanOut::Finish(tasks::End end, std::function<void()> finished) {
  bool silent = false;
  {
    const std::lock_guard lock(mutex_);
    silent = children_ > 0;
  }
  if (silent) {
    std::exchange(finished, nullptr)();
    tasks::Stop stop;
    stop.cause = tasks::StopCause::kAbandoned;
    stop.reason = "the answer has been given without it";
    scope_->StopChildren(std::move(stop));
  }
  scope_->WhenJoined([self = shared_from_this(), end = std::move(end),
                      finished = std::move(finished)](const base::Status&) mutable {
    std::move(self->task_).Finish(std::move(end));
    if (finished) finished();
  });
}

}  // namespace actions::tasks_list
