#include "cluster/index/index_blocks.h"

#include <algorithm>
#include <array>

namespace cluster {

namespace {

struct Block {
  const char* setting;
  const char* shown;
  int status;
  bool read, write, read_metadata, change_metadata, erase;

  bool Forbids(Access access) const {
    switch (access) {
      case Access::kRead:
        return read;
      case Access::kWrite:
        return write;
      case Access::kErase:  // it makes room, where the disk is what forbids to write
        return write && status != 429;
      case Access::kReadMetadata:
        return read_metadata;
      case Access::kChangeMetadata:
        return change_metadata;
      case Access::kDelete:
        return erase;
    }
    return false;
  }
};

constexpr std::array<Block, 5> kBlocks = {{
    {"index.blocks.read_only", "FORBIDDEN/5/index read-only (api)", 403, false, true, false, true,
     true},
    {"index.blocks.read", "FORBIDDEN/7/index read (api)", 403, true, false, false, false, false},
    {"index.blocks.write", "FORBIDDEN/8/index write (api)", 403, false, true, false, false, false},
    {"index.blocks.metadata", "FORBIDDEN/9/index metadata (api)", 403, false, false, true, true,
     true},
    {"index.blocks.read_only_allow_delete",
     "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
     "read-only-allow-delete block",
     429, false, true, false, true, false},
}};

bool IsSet(const IndexMetadata& index, const char* setting) {
  const auto found = index.settings.find(setting);
  return found != index.settings.end() && found->second == "true";
}

}  // namespace

base::Status CheckBlocks(const IndexMetadata& index, Access access) {
  std::string why;
  int status = 429;  // worth another try, unless one of them is not
  for (const Block& block : kBlocks) {
    if (!block.Forbids(access) || !IsSet(index, block.setting)) continue;
    if (!why.empty()) why += ", ";
    why += block.shown;
    status = std::min(status, block.status);
  }
  if (why.empty()) return {};
  return {status, "cluster_block_exception",
          "index [" + index.name + "] blocked by: [" + why + "];"};
}

base::Status CheckBlocks(const ClusterState& state, const std::vector<std::string>& names,
                         Access access) {
  std::string why;
  int status = 429;
  for (const std::string& name : names) {
    const IndexPtr index = state.FindIndex(name);
    const base::Status blocked = index ? CheckBlocks(*index, access) : base::Status();
    if (blocked.ok()) continue;
    why += blocked.reason();
    status = std::min(status, blocked.http_status());
  }
  if (why.empty()) return {};
  return {status, "cluster_block_exception", why};
}

std::vector<ShownBlock> BlocksOf(const IndexMetadata& index) {
  std::vector<ShownBlock> shown;
  if (!index.open) shown.push_back({"4", "index closed", {"read", "write"}});
  for (const Block& block : kBlocks) {
    if (!IsSet(index, block.setting)) continue;
    const std::string_view text = block.shown;  // "FORBIDDEN/8/index write (api)"
    const std::size_t first = text.find('/'), second = text.find('/', first + 1);
    ShownBlock& one = shown.emplace_back();
    one.id = text.substr(first + 1, second - first - 1);
    one.description = text.substr(second + 1);
    if (block.read) one.levels.push_back("read");
    if (block.write) one.levels.push_back("write");
    if (block.read_metadata) one.levels.push_back("metadata_read");
    if (block.change_metadata) one.levels.push_back("metadata_write");
  }
  return shown;
}

std::string_view BlockSetting(std::string_view name) {
  constexpr std::string_view kPrefix = "index.blocks.";
  for (const Block& block : kBlocks) {
    const std::string_view setting = block.setting;
    if (setting.substr(kPrefix.size()) == name) return setting;
  }
  return {};
}

bool IsBlockAlone(const SettingsUpdate& update) {
  return update.size() == 1 && std::ranges::any_of(kBlocks, [&](const Block& block) {
           return block.change_metadata && update.begin()->first == block.setting;
         });
}

}  // namespace cluster
