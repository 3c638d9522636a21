#include "actions/bulk/service.h"

#include "base/io.h"
#include "base/log.h"

namespace actions::bulk {

namespace {

SpillBuffer::Options SpillOptions(const Node& node) {
  SpillBuffer::Options options;
  options.memory_bytes = node.settings.bulk_memory_bytes;
  options.directory = node.settings.data_path + "/tmp";
  const base::Status made = base::MakeDirectories(options.directory);
  if (!made.ok()) {  // requests that need it will say so
    base::log::Warn("bulk", "no room for large bodies", {{"error", made}});
  }
  return options;
}

}  // namespace

Service::Service(Node& of)
    : node(of), spill(SpillOptions(of)), memory{.memory_bytes = SIZE_MAX, .directory = {}} {}

}  // namespace actions::bulk
