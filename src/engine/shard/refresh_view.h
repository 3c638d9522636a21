// engine/shard/refresh_view.h
//
// The state of the shard as of its last refresh. A snapshot holds back what the whole store could
// drop, so it is taken only when something newer is about to be written, and let go by the next
// refresh.
//
// Lifetime: owned by the shard. Threads: any; the brackets around an append by its leader.

#pragma once

#include <mutex>

#include "journal/journal.h"

namespace engine {

class RefreshView {
 public:
  struct View {
    std::int64_t seq_no = -1;
    journal::Counters counters;
    journal::NodeStore::SnapshotPtr snapshot;  // null: nothing newer has been written
  };

  RefreshView(journal::NodeStore& store, const journal::Journal& journal);

  View current() const;
  void Refresh();

  void BeginAppend();
  void EndAppend();

 private:
  journal::NodeStore& store_;
  const journal::Journal& journal_;
  mutable std::mutex mutex_;
  View view_;               // guarded by mutex_
  bool appending_ = false;  // guarded by mutex_
};

}  // namespace engine
