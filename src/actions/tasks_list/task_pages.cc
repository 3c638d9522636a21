#include "actions/tasks_list/task_pages.h"

#include <atomic>

namespace actions::tasks_list {

namespace {

// Asks again from within the answer as long as answers come at once: without recursion, as there
// may be thousands.
class Taker : public std::enable_shared_from_this<Taker> {
 public:
  using Done = std::function<void(std::vector<TaskPages::Page>)>;
  Taker(TaskPagesPtr pages, Done done) : pages_(std::move(pages)), done_(std::move(done)) {}

  void Run() {
    do {
      state_.store(State::kAsking);
      pages_->Next([self = shared_from_this()](std::optional<TaskPages::Page> page) {
        self->OnPage(std::move(page));
      });
      // kAsking: OnPage() will go on with Run() itself.
    } while (state_.exchange(State::kLeft) == State::kHere);
  }

 private:
  enum class State : char { kAsking, kHere, kLeft };

  void OnPage(std::optional<TaskPages::Page> page) {
    if (!page) return done_(std::move(taken_));
    taken_.push_back(*std::move(page));
    if (state_.exchange(State::kHere) == State::kLeft) Run();
  }

  const TaskPagesPtr pages_;
  const Done done_;
  std::vector<TaskPages::Page> taken_;
  std::atomic<State> state_{State::kAsking};
};

}  // namespace

void TakeAll(TaskPagesPtr pages, std::function<void(std::vector<TaskPages::Page>)> done) {
  std::make_shared<Taker>(std::move(pages), std::move(done))->Run();
}

}  // namespace actions::tasks_list
