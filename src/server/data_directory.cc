#include "server/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/ids.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text/strings.h"

namespace server {

using base::Result;

namespace {

constexpr std::size_t kIdLength = 22;  // base64url of 16 bytes

bool IsNodeId(std::string_view text) {
  return text.size() == kIdLength && std::ranges::all_of(text, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
         });
}

// What a damaged file holds, fit for a message.
std::string Printable(std::string_view text) {
  std::string shown(text.substr(0, kIdLength + 2));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(const std::string& path,
                                          const std::set<std::string>& accepted) {
  RETURN_IF_ERROR(base::MakeDirectories(path));
  const std::string lock_path = path + "/node.lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return base::Internal("cannot open [" + lock_path + "]: " + std::strerror(errno));
  DataDirectory directory(path, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0)
    return base::Internal("another node runs on [" + path +
                          "]: stop it, or choose another path.data");

  // What a crash left of spilled request bodies.
  std::error_code ignored;
  std::filesystem::remove_all(path + "/tmp", ignored);
  RETURN_IF_ERROR(base::MakeDirectories(path + "/tmp"));

  RETURN_IF_ERROR(directory.OpenLedger());
  RETURN_IF_ERROR(directory.FindNodeId(accepted));
  return directory;
}

bool DataDirectory::HasStore() const {
  std::error_code ignored;
  return std::filesystem::exists(path_ + "/store/CURRENT", ignored);
}

base::Status DataDirectory::OpenLedger() {
  const std::string file = path_ + "/store.ledger";
  ASSIGN_OR_RETURN(ledger_, journal::Ledger::Open(file));
  if (!ledger_->damage().ok()) {
    base::log::Error("server", "ledger is damaged: what the store must contain cannot be checked",
                     {{"file", file}, {"error", ledger_->damage()}});
  } else if (!ledger_->found() && HasStore()) {
    base::log::Warn("server", "there is no ledger: what the store must contain cannot be checked",
                    {{"file", file}});
  }
  return {};
}

base::Status DataDirectory::SetNodeId(std::string id) {
  RETURN_IF_ERROR(base::WriteFileAtomically(path_ + "/node.id", id));
  node_id_ = std::move(id);
  ledger_->SetNodeId(node_id_);
  return ledger_->Save();
}

base::Status DataDirectory::FindNodeId(const std::set<std::string>& accepted) {
  const std::string file = path_ + "/node.id";
  Result<std::string> read = base::ReadFile(file);
  if (!read.ok() && read.status().http_status() != 404) return read.status();
  const std::string found = read.ok() ? std::string(base::TrimAscii(*read)) : std::string();
  const std::string what = read.ok() ? "holds [" + Printable(found) + "], which is no node id"
                                     : std::string("is missing");
  const std::string known = ledger_->node_id();
  if (IsNodeId(found) && (known.empty() || known == found)) {
    node_id_ = found;
    ledger_->SetNodeId(found);  // saved with what is noted next: a full disk keeps no node down
    return {};
  }
  if (IsNodeId(found)) {
    if (accepted.contains("node.id/" + found)) return SetNodeId(found);
    return base::Internal("[" + file + "] holds [" + found + "], but this directory belongs to [" +
                          known + "], to which its shards are assigned; write [" + known +
                          "] into it, or go on as another node with -E "
                          "node.accept_loss=node.id/" +
                          found);
  }
  if (!known.empty()) {
    base::log::Warn("server", "node id was restored from the ledger",
                    {{"file", file}, {"problem", what}, {"node_id", known}});
    return SetNodeId(known);
  }
  if (read.ok() || HasStore()) {
    if (!accepted.contains("node.id")) {
      return base::Internal("[" + file + "] " + what +
                            ", and nothing else knows the id to which the shards of this directory "
                            "are assigned; restore the file, or take a new id with -E "
                            "node.accept_loss=node.id: the shards stay unassigned then");
    }
    base::log::Warn("server", "node takes a new id as the operator asked", {{"problem", what}});
  }
  return SetNodeId(base::RandomId());
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      node_id_(std::move(other.node_id_)),
      ledger_(std::move(other.ledger_)),
      lock_(other.lock_) {
  other.lock_ = -1;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace server
