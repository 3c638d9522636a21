#include "rest/routes/shard_failures.h"

#include "base/json/error_json.h"

namespace rest::routes {

void WriteShardFailures(base::json::Writer& out,
                        const std::vector<actions::indices::ShardFailure>& failures) {
  out.BeginArray();
  for (const actions::indices::ShardFailure& failure : failures) {
    out.BeginObject();
    out.Field("shard", failure.shard);
    out.Field("index", failure.index);
    out.Field("status", base::StatusName(failure.why.http_status()));
    out.Key("reason");
    base::WriteException(out, failure.why);
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace rest::routes
