#include "actions/delete/delete.h"

namespace actions::delete_ {

std::string Describe(std::string_view index, std::string_view id) {
  return "delete {[" + std::string(index) + "][" + std::string(id) + "]}";
}

bulk::SingleWrite DeleteWrite(bulk::BulkParams params, std::string id, bulk::Extra extra) {
  bulk::SingleWrite write;
  write.type = engine::OpType::kDelete;
  write.id = std::move(id);
  write.extra = extra;
  write.params = std::move(params);
  return write;
}

}  // namespace actions::delete_
