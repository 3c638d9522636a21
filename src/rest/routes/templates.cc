#include "rest/routes/templates.h"

#include <algorithm>

#include "actions/templates/templates.h"
#include "base/text/strings.h"
#include "cluster/settings/index_settings.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/indices.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

namespace templates = actions::templates;
using base::Status;
using base::json::Value;
using base::json::Writer;
using cluster::TemplateKind;

namespace {

// How the three kinds are called in paths and answers.
struct Kind {
  TemplateKind kind;
  const char* path;
  const char* list;   // of GET; null: names are members of the answer itself
  const char* one;    // what an item of it holds the template under
  const char* shown;  // in errors
};
constexpr Kind kKinds[] = {
    {TemplateKind::kIndex, "/_index_template", "index_templates", "index_template",
     "index template"},
    {TemplateKind::kComponent, "/_component_template", "component_templates", "component_template",
     "component template"},
    {TemplateKind::kLegacy, "/_template", nullptr, nullptr, nullptr},
};

void Flatten(const Value& object, const std::string& prefix, cluster::SettingsUpdate& flat) {
  for (const auto& [key, value] : object.members()) {
    const std::string name = prefix + std::string(key);
    if (value->IsObject()) {
      Flatten(*value, name + ".", flat);
    } else if (value->IsNull()) {
      flat[name] = std::nullopt;
    } else {
      flat[name] = value->IsArray() ? value->ToString() : std::string(value->text());
    }
  }
}

using Found = std::vector<std::pair<std::string_view, std::string_view>>;  // names and JSON

Status WriteFound(Writer& out, const Kind& kind, const Found& found, bool flat,
                  tasks::MemoryAccount* memory) {
  out.BeginObject();
  if (kind.list != nullptr) out.ArrayField(kind.list);
  for (const auto& [name, json] : found) {
    ASSIGN_OR_RETURN(const auto stored, tasks::ParsedJson::Parse(memory, json));
    if (kind.list != nullptr) {
      out.BeginObject();
      out.Field("name", name);
      out.Key(kind.one);
    } else {
      out.Key(name);
    }
    WriteTemplate(out, stored.root(), {.flat = flat});
    if (kind.list != nullptr) out.EndObject();
  }
  if (kind.list != nullptr) out.EndArray();
  out.EndObject();
  return {};
}

Status Get(actions::Node& node, const Kind& kind, const RequestPtr& request) {
  bool flat = false;
  if (kind.kind == TemplateKind::kLegacy) {
    ASSIGN_OR_RETURN(flat, request->Bool("flat_settings"));
  } else {
    request->AlsoKnows({"flat_settings"});  // these have always been shown nested
  }
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  const std::vector<std::string> names = request->List("name");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  Found found;
  std::size_t bytes = 0;
  for (const auto& [name, json] : cluster::TemplatesOf(state->templates, kind.kind)) {
    if (!names.empty() && !base::GlobMatchAny(names, name)) continue;
    found.emplace_back(name, json);
    bytes += name.size() + json.size();
  }
  const bool pattern = std::ranges::any_of(
      names, [](const std::string& name) { return name.find('*') != std::string::npos; });
  if (found.empty() && !names.empty() && !pattern && kind.shown != nullptr) {
    return base::ResourceNotFound(std::string(kind.shown) + " matching [" + base::Join(names, ",") +
                                  "] not found");
  }
  RETURN_IF_ERROR(request->ReserveAnswer(bytes));
  RETURN_IF_ERROR(request->Compose(found.empty() && !names.empty() ? 404 : 200, [&](Writer& out) {
    return WriteFound(out, kind, found, flat, node.registry.memory());
  }));
  request->SendComposed();
  return {};
}

Status Put(actions::Node& node, const Kind& kind, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const bool create, request->Bool("create"));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  request->AlsoKnows({"cause"});
  templates::PutRequest put{.kind = kind.kind, .create = create};
  if (kind.kind == TemplateKind::kLegacy) {
    ASSIGN_OR_RETURN(put.order, request->Int("order", 0));
  }
  put.name = request->String("name");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  WarnOfMappings(*request);
  put.body = request->TakeBody();
  templates::Put(
      node, request->TakeTask(), std::move(put),
      [request](const base::Result<actions::Acknowledged>& done, const std::string& warning) {
        if (done.ok() && !warning.empty()) AddDeprecation(*request, warning);
        RespondAcknowledged(request, done);
      });
  return {};
}

Status Delete(actions::Node& node, const Kind& kind, const RequestPtr& request) {
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  std::string name = request->String("name");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  templates::Delete(node, OriginOf(request->head()), kind.kind, std::move(name),
                    [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

}  // namespace

void WriteTemplate(Writer& out, const Value& stored, const TemplateView& view) {
  out.BeginObject();
  for (const auto& [key, value] : stored.members()) {
    out.Key(key);
    if (key == "template") {
      WriteTemplate(out, *value, view);
    } else if (key == "settings" && view.flat) {
      cluster::SettingsUpdate settings;
      Flatten(*value, "", settings);
      out.BeginObject();
      cluster::WriteSettings(out, settings, /*flat=*/true);
      out.EndObject();
    } else if (key == "mappings" && !view.mappings_under.empty() && !value->members().empty()) {
      out.BeginObject();
      out.Key(view.mappings_under);
      value->Write(out);
      out.EndObject();
    } else {
      value->Write(out);
    }
  }
  out.EndObject();
}

void AddTemplateRoutes(Router& router, actions::Node& node) {
  for (const Kind& kind : kKinds) {
    const auto bound = [&node, &kind](auto function) {
      return [&node, &kind, function](const RequestPtr& request) {
        return function(node, kind, request);
      };
    };
    const std::string path = kind.path, named = path + "/{name}";
    router.Add("GET", path, bound(Get));
    router.Add("GET,HEAD", named, bound(Get));
    router.Add("PUT,POST", named, AnnounceOnIndices(node, templates::PutAction(kind.kind)),
               bound(Put));
    router.Add("DELETE", named, bound(Delete));
  }
}

}  // namespace rest::routes
