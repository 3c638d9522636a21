#include "cluster/nats/internal/link.h"

#include <nats/nats.h>

#include <algorithm>
#include <charconv>

#include "base/ids.h"
#include "base/log.h"
#include "base/thread.h"
#include "cluster/nats/connection.h"
#include "cluster/nats/internal/library.h"
#include "cluster/nats/internal/names.h"

namespace cluster::nats::internal {

struct Link::Batch {
  std::vector<Answer> answers;
  std::size_t left = 0;
  std::condition_variable done;
};

Link::Link(const ConnectionOptions& options)
    : shown_urls_(Presentable(options.urls)), inbox_("_INBOX." + base::RandomId() + ".") {}

base::Result<std::unique_ptr<Link>> Link::Open(const ConnectionOptions& options) {
  std::unique_ptr<Link> link(new Link(options));
  auto library = Library::Connect(*link, options);
  if (!library.ok()) return library.status();
  link->library_ = std::move(library).value();
  link->max_payload_ = link->library_->MaxPayload();
  auto inbox =
      Subscription::Open(*link->library_, link->inbox_ + "*", [&link = *link](natsMsg* message) {
        const bool nobody = natsMsg_IsNoResponders(message);
        const auto size = natsMsg_GetDataLength(message);
        link.OnReply(natsMsg_GetSubject(message),
                     {nobody ? Answer::Fate::kNobody : Answer::Fate::kAnswered,
                      std::string(natsMsg_GetData(message), static_cast<std::size_t>(size))});
      });
  if (!inbox.ok()) return inbox.status();
  link->library_->inbox = std::move(inbox).value();
  link->sender_ = std::thread([&link = *link] { link.Send(); });
  return link;
}

Link::~Link() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    outbox_.clear();
  }
  to_send_.notify_all();
  if (sender_.joinable()) sender_.join();
  library_.reset();  // no callback from here on
}

std::vector<Answer> Link::RequestAll(std::vector<Message> messages, Deadline deadline) {
  Batch batch{.answers = std::vector<Answer>(messages.size()), .left = messages.size()};
  std::unique_lock lock(mutex_);
  const bool over_another = std::ranges::any_of(messages, [this](const Message& message) {
    return message.only_over != 0 && message.only_over != connections_;
  });
  if (!connected_ || over_another) return std::move(batch.answers);
  const std::uint64_t first = last_token_ + 1;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    waiting_.emplace(++last_token_, Call{&batch, i});
    outbox_.emplace_back(last_token_, std::move(messages[i]));
  }
  to_send_.notify_one();
  Await(lock, batch, deadline,
        tasks::Uninterruptible{
            "the answer of nats-server to a read or a change of the cluster's metadata, at most "
            "`cluster.nats.timeout` and half a second; 1 ms, 2.5 s of a server that is frozen"});
  waiting_.erase(waiting_.lower_bound(first), waiting_.lower_bound(first + messages.size()));
  return std::move(batch.answers);  // up to a hundred megabytes
}

// Needs mutex_.
void Link::Await(std::unique_lock<std::mutex>& lock, Batch& batch, Deadline deadline,
                 tasks::Uninterruptible /*why*/) {
  batch.done.wait_until(lock, deadline, [&] { return batch.left == 0; });
}

Answer Link::Request(Message message, Deadline deadline) {
  std::vector<Message> messages;
  messages.push_back(std::move(message));
  return std::move(RequestAll(std::move(messages), deadline)[0]);
}

void Link::Publish(Message message) {
  std::lock_guard lock(mutex_);
  if (!connected_) return;
  outbox_.emplace_back(0, std::move(message));
  to_send_.notify_one();
}

void Link::Send() {
  base::IntroduceThread("nats-send");
  std::unique_lock lock(mutex_);
  for (;;) {
    to_send_.wait(lock, [this] { return stopped_ || !outbox_.empty(); });
    if (stopped_) return;
    const auto [token, message] = std::move(outbox_.front());
    outbox_.pop_front();
    if (token != 0) {
      const auto call = waiting_.find(token);
      if (call == waiting_.end()) continue;
      call->second.batch->answers[call->second.index].fate = Answer::Fate::kUnknown;
    }
    lock.unlock();
    const bool handed_over =
        library_->Publish(message, token == 0 ? "" : inbox_ + std::to_string(token));
    lock.lock();
    if (!handed_over) Finish(token, {Answer::Fate::kUnknown});
  }
}

void Link::Finish(std::uint64_t token, Answer answer) {
  const auto call = waiting_.find(token);
  if (call == waiting_.end()) return;
  Batch& batch = *call->second.batch;
  batch.answers[call->second.index] = std::move(answer);
  waiting_.erase(call);
  if (--batch.left == 0) batch.done.notify_one();
}

void Link::OnReply(std::string_view subject, Answer answer) {
  std::uint64_t token = 0;
  const std::string_view last = subject.substr(subject.rfind('.') + 1);
  std::from_chars(last.begin(), last.end(), token);
  std::lock_guard lock(mutex_);
  Finish(token, std::move(answer));
}

void Link::OnDisconnected() {
  std::lock_guard lock(mutex_);
  if (!stopped_) base::log::Warn("cluster", "the metadata store is away", {{"url", shown_urls_}});
  connected_ = false;
  outbox_.clear();
  while (!waiting_.empty()) {
    const auto [token, call] = *waiting_.begin();
    Finish(token, std::move(call.batch->answers[call.index]));  // as it is: not sent, or unknown
  }
}

void Link::OnReconnected(std::size_t max_payload) {
  {
    std::lock_guard lock(mutex_);
    max_payload_ = max_payload;
    connected_ = true;
    ++connections_;
  }
  came_back_.notify_all();
  base::log::Info("cluster", "the metadata store is back", {{"url", shown_urls_}});
  std::lock_guard lock(listeners_mutex_);
  for (const Listener* const listener : listeners_) listener->heard_("");
}

void Link::OnClosed() {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  base::log::Error("cluster",
                   "the metadata store has refused this node's credentials twice: it is not tried "
                   "again before a restart of this node",
                   {{"url", shown_urls_}});
}

bool Link::connected() const {
  std::lock_guard lock(mutex_);
  return connected_;
}

std::uint64_t Link::connections() const {
  std::lock_guard lock(mutex_);
  return connections_;
}

bool Link::WaitUntilConnected(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return came_back_.wait_until(lock, deadline, [this] { return connected_; });
}

std::size_t Link::max_payload() const {
  std::lock_guard lock(mutex_);
  return max_payload_;
}

base::Status Link::Unreachable(std::string_view why) const {
  return base::Status(503, "cluster_manager_not_discovered_exception",
                      "the metadata store " + shown_urls_ + " cannot be reached (" +
                          std::string(why) +
                          "): reads and running work go on, changes of the cluster wait for it");
}

base::Result<std::unique_ptr<Link::Listener>> Link::Listen(
    const std::string& subject, std::function<void(std::string_view)> heard) {
  std::unique_ptr<Listener> listener(new Listener(*this, std::move(heard)));
  auto subscription =
      Subscription::Open(*library_, subject, [&heard = listener->heard_](natsMsg* message) {
        heard(std::string_view(natsMsg_GetData(message),
                               static_cast<std::size_t>(natsMsg_GetDataLength(message))));
      });
  if (!subscription.ok()) return subscription.status();
  listener->subscription_ = std::move(subscription).value();
  return listener;
}

Link::Listener::Listener(Link& link, std::function<void(std::string_view)> heard)
    : link_(link), heard_(std::move(heard)) {
  std::lock_guard lock(link_.listeners_mutex_);
  link_.listeners_.push_back(this);
}

Link::Listener::~Listener() {
  {
    std::lock_guard lock(link_.listeners_mutex_);
    std::erase(link_.listeners_, this);
  }
  subscription_.reset();
}

}  // namespace cluster::nats::internal
