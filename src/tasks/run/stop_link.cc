#include "tasks/run/stop_link.h"

namespace tasks {

StopLink::StopLink(TaskContext& from, TaskContext& to, Poster& loop)
    : ends_(std::make_shared<Ends>(from.shared_from_this(), to.shared_from_this())),
      hook_(from, loop, std::weak_ptr(ends_), &Ends::PassOn) {}

void StopLink::Ends::PassOn() {
  if (auto stop = from->stop()) {
    stop->cause = StopCause::kParent;
    to->RequestStop(*std::move(stop));
  }
}

}  // namespace tasks
