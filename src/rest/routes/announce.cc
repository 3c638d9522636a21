#include "rest/routes/announce.h"

#include "rest/origin.h"

namespace rest::routes {

Announce AnnounceOnIndices(actions::Node& node, std::string_view action) {
  return [&node, action](Request& request) {
    tasks::TaskSpec spec{.action = action};
    spec.indices = request.List("index");
    spec.origin = OriginOf(request.head());
    return node.registry.Register(std::move(spec));
  };
}

}  // namespace rest::routes
