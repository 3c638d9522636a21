#include "actions/aliases/aliases.h"

#include <algorithm>

#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "cluster/index/index_blocks.h"
#include "tasks/memory/parsed_json.h"

namespace actions::aliases {

namespace {

using base::Result;
using base::Status;
using base::json::Value;
using cluster::AliasChange;

constexpr std::string_view kIndexRouting = "index_routing";

bool IsHow(std::string_view key) {
  return key == "filter" || key == "routing" || key == "index_routing" || key == "search_routing" ||
         key == "is_write_index" || key == "is_hidden";
}

Status Unknown(std::string_view where, std::string_view key) {
  return {400, "x_content_parse_exception",
          "[" + std::string(where) + "] unknown field [" + std::string(key) + "]"};
}

Status CannotBe(std::string_view key, const char* why) {
  return base::IllegalArgument("[" + std::string(key) + "] " + why);
}

Status CheckListed(std::string_view key, const std::vector<std::string>& names) {
  if (names.empty()) return CannotBe(key, "can't be empty");
  return std::ranges::count(names, "") > 0 ? CannotBe(key, "can't contain empty string") : Status();
}

Result<std::vector<std::string>> Texts(std::string_view key, const Value& value) {
  std::vector<std::string> texts;
  if (!value.IsArray()) {
    ASSIGN_OR_RETURN(const std::string_view text, value.AsString());
    if (text.empty()) return CannotBe(key, "can't be empty string");
    texts.emplace_back(text);
    return texts;
  }
  for (const Value* item : value.items()) {
    ASSIGN_OR_RETURN(const std::string_view text, item->AsString());
    if (text.empty()) return CannotBe(key, "can't contain empty string");
    texts.emplace_back(text);
  }
  if (texts.empty()) return CannotBe(key, "can't be empty");
  return texts;
}

Status ReadMember(std::string_view action, std::string_view key, const Value& value,
                  AliasChange& change) {
  if (key == "index" || key == "indices") {
    ASSIGN_OR_RETURN(change.indices, Texts(key, value));
  } else if (key == "alias" || key == "aliases") {
    ASSIGN_OR_RETURN(change.aliases, Texts(key, value));
  } else if (key == "must_exist" && change.kind == AliasChange::Kind::kRemove) {
    ASSIGN_OR_RETURN(change.must_exist, value.AsBool());
  } else if (change.kind != AliasChange::Kind::kAdd || !IsHow(key)) {
    return Unknown(action, key);
  }
  return {};
}

// {"add":{…}}
Result<AliasChange> ParseAction(const Value& action) {
  if (action.members().empty()) return base::IllegalArgument("No action specified");
  if (action.members().size() > 1)
    return base::IllegalArgument("Too many operations declared on operation entry");
  const auto& [kind, body] = action.members().front();
  AliasChange change;
  if (kind == "remove") {
    change.kind = AliasChange::Kind::kRemove;
  } else if (kind == "remove_index") {
    change.kind = AliasChange::Kind::kRemoveIndex;
  } else if (kind != "add") {
    return Unknown("alias_action", kind);
  }
  for (const auto& [key, value] : body->members()) {
    RETURN_IF_ERROR(ReadMember(kind, key, *value, change));
  }
  if (change.indices.empty()) {
    return base::IllegalArgument("One of [index] or [indices] is required");
  }
  const bool of_index = change.kind == AliasChange::Kind::kRemoveIndex;
  if (of_index != change.aliases.empty()) {
    return base::IllegalArgument(of_index ? "[alias] is not allowed with [remove_index]"
                                          : "One of [alias] or [aliases] is required");
  }
  if (change.kind == AliasChange::Kind::kAdd) {
    ASSIGN_OR_RETURN(change.how, ParseAlias(change.aliases.front(), *body));
  }
  return change;
}

Result<std::vector<AliasChange>> ParseActions(const tasks::TaskContext& task,
                                              const std::string& body) {
  if (base::TrimAscii(body).empty()) return base::ParseError("request body is required");
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, body));
  std::vector<AliasChange> changes;
  for (const auto& [key, value] : document.root().members()) {
    if (key != "actions") return Unknown("aliases", key);
    for (const Value* action : value->items()) {
      RETURN_IF_ERROR(task.Checkpoint());
      ASSIGN_OR_RETURN(AliasChange change, ParseAction(*action));
      changes.push_back(std::move(change));
    }
  }
  if (changes.empty()) return base::ValidationFailed("Must specify at least one alias action");
  return changes;
}

// The body of PUT _alias; what it says wins over the path.
Status ReadPut(const tasks::TaskContext& task, const std::string& body, AliasChange& change) {
  const bool none = base::TrimAscii(body).empty();
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, none ? "{}" : body));
  for (const auto& [key, value] : document.root().members()) {
    if (key == "index" && value->IsString()) {
      change.indices = base::SplitList(value->text());
    } else if (key == "index" || key == "alias") {
      RETURN_IF_ERROR(ReadMember("add", key, *value, change));
    } else if (!IsHow(key)) {
      return base::IllegalArgument("unknown field [" + std::string(key) + "]");
    }
  }
  RETURN_IF_ERROR(CheckListed("indices", change.indices));
  if (change.aliases.empty()) return CannotBe("alias", "can't be empty string");
  ASSIGN_OR_RETURN(change.how, ParseAlias(change.aliases.front(), document.root()));
  return {};
}

Status Apply(Node& node, tasks::TaskContext& task, const std::vector<AliasChange>& changes) {
  const cluster::StatePtr state = node.cluster.state();
  for (const AliasChange& change : changes) {
    const bool deletes = change.kind == AliasChange::Kind::kRemoveIndex;
    RETURN_IF_ERROR(task.Checkpoint());
    const auto names = cluster::IndicesOf(*state, change, task);
    if (!names.ok()) continue;  // reported by the change itself
    RETURN_IF_ERROR(cluster::CheckBlocks(
        *state, *names, deletes ? cluster::Access::kDelete : cluster::Access::kChangeMetadata));
  }
  return cluster::ChangeAliases(node.cluster, task, changes);
}

using Read = std::function<Result<std::vector<AliasChange>>(tasks::TaskContext&)>;

std::function<Status(tasks::TaskContext&)> Applying(Node& node, Read read) {
  return [&node, read = std::move(read)](tasks::TaskContext& running) -> Status {
    ASSIGN_OR_RETURN(const auto changes, read(running));
    return Apply(node, running, changes);
  };
}

}  // namespace

void Change(Node& node, tasks::RunningTask task, std::string body, Done done) {
  const auto read = [body = std::move(body)](tasks::TaskContext& running) {
    return ParseActions(running, body);
  };
  RunChange(node, std::move(task), Applying(node, read), std::move(done));
}

void Put(Node& node, tasks::RunningTask task, AliasChange change, std::string body, Done done) {
  const auto read = [change = std::move(change), body = std::move(body)](
                        tasks::TaskContext& running) -> Result<std::vector<AliasChange>> {
    AliasChange put = change;
    RETURN_IF_ERROR(ReadPut(running, body, put));
    return std::vector{std::move(put)};
  };
  RunChange(node, std::move(task), Applying(node, read), std::move(done));
}

void Remove(Node& node, tasks::OriginPtr origin, AliasChange change, Done done) {
  tasks::TaskSpec spec{.action = kChange};
  spec.indices = change.indices;
  spec.origin = std::move(origin);
  const auto read =
      [change = std::move(change)](tasks::TaskContext&) -> Result<std::vector<AliasChange>> {
    RETURN_IF_ERROR(CheckListed("indices", change.indices));
    RETURN_IF_ERROR(CheckListed("aliases", change.aliases));
    return std::vector{change};
  };
  RunChange(node, std::move(spec), Applying(node, read), std::move(done));
}

Result<std::string> ParseAlias(const std::string& name, const Value& body) {
  if (body.Find("filter") != nullptr && !body.Find("filter")->IsNull()) {
    return base::IllegalArgument("alias [" + name +
                                 "] has a [filter], which no read of this version would obey");
  }
  std::string json;
  base::json::CompactWriter out(json);
  out.BeginObject();
  for (const std::string_view key : {kIndexRouting, std::string_view("search_routing")}) {
    const Value* routing = body.Find(key) ? body.Find(key) : body.Find("routing");
    if (routing == nullptr || routing->IsNull()) continue;
    if (key == kIndexRouting && routing->text().find(',') != std::string_view::npos) {
      return base::IllegalArgument("alias [" + name +
                                   "] has several index routing values associated with it");
    }
    out.Field(key, routing->text());
  }
  for (const char* key : {"is_write_index", "is_hidden"}) {
    const Value* flag = body.Find(key);
    if (flag == nullptr || flag->IsNull()) continue;
    ASSIGN_OR_RETURN(const bool value, flag->AsBool());
    out.Field(key, value);
  }
  out.EndObject();
  return json;
}

Result<std::map<std::string, std::string>> ParseAliases(const Value& body) {
  std::map<std::string, std::string> aliases;
  for (const auto& [key, how] : body.members()) {
    const std::string name(key);
    for (const auto& [member, value] : how->members()) {
      if (!IsHow(member))
        return base::IllegalArgument("Unknown field [" + std::string(member) + "] in alias [" +
                                     name + "]");
    }
    ASSIGN_OR_RETURN(aliases[name], ParseAlias(name, *how));
  }
  return aliases;
}

}  // namespace actions::aliases
