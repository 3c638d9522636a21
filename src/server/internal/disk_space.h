// server/internal/disk_space.h
//
// What a start does about the disk of the data directory, before anything is written to it.

#pragma once

#include <memory>
#include <string>

#include "journal/node_store.h"

namespace server {

// The room of the disk that `path` is on, made if it is missing. On a small disk the store's
// buffers become smaller, so that its flushes and compactions find room. Without room to start, the
// ballast is released. Sets what `store` needs of it.
base::Result<std::unique_ptr<journal::DiskRoom>> PrepareDisk(const std::string& path,
                                                             journal::NodeStore::Options& store);

}  // namespace server
