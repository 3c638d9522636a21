#include "actions/cluster_state/await_version.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace actions::cluster_state {

namespace {

constexpr std::int64_t kLookAgainNanos = 20'000'000;

std::int64_t DueAfter(base::TimeValue timeout, std::int64_t now) {
  return now + std::min(timeout.nanos(), std::numeric_limits<std::int64_t>::max() - now);
}

// The waiting task; each timer on the loop owns it.
class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(Node& node, tasks::RunningTask task, const VersionWait& wait, AfterWait then)
      : node_(node),
        task_(std::move(task)),
        version_(wait.version),
        due_(DueAfter(wait.timeout, node.clock.MonotonicNanos())),
        then_(std::move(then)) {}

  void Look() {
    const bool reached = node_.cluster.state()->version >= version_;
    if (reached || node_.clock.MonotonicNanos() >= due_ || !task_->Checkpoint().ok())
      return then_(std::move(task_), reached);
    node_.loop.At(node_.clock.MonotonicNanos() + kLookAgainNanos,
                  [self = shared_from_this()] { self->Look(); });
  }

 private:
  Node& node_;
  tasks::RunningTask task_;  // one look at a time
  const std::uint64_t version_;
  const std::int64_t due_;
  const AfterWait then_;
};

}  // namespace

void AwaitVersion(Node& node, tasks::RunningTask task, const VersionWait& wait, AfterWait then) {
  std::make_shared<Waiting>(node, std::move(task), wait, std::move(then))->Look();
}

}  // namespace actions::cluster_state
