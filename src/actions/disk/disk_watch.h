// actions/disk/disk_watch.h
//
// Watches how full this node's disk is. Above the flood stage it sets
// index.blocks.read_only_allow_delete on the indices with shards here; below the high watermark it
// takes that away from those whose other nodes have room, too. While documents are only deleted it
// has the store give their room back.
//
// Between two of its looks the store looks by itself after so many bytes (journal/disk_room.h), so
// that no document is written above the flood stage, however fast they come.
//
// Lifetime: made by server/ once the node has a cluster state. Threads: its own; Stop() any.

#pragma once

#include <memory>

#include "actions/node.h"
#include "journal/disk_room.h"

namespace actions::disk {

class DiskWatch {
 public:
  struct Options {
    std::int64_t look_nanos = 1'000'000'000;
  };

  DiskWatch(Node& node, journal::DiskRoom& room, Options options);
  ~DiskWatch();

  // One look and what follows from it. The watch's own thread calls it again and again.
  void Look();
  void Stop();

 private:
  struct Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace actions::disk
