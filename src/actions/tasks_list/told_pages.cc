#include "actions/tasks_list/told_pages.h"

#include <algorithm>

namespace actions::tasks_list {

OfNode TakeApart(FanOut::Answer answer, Failures& failures) {
  OfNode of;
  of.node_id = answer.node_id;
  if (answer.result) answer.progress.push_back(*std::move(answer.result));
  for (const std::string& bytes : answer.progress) {
    base::Result<TaskPage> page = DecodePage(bytes);
    if (!page.ok()) {
      answer.status.Update(page.status());
      break;
    }
    if (!page->tasks.empty()) of.pages.push_back(std::move(page->tasks));
    std::ranges::move(page->failures, std::back_inserter(failures.tasks));
    answer.status.Update(page->node_failure);
    of.next = page->next;
  }
  if (!answer.status.ok()) failures.nodes.push_back({answer.node_id, answer.status});
  return of;
}

std::shared_ptr<ToldPages> ToldPages::Make(cluster::StatePtr state,
                                           std::vector<FanOut::Answer> answers) {
  Failures failures;
  std::vector<OfNode> nodes;
  for (FanOut::Answer& answer : answers) nodes.push_back(TakeApart(std::move(answer), failures));
  return std::make_shared<ToldPages>(std::move(state), std::move(nodes), std::move(failures));
}

bool ToldPages::Short() const {
  return std::ranges::all_of(nodes_, [](const OfNode& of) { return of.pages.size() <= 1; });
}

bool ToldPages::Empty() const {
  return std::ranges::all_of(nodes_, [](const OfNode& of) { return of.pages.empty(); });
}

void ToldPages::ForEach(const std::function<void(const tasks::TaskInfo&)>& visit) const {
  for (const OfNode& of : nodes_) {
    for (const auto& page : of.pages) std::ranges::for_each(page, visit);
  }
}

void ToldPages::Next(Taken taken) {
  while (at_ < nodes_.size() && nodes_[at_].pages.empty()) ++at_;
  if (at_ == nodes_.size()) return taken(std::nullopt);
  OfNode& of = nodes_[at_];
  Page page{of.node_id, std::move(of.pages.front())};
  of.pages.pop_front();
  taken(std::move(page));
}

}  // namespace actions::tasks_list
