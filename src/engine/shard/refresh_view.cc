#include "engine/shard/refresh_view.h"

#include "base/log.h"

namespace engine {

namespace {

RefreshView::View ViewOf(const journal::Position& position,
                         journal::NodeStore::SnapshotPtr snapshot) {
  return {position.last_seq_no, position.counters, std::move(snapshot)};
}

}  // namespace

RefreshView::RefreshView(journal::NodeStore& store, const journal::Journal& journal)
    : store_(store), journal_(journal), view_(ViewOf(journal.position(), nullptr)) {}

RefreshView::View RefreshView::current() const {
  std::lock_guard lock(mutex_);
  return view_;
}

void RefreshView::Refresh() {
  std::lock_guard lock(mutex_);
  journal::Position position = journal_.position();
  if (!appending_) {
    view_ = ViewOf(position, nullptr);
    return;
  }
  // An append is on its way: the snapshot has it or not, and its own record says which.
  auto snapshot = store_.Freeze();
  const auto next = journal_.Find(position.record + 1, snapshot);
  if (!next.ok()) {
    base::log::Warn("shard", "cannot refresh", {{"error", next.status()}});
    return;
  }
  if (*next) position = **next;
  view_ = ViewOf(position, std::move(snapshot));
}

void RefreshView::BeginAppend() {
  std::lock_guard lock(mutex_);
  appending_ = true;
  if (!view_.snapshot) view_.snapshot = store_.Freeze();
}

void RefreshView::EndAppend() {
  std::lock_guard lock(mutex_);
  appending_ = false;
}

}  // namespace engine
