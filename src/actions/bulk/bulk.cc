#include "actions/bulk/bulk.h"

#include "actions/auto_create/auto_create.h"
#include "actions/bulk/shard_bulk.h"
#include "actions/update/update.h"

namespace actions::bulk {

void Register(Node& node) {
  AddShardActions(node);
  update::AddShardAction(node);
  auto_create::Register(node);
}

}  // namespace actions::bulk
