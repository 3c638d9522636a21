// server/data_directory.h
//
// The directory a node owns: locked while it runs, with the node's lasting id and the ledger of
// what its store must contain.
//
// Lifetime: held by the process from before the store opens until after it closed.

#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/result.h"
#include "journal/ledger.h"

namespace server {

class DataDirectory {
 public:
  // Makes it if there is none. 500 if another process has it, or if the node's id was lost or
  // changed, unless `accepted` (node.accept_loss) names that. An id that the ledger knows is
  // restored.
  static base::Result<DataDirectory> Open(const std::string& path,
                                          const std::set<std::string>& accepted = {});
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  const std::string& node_id() const { return node_id_; }
  journal::Ledger& ledger() const { return *ledger_; }

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  bool HasStore() const;
  base::Status OpenLedger();
  base::Status FindNodeId(const std::set<std::string>& accepted);
  base::Status SetNodeId(std::string id);

  std::string path_;
  std::string node_id_;
  std::unique_ptr<journal::Ledger> ledger_;
  int lock_ = -1;
};

}  // namespace server
