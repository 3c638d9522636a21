#include "actions/delete/delete.h"

namespace actions::delete_ {

bulk::SingleWrite DeleteWrite(bulk::BulkParams params, std::string id, bulk::Extra extra) {
  bulk::SingleWrite write;
  write.action = names::kDelete;
  write.description = "delete {[" + params.index + "][" + id + "]}";
  write.type = engine::OpType::kDelete;
  write.id = std::move(id);
  write.extra = extra;
  write.params = std::move(params);
  return write;
}

}  // namespace actions::delete_
