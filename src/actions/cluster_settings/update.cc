#include "actions/cluster_settings/update.h"

#include "base/text/strings.h"
#include "cluster/settings/cluster_settings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::cluster_settings {

namespace {

using base::Status;
using cluster::SettingsUpdate;

struct Body {
  SettingsUpdate persistent, transient;
};

base::Result<Body> Parse(const tasks::TaskContext& task, const std::string& json) {
  if (base::TrimAscii(json).empty()) return base::ParseError("request body is required");
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, json));
  Body body;
  if (const auto* settings = document.root().Find("persistent")) {
    ASSIGN_OR_RETURN(body.persistent, cluster::FlattenSettings(*settings));
  }
  if (const auto* settings = document.root().Find("transient")) {
    ASSIGN_OR_RETURN(body.transient, cluster::FlattenSettings(*settings));
  }
  if (body.persistent.empty() && body.transient.empty()) {
    return base::ValidationFailed("no settings to update");
  }
  return body;
}

std::map<std::string, std::string> Set(const SettingsUpdate& update) {
  std::map<std::string, std::string> set;
  for (const auto& [key, value] : update) {
    if (value) set.emplace(key, *value);
  }
  return set;
}

}  // namespace

void Update(Node& node, tasks::RunningTask task, std::string body, Done done) {
  const auto updated = std::make_shared<Updated>();
  RunChange(
      node, std::move(task),
      [&node, updated, body = std::move(body)](tasks::TaskContext& running) -> Status {
        ASSIGN_OR_RETURN(const Body parsed, Parse(running, body));
        RETURN_IF_ERROR(node.cluster.UpdateSettings(running, parsed.persistent, parsed.transient,
                                                    node.settings.shared));
        *updated = {.persistent = Set(parsed.persistent), .transient = Set(parsed.transient)};
        return {};
      },
      [updated, done = std::move(done)](const base::Result<Acknowledged>& acknowledged) {
        if (!acknowledged.ok()) return done(acknowledged.status());
        updated->acknowledged = acknowledged->by_all;
        done(std::move(*updated));
      });
}

}  // namespace actions::cluster_settings
