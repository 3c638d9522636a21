#include "rest/routes/documents_read.h"

#include <algorithm>
#include <set>

#include "actions/bulk/action_line.h"
#include "actions/bulk/body.h"
#include "actions/get/get.h"
#include "base/json/diagnose.h"
#include "base/json/error_json.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/hand_over.h"
#include "rest/routes/index_warnings.h"
#include "rest/routes/tasks.h"
#include "rest/routes/write_params.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

namespace {

namespace get = actions::get;
using actions::bulk::SourceFilter;
using base::Result;
using base::Status;
using base::json::Value;
using base::json::Writer;
using Names = std::vector<std::string>;

constexpr std::int64_t kAnyVersion = -3;
// Of a multi get.
constexpr std::size_t kMaxDocuments = 200'000;
// What one of them costs before it is found, its names aside.
constexpr std::size_t kEntryBytes = 1024;
// What the answer says of one, its source aside.
constexpr std::size_t kAnswerBytes = 256;
constexpr std::size_t kCheckEvery = 128;

struct ReadParams {
  get::Options options;
  std::shared_ptr<const SourceFilter> source;  // null: nothing is said of it; entries share it
  std::string routing;
  std::int64_t version = kAnyVersion;
  // nullopt: none were named, and the source is shown. Else they take its place.
  std::optional<std::vector<std::string>> stored_fields;

  bool ShowsSource() const {
    if (source) return source->fetch;
    return !stored_fields || std::ranges::find(*stored_fields, "_source") != stored_fields->end();
  }
};

std::shared_ptr<const SourceFilter> Shared(std::optional<SourceFilter> filter) {
  return filter ? std::make_shared<const SourceFilter>(*std::move(filter)) : nullptr;
}

// But for stored_fields.
Result<ReadParams> ReadOfSource(Request& request) {
  ReadParams params;
  ASSIGN_OR_RETURN(params.options.realtime, request.Bool("realtime", true));
  ASSIGN_OR_RETURN(params.options.refresh, request.Bool("refresh", false));
  params.source = Shared(ReadSourceParams(request));
  params.routing = request.String("routing");
  request.AlsoKnows({"preference"});
  return params;
}

Result<ReadParams> Read(Request& request) {
  ASSIGN_OR_RETURN(ReadParams params, ReadOfSource(request));
  if (request.Has("stored_fields")) params.stored_fields = request.List("stored_fields");
  return params;
}

// Replaces the source of what was found by what is shown of it.
Status FilterSource(const tasks::TaskContext& task, const ReadParams& params,
                    engine::GetResult& document) {
  if (!document.has_source || !params.source || params.source->LeavesAll()) return {};
  ASSIGN_OR_RETURN(
      const auto parsed,
      tasks::ParsedJson::Parse(task, document.source, base::json::DuplicateKeys::kLastWins));
  document.source = params.source->Apply(parsed.root());
  return {};
}

void WriteDocument(Writer& out, const std::string& id, const get::Got& got,
                   const ReadParams& params) {
  const engine::GetResult& document = got.document;
  out.BeginObject();
  out.Field("_index", got.index);
  out.Field("_id", id);
  if (document.found) {
    out.Field("_version", document.version);
    out.Field("_seq_no", document.seq_no);
    out.Field("_primary_term", document.primary_term);
    if (!document.routing.empty()) out.Field("_routing", document.routing);
  }
  out.Field("found", document.found);
  if (document.found && document.has_source && params.ShowsSource())
    out.RawField("_source", document.source);
  if (!document.fields.empty()) out.RawField("fields", document.fields);
  out.EndObject();
}

Status CheckVersion(const std::string& id, const get::Got& got, std::int64_t version) {
  if (!got.document.found || version == kAnyVersion || version == got.document.version) return {};
  return Status(409, "version_conflict_engine_exception",
                "[" + id + "]: version conflict, current version [" +
                    std::to_string(got.document.version) +
                    "] is different than the one provided [" + std::to_string(version) + "]")
      .With("index", got.index)
      .With("shard", std::to_string(got.shard))
      .With("index_uuid", got.index_uuid);
}

Status CheckVersionValue(std::int64_t version, engine::VersionType type) {
  const bool internal = type == engine::VersionType::kInternal;
  if (version == kAnyVersion || version >= (internal ? 1 : 0)) return {};
  const bool gte = type == engine::VersionType::kExternalGte;
  return base::ValidationFailed("illegal version value [" + std::to_string(version) +
                                "] for version type [" +
                                (internal ? "INTERNAL"
                                 : gte    ? "EXTERNAL_GTE"
                                          : "EXTERNAL") +
                                "]");
}

// `compose` makes the answer of the document, or says what is answered in its stead.
void RunGet(actions::Node& node, const RequestPtr& request, get::Wanted wanted,
            const ReadParams& params, std::function<Status(const get::Got&)> compose) {
  const auto task = get::Get(
      node, {OriginOf(request->head())}, std::move(wanted), params.options,
      [request, params, compose = std::move(compose)](const tasks::TaskContext& running,
                                                      get::Answers& answers) -> Status {
        Result<get::Got>& got = answers.front();
        if (got.ok()) RETURN_IF_ERROR(FilterSource(running, params, got->document));
        if (got.ok()) WarnOfSystemIndices(*request, {&got->index, 1});
        const Status composed = got.ok() ? compose(*got) : got.status();
        if (!composed.ok()) request->ComposeFailure(composed);
        return Status();  // as a task it has done what it was for
      },
      [request](const Status& end) { end.ok() ? request->SendComposed() : request->Fail(end); });
  StopWhenGone(request, task);
}

Status GetDocument(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(ReadParams params, Read(*request));
  ASSIGN_OR_RETURN(params.version, request->Long("version", kAnyVersion));
  auto type = engine::VersionType::kInternal;  // all ask for the same
  if (const std::string* const given = request->Find("version_type")) {
    ASSIGN_OR_RETURN(type, actions::bulk::ParseVersionType(*given));
  }
  std::string index = request->String("index"), id = request->String("id");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  RETURN_IF_ERROR(CheckVersionValue(params.version, type));
  get::Wanted wanted{std::move(index), id, params.routing, params.stored_fields.value_or(Names())};
  RunGet(node, request, std::move(wanted), params,
         [request, params, id = std::move(id)](const get::Got& got) -> Status {
           RETURN_IF_ERROR(CheckVersion(id, got, params.version));
           return request->Compose(got.document.found ? 200 : 404, [&](Writer& out) {
             WriteDocument(out, id, got, params);
             return Status();
           });
         });
  return {};
}

Status GetSource(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const ReadParams params, ReadOfSource(*request));
  const std::string index = request->String("index"), id = request->String("id");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (params.source && !params.source->fetch)
    return base::ValidationFailed("fetching source can not be disabled");
  RunGet(node, request, {index, id, params.routing}, params,
         [request, index, id](const get::Got& got) -> Status {
           if (!got.document.found)
             return base::ResourceNotFound("Document not found [" + index + "]/[" + id + "]");
           if (!got.document.has_source)
             return base::ResourceNotFound("Source not found [" + index + "]/[" + id + "]");
           request->IgnoreFilterPath();  // it is for answers that OpenSearch writes itself
           return request->Compose(200, [&](Writer& out) {
             out.Raw(got.document.source);
             return Status();
           });
         });
  return {};
}

// One of the documents of a multi-get, with what its entry says of its source.
struct Entry {
  get::Wanted wanted;
  ReadParams params;

  std::size_t NameBytes() const {
    std::size_t bytes = wanted.index.size() + wanted.id.size() + wanted.routing.size();
    for (const std::string& name : wanted.stored_fields) bytes += sizeof(std::string) + name.size();
    return bytes;
  }
};
struct Entries {
  std::vector<Entry> list;
  tasks::Reservation memory;
};

constexpr char kNoObject[] = "docs array element should include an object";

// A name, or a list of names.
Result<Names> ParseNames(const Value& value) {
  if (value.IsObject()) return base::IllegalArgument(kNoObject);
  if (!value.IsArray()) return Names{std::string(value.text())};
  Names names;
  for (const Value* name : value.items()) {
    if (name->IsObject() || name->IsArray() || name->IsNull())
      return base::ParseError("a name of a field is expected, but found [" +
                              std::string(base::json::FirstToken(*name)) + "]");
    names.emplace_back(name->text());
  }
  return names;
}

// More lenient than other requests: what is no text is taken as one, and "false" is a boolean.
Result<SourceFilter> ParseEntrySource(const Value& value) {
  SourceFilter filter;
  if (value.IsNumber()) return base::ParseError("illegal type for _source: [VALUE_NUMBER]");
  if (value.IsBool() || value.text() == "true" || value.text() == "false") {
    filter.fetch = value.text() == "true";
    return filter;
  }
  if (!value.IsObject()) {
    ASSIGN_OR_RETURN(filter.includes, ParseNames(value));
    return filter;
  }
  for (const auto& [key, names] : value.members()) {
    const bool includes = key == "includes" || key == "include";
    const bool excludes = key == "excludes" || key == "exclude";
    if (names->IsObject() || (!includes && !excludes))
      return base::ParseError("unexpected token while parsing source settings");
    Names& list = includes ? filter.includes : filter.excludes;
    ASSIGN_OR_RETURN(list, ParseNames(*names));
  }
  return filter;
}

Result<Entry> ParseEntry(const std::string& body, const Value& doc, const std::string& index,
                         const ReadParams& defaults) {
  if (!doc.IsObject()) return base::IllegalArgument(kNoObject);
  Entry entry{{index, "", defaults.routing}, defaults};
  for (const auto& [key, value] : doc.members()) {
    if (value->IsNull()) continue;
    if (key == "_index") {
      entry.wanted.index = value->text();
    } else if (key == "_id") {
      entry.wanted.id = value->text();
    } else if (key == "routing") {
      entry.wanted.routing = value->text();
    } else if (key == "_source") {
      ASSIGN_OR_RETURN(SourceFilter own, ParseEntrySource(*value));
      entry.params.source = Shared(std::move(own));
    } else if (key == "stored_fields") {
      ASSIGN_OR_RETURN(entry.params.stored_fields, ParseNames(*value));
    } else if (key == "version") {
      ASSIGN_OR_RETURN(entry.params.version, value->AsInt64());
    } else if (key == "version_type") {
      RETURN_IF_ERROR(actions::bulk::ParseVersionType(value->text()).status());
    } else if (key == "fields") {
      return base::json::ParsingError(
          "Unsupported field [fields] used, expected [stored_fields] instead", body,
          value->offset());
    } else {
      return base::ParseError("failed to parse multi get request. unknown field [" +
                              std::string(key) + "]");
    }
  }
  entry.wanted.stored_fields = entry.params.stored_fields.value_or(Names());
  return entry;
}

Result<Entry> EntryOfId(const Value& id, const std::string& index, const ReadParams& defaults) {
  if (id.IsNull() || id.IsArray() || id.IsObject())
    return base::IllegalArgument("ids array element should only contain ids");
  return Entry{
      {index, std::string(id.text()), defaults.routing, defaults.stored_fields.value_or(Names())},
      defaults};
}

// Of a body: an array `docs`, an array `ids`, or both.
Status CheckList(const std::string& body, std::string_view key, const Value& list) {
  if (!list.IsArray())
    return base::json::ParsingError("unexpected token [" +
                                        std::string(base::json::FirstToken(list)) +
                                        "], expected [FIELD_NAME] or [START_ARRAY]",
                                    body, list.offset());
  if (key == "docs" || key == "ids") return {};
  return base::json::ParsingError(
      "unknown key [" + std::string(key) + "] for a START_ARRAY, expected [docs] or [ids]", body,
      list.offset());
}

Result<Entries> ParseEntries(tasks::TaskContext& task, const std::string& body,
                             const std::string& index, const ReadParams& defaults) {
  if (body.empty()) return base::ParseError("request body or source parameter is required");
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, body));
  Entries parsed{{}, {task, tasks::Breaker::kRequest, "<multi_get>"}};
  std::vector<Entry>& entries = parsed.list;
  if (!document.root().IsObject())
    return base::json::ParsingError("unexpected token [" +
                                        std::string(base::json::FirstToken(document.root())) +
                                        "], expected [START_OBJECT]",
                                    body, document.root().offset());
  for (const auto& [key, value] : document.root().members()) {
    RETURN_IF_ERROR(CheckList(body, key, *value));
    if (entries.size() + value->items().size() > kMaxDocuments) {
      return Status(429, "circuit_breaking_exception",
                    "[request] Data too large, a multi get of more than [" +
                        std::to_string(kMaxDocuments) + "] documents")
          .With("durability", "PERMANENT");
    }
    const std::size_t count = entries.size() + value->items().size();
    RETURN_IF_ERROR(parsed.memory.Resize(static_cast<std::int64_t>(count * kEntryBytes)));
    entries.reserve(count);
    for (const Value* item : value->items()) {
      if (entries.size() % kCheckEvery == 0) RETURN_IF_ERROR(task.Checkpoint());
      ASSIGN_OR_RETURN(Entry entry, key == "ids" ? EntryOfId(*item, index, defaults)
                                                 : ParseEntry(body, *item, index, defaults));
      // Once here and once for who reads them.
      RETURN_IF_ERROR(parsed.memory.Grow(static_cast<std::int64_t>(2 * entry.NameBytes())));
      entries.push_back(std::move(entry));
    }
  }
  std::vector<std::string> problems;
  if (entries.empty()) problems.emplace_back("no documents to get");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string of_doc = " is missing for doc " + std::to_string(i);
    if (entries[i].wanted.index.empty()) problems.push_back("index" + of_doc);
    if (entries[i].wanted.id.empty()) problems.push_back("id" + of_doc);
  }
  if (!problems.empty()) return actions::bulk::ValidationError(problems);
  return parsed;
}

std::size_t EstimatedBytes(const std::vector<Entry>& entries, const get::Answers& answers) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bytes += kAnswerBytes + entries[i].NameBytes();
    if (!answers[i].ok()) continue;
    bytes += answers[i]->document.source.size() + answers[i]->document.fields.size();
  }
  return bytes;
}

Status WriteAnswers(Writer& out, const tasks::TaskContext& task, const std::vector<Entry>& entries,
                    get::Answers& answers) {
  out.BeginObject();
  out.Key("docs");
  out.BeginArray();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    RETURN_IF_ERROR(task.Checkpoint());
    const auto& [wanted, params] = entries[i];
    const Status failed = answers[i].ok() ? CheckVersion(wanted.id, *answers[i], params.version)
                                          : answers[i].status();
    if (failed.ok()) {
      RETURN_IF_ERROR(FilterSource(task, params, answers[i]->document));
      WriteDocument(out, wanted.id, *answers[i], params);
      continue;
    }
    out.BeginObject();
    out.Field("_index", wanted.index);
    out.Field("_id", wanted.id);
    out.Key("error");
    base::WriteErrorBody(out, failed);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return {};
}

std::vector<std::string> IndicesOf(const get::Answers& answers) {
  std::set<std::string_view> indices;
  for (const Result<get::Got>& got : answers) {
    if (got.ok()) indices.insert(got->index);
  }
  return {indices.begin(), indices.end()};
}

void RunMultiGet(actions::Node& node, const RequestPtr& request, tasks::RunningTask task,
                 const std::shared_ptr<const Entries>& entries, get::Options options) {
  std::vector<get::Wanted> wanted;
  wanted.reserve(entries->list.size());
  for (const Entry& entry : entries->list) wanted.push_back(entry.wanted);
  get::MultiGet(
      node, std::move(task), std::move(wanted), options,
      [request, entries](const tasks::TaskContext& running, get::Answers& answers) -> Status {
        RETURN_IF_ERROR(request->ReserveAnswer(EstimatedBytes(entries->list, answers)));
        WarnOfSystemIndices(*request, IndicesOf(answers));
        return request->Compose(
            200, [&](Writer& out) { return WriteAnswers(out, running, entries->list, answers); });
      },
      [request](const Status& end) { end.ok() ? request->SendComposed() : request->Fail(end); });
}

Status MultiGet(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const ReadParams params, Read(*request));
  const std::string index = request->String("index");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const auto entries = std::make_shared<Entries>();
  StopWhenGone(request, request->task());
  HandOver(
      node, request,
      [request, index, params, entries](tasks::TaskContext& task) -> Status {
        ASSIGN_OR_RETURN(*entries, ParseEntries(task, request->body(), index, params));
        request->DropBody();
        return {};
      },
      [&node, request, entries, options = params.options](tasks::RunningTask task) {
        RunMultiGet(node, request, std::move(task), entries, options);
      });
  return {};
}

}  // namespace

void AddDocumentReadRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  router.Add("GET,HEAD", "/{index}/_doc/{id}", bound(GetDocument));
  router.Add("GET,HEAD", "/{index}/_source/{id}", bound(GetSource));
  const Announce reading = AnnounceOnIndices(node, actions::names::kMultiGet);
  const LimitBody limit = [](Request&) { return BodyLimit(); };
  router.Add("GET,POST", "/_mget", reading, bound(MultiGet), limit, TakesSource::kYes);
  router.Add("GET,POST", "/{index}/_mget", reading, bound(MultiGet), limit, TakesSource::kYes);
}

}  // namespace rest::routes
