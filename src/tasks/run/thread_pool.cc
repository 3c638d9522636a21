#include "tasks/run/thread_pool.h"

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <new>
#include <thread>

#include "base/log.h"
#include "base/thread.h"
#include "tasks/record/checkpoint_monitor.h"
#include "tasks/record/task_info_json.h"

namespace tasks {

namespace {

constexpr std::chrono::seconds kIdleThreadEnds(10);
const Stop kShutdown{.cause = StopCause::kShutdown, .reason = "node is shutting down"};

thread_local bool on_leaf_thread = false;

}  // namespace

bool OnLeafThread() { return on_leaf_thread; }
LeafThread::LeafThread(bool is_leaf) : before_(std::exchange(on_leaf_thread, is_leaf)) {}
LeafThread::~LeafThread() { on_leaf_thread = before_; }

struct ThreadPool::Entry {
  void EndQueued();

  std::shared_ptr<State> state;
  RunningTask task;
  Taken work;
  bool begun = false;  // constant: it has yielded, so it cannot be ended without its work
  std::optional<Waiting> waiting;
  std::optional<StopHook> hook;
  std::list<std::shared_ptr<Entry>>::iterator place;  // guarded by State::mutex; if `queued`
  bool queued = false;                                // guarded by State::mutex
};

struct ThreadPool::State : std::enable_shared_from_this<State> {
  using EntryPtr = std::shared_ptr<Entry>;
  using Threads = std::list<std::jthread>;

  State(Options chosen, Poster& posts) : options(std::move(chosen)), loop(posts) {}

  bool coordinators() const { return options.runs == Runs::kCoordinators; }
  base::Status Queue(const EntryPtr& entry);
  base::Status Enqueue(const EntryPtr& entry);
  void AddThread();  // needs mutex
  void EndQueued(Entry& entry);
  EntryPtr Take(Threads::iterator self);
  void Run(Threads::iterator self);
  void Work(Entry& entry) const;
  base::Status Rejection(const Entry& entry) const;
  void Stop();

  const Options options;  // constant
  Poster& loop;
  const char* const queue_name = Interned(options.name + " queue");
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::list<EntryPtr> queue;                 // guarded by mutex
  int idle = 0, active = 0, largest = 0;     // guarded by mutex
  std::int64_t completed = 0, rejected = 0;  // guarded by mutex
  std::atomic<std::int64_t> elsewhere = 0;   // a counter
  bool stopped = false;                      // guarded by mutex
  Threads threads;                           // guarded by mutex
  Threads ended;                             // guarded by mutex; joined by the next who looks
};

base::Status ThreadPool::State::Rejection(const Entry& entry) const {
  return base::Rejected("rejected execution of " + std::string(entry.task->spec().action) + " on " +
                        options.name);
}

// With what ends it when it is stopped while it waits. Not OK: it does not wait.
base::Status ThreadPool::State::Queue(const EntryPtr& entry) {
  const TaskPtr context = entry->task.context();
  entry->waiting.emplace(*context, queue_name);
  entry->hook.emplace(*context, loop, std::weak_ptr(entry), &Entry::EndQueued);
  if (base::Status refused = Enqueue(entry); !refused.ok()) {
    entry->hook.reset();
    entry->waiting.reset();
    return refused;
  }
  if (!context->Checkpoint().ok()) EndQueued(*entry);  // the hook came before the queue
  return {};
}

base::Status ThreadPool::State::Enqueue(const EntryPtr& entry) {
  Threads reaped;  // joined outside our lock; they have nothing left to do
  std::lock_guard lock(mutex);
  reaped.swap(ended);
  const std::size_t free_threads =
      static_cast<std::size_t>(idle) +
      (coordinators() ? static_cast<std::size_t>(options.threads) - threads.size() : 0);
  const bool full = queue.size() >= options.queue + free_threads && !entry->begun;
  if (stopped || full) {
    ++rejected;
    return Rejection(*entry);
  }
  if (entry->begun) --completed;  // counted when it has run to its end
  entry->place = queue.insert(queue.end(), entry);
  entry->queued = true;
  if (coordinators() && queue.size() > static_cast<std::size_t>(idle) &&
      threads.size() < static_cast<std::size_t>(options.threads))
    AddThread();
  changed.notify_one();
  return {};
}

void ThreadPool::State::AddThread() {
  const auto self = threads.emplace(threads.end());
  ++idle;
  largest = std::max(largest, static_cast<int>(threads.size()));
  *self = std::jthread([this, self] { Run(self); });
}

void ThreadPool::Entry::EndQueued() { state->EndQueued(*this); }

// Ends a task that was stopped while it was queued. On the loop, or in Queue(); the caller keeps
// `entry` alive.
void ThreadPool::State::EndQueued(Entry& entry) {
  {
    std::lock_guard lock(mutex);
    if (!std::exchange(entry.queued, false)) return;  // a thread has it
    queue.erase(entry.place);
  }
  entry.hook.reset();
  entry.waiting.reset();
  if (entry.begun) return entry.work(std::move(entry.task));
  base::Status why = entry.task->Checkpoint();
  std::move(entry.task).Finish(End(std::move(why)));
}

// The next entry; null when the thread is to end.
ThreadPool::State::EntryPtr ThreadPool::State::Take(Threads::iterator self) {
  std::unique_lock lock(mutex);
  const auto ready = [this] { return stopped || !queue.empty(); };
  if (!coordinators()) {
    changed.wait(lock, ready);
  } else if (!changed.wait_for(lock, kIdleThreadEnds, ready)) {
    --idle;
    ended.splice(ended.end(), threads, self);
    return nullptr;
  }
  --idle;
  if (queue.empty()) return nullptr;
  EntryPtr entry = std::move(queue.front());
  queue.pop_front();
  entry->queued = false;
  ++active;
  return entry;
}

void ThreadPool::State::Run(Threads::iterator self) {
  base::IntroduceThread(options.name, options.turns, options.nice);
  while (const EntryPtr entry = Take(self)) {
    Work(*entry);
    std::lock_guard lock(mutex);
    --active;
    ++idle;
    ++completed;
  }
}

void ThreadPool::State::Work(Entry& entry) const {
  entry.hook.reset();  // waits for one that is just posting; the loop then finds it taken
  entry.waiting.reset();
  if (base::Status why = entry.task->Checkpoint(); !why.ok() && !entry.begun)
    return std::move(entry.task).Finish(End(std::move(why)));
  const LeafThread leaf(!coordinators());
  const OnThread on(entry.task.registry().monitor(), entry.task.context());
  try {
    entry.work(std::move(entry.task));
  } catch (const std::bad_alloc&) {  // its task has ended on the way here
    base::log::Error("memory", "a task ran out of memory and was given up");
  }
}

void ThreadPool::State::Stop() {
  std::list<EntryPtr> left;
  Threads joined;
  {
    std::lock_guard lock(mutex);
    stopped = true;
    left.swap(queue);
    for (const EntryPtr& entry : left) entry->queued = false;
    joined.splice(joined.end(), threads);
    joined.splice(joined.end(), ended);
    changed.notify_all();
  }
  for (const EntryPtr& entry : left) {
    entry->task->RequestStop(kShutdown);
    Work(*entry);
  }
}

ThreadPool::ThreadPool(Options options, Poster& loop)
    : state_(std::make_shared<State>(std::move(options), loop)) {
  std::lock_guard lock(state_->mutex);
  if (state_->coordinators()) return;  // theirs are made on demand
  for (int i = 0; i < state_->options.threads; ++i) state_->AddThread();
}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::Submit(RunningTask task, Work work) {
  Hand(std::move(task), [work = std::move(work)](RunningTask running) {
    End end;
    try {
      end = work(*running);
    } catch (const std::bad_alloc&) {
      end = End(base::OutOfMemory());
    }
    std::move(running).Finish(std::move(end));
  });
}

void ThreadPool::Hand(RunningTask task, Taken work) {
  const auto entry = std::make_shared<Entry>();
  entry->state = state_;
  entry->task = std::move(task);
  entry->work = std::move(work);
  if (base::Status refused = state_->Queue(entry); !refused.ok()) {
    std::move(entry->task).Finish(End(std::move(refused)));
  }
}

void ThreadPool::Yield(RunningTask task, Taken work) {
  const auto entry = std::make_shared<Entry>();
  entry->state = state_;
  entry->task = std::move(task);
  entry->work = std::move(work);
  entry->begun = true;
  if (state_->Queue(entry).ok()) return;
  entry->task->RequestStop(kShutdown);
  entry->work(std::move(entry->task));
}

void ThreadPool::CountElsewhere() { state_->elsewhere.fetch_add(1, std::memory_order_relaxed); }

ThreadPool::Stats ThreadPool::stats() const {
  std::lock_guard lock(state_->mutex);
  return {.threads = static_cast<int>(state_->threads.size()),
          .active = state_->active,
          .largest = state_->largest,
          .queue = state_->queue.size(),
          .completed = state_->completed + state_->elsewhere.load(std::memory_order_relaxed),
          .rejected = state_->rejected};
}

const std::string& ThreadPool::name() const { return state_->options.name; }

void ThreadPool::Stop() { state_->Stop(); }

}  // namespace tasks
