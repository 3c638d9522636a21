#include "rest/router.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <optional>

#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/text/strings.h"
#include "rest/internal/arrival.h"
#include "rest/usage_names.h"

namespace rest {

namespace {

constexpr std::size_t kMaxRequestId = 128;

// OpenSearch tries these in turn; within each a literal segment wins over a parameter.
enum class Match : std::uint8_t {
  kLiterals,  // no parameter at all
  kRoot,      // the first segment may be one
  kLeaf,      // the last segment may be one
  kAny,
};
constexpr std::array kMatches = {Match::kLiterals, Match::kRoot, Match::kLeaf, Match::kAny};

using Segments = std::span<const std::string>;

std::vector<std::string> SplitPattern(std::string_view pattern) {
  std::vector<std::string> segments;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    if (end > 0) segments.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return segments;
}

bool IsParameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

// 400 if the client sent several different ones.
std::optional<std::string> RepeatedHeader(const http::RequestHead& head) {
  for (const char* name : {"X-Opaque-Id", "X-Request-Id"}) {
    const auto values = head.headers.FindAll(name);
    if (std::ranges::adjacent_find(values, std::ranges::not_equal_to()) != values.end()) {
      return name;
    }
  }
  return std::nullopt;
}

base::Status CheckRequestId(const http::RequestHead& head) {
  const std::string* id = head.headers.Find("X-Request-Id");
  if (id == nullptr) return {};
  if (id->empty()) return base::IllegalArgument("X-Request-Id should not be null or empty");
  if (id->size() <= kMaxRequestId) return {};
  return base::IllegalArgument("X-Request-Id length [" + std::to_string(id->size()) +
                               "] exceeds maximum allowed length [" +
                               std::to_string(kMaxRequestId) + "]");
}

}  // namespace

struct Router::Entry {
  std::string method;
  BodyMode body;
  Announce announce;  // null: the body is not awaited
  LimitBody limit;    // null: that of management
  TakesSource takes_source;
  Route route;
  std::vector<std::string> names;  // of the parameters, in order
  std::string pattern;             // as it was added
  Count* count = nullptr;          // null only until it is added
};

struct Router::Count {
  std::string_view name;
  std::atomic<std::int64_t> requests = 0;  // orders nothing
};

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<Entry> entries;

  const Entry* Find(std::string_view method) const {
    const auto found = std::ranges::find(entries, method, &Entry::method);
    return found == entries.end() ? nullptr : &*found;
  }

  // The node of that path; `values` gets what stands for parameters. Null: none.
  const Node* Resolve(Segments path, std::size_t at, Match match,
                      std::vector<std::string_view>& values) const;

 private:
  const Node* Descend(const Node& child, Segments path, std::size_t at, Match match,
                      std::vector<std::string_view>& values) const {
    if (at + 1 < path.size()) return child.Resolve(path, at + 1, match, values);
    return child.entries.empty() ? nullptr : &child;
  }
  const Node* DescendParameter(Segments path, std::size_t at, Match match,
                               std::vector<std::string_view>& values) const {
    if (!parameter) return nullptr;
    values.push_back(path[at]);
    const Node* found = Descend(*parameter, path, at, match, values);
    if (found == nullptr) values.pop_back();
    return found;
  }
};

const Router::Node* Router::Node::Resolve(Segments path, std::size_t at, Match match,
                                          std::vector<std::string_view>& values) const {
  if (at == path.size()) return entries.empty() ? nullptr : this;
  const bool first = at == 0;
  const bool last = at + 1 == path.size();
  const auto literal = literals.find(path[at]);
  if (literal == literals.end()) {
    const bool allowed =
        match == Match::kAny || (match == Match::kRoot && first) || (match == Match::kLeaf && last);
    return allowed ? DescendParameter(path, at, match, values) : nullptr;
  }
  const bool is_prefix_only = literal->second->entries.empty() && parameter;
  if (is_prefix_only && ((last && (match == Match::kLeaf || match == Match::kAny)) ||
                         (first && match == Match::kRoot))) {
    return DescendParameter(path, at, match, values);
  }
  if (const Node* found = Descend(*literal->second, path, at, match, values)) return found;
  if (last || match == Match::kLiterals) return nullptr;
  return DescendParameter(path, at, match, values);
}

Router::Router(Options options) : options_(options), root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::Add(std::string_view methods, std::string_view pattern, BodyMode body, Route route) {
  AddEntry(methods, pattern,
           {{}, body, {}, {}, TakesSource::kNo, std::move(route), {}, {}, nullptr});
}

void Router::Add(std::string_view methods, std::string_view pattern, Announce announce, Route route,
                 LimitBody limit, TakesSource takes_source) {
  AddEntry(methods, pattern,
           {{},
            BodyMode::kIgnored,
            std::move(announce),
            std::move(limit),
            takes_source,
            std::move(route),
            {},
            {},
            nullptr});
}

void Router::AddEntry(std::string_view methods, std::string_view pattern, const Entry& entry) {
  Node* node = root_.get();
  std::vector<std::string> names;
  for (const std::string& segment : SplitPattern(pattern)) {
    std::unique_ptr<Node>& next = IsParameter(segment) ? node->parameter : node->literals[segment];
    if (!next) next = std::make_unique<Node>();
    if (IsParameter(segment)) names.push_back(segment.substr(1, segment.size() - 2));
    node = next.get();
  }
  for (std::string& method : base::SplitList(methods)) {
    if (node->Find(method) != nullptr) std::abort();  // two routes for one request
    node->entries.push_back(entry);
    node->entries.back().method = std::move(method);
    node->entries.back().names = names;
    node->entries.back().pattern = pattern;
    node->entries.back().count = &CountOf(UsageName(node->entries.back().method, pattern));
  }
}

Router::Count& Router::CountOf(std::string_view name) {
  for (const auto& count : counts_) {
    if (count->name == name) return *count;
  }
  counts_.push_back(std::make_unique<Count>());
  counts_.back()->name = name;
  return *counts_.back();
}

std::map<std::string, std::int64_t> Router::Usage() const {
  std::map<std::string, std::int64_t> usage;
  for (const auto& count : counts_) {
    const std::int64_t requests = count->requests.load(std::memory_order_relaxed);
    if (requests > 0) usage.emplace(count->name, requests);
  }
  return usage;
}

void Router::Handle(http::ExchangePtr exchange) {
  const http::RequestHead& head = exchange->head();
  std::optional<Found> found = Find(head);
  const auto request = std::make_shared<Request>(
      std::move(exchange), found ? std::move(found->parameters) : Request::Parameters(),
      options_.memory);
  if (found) request->pattern_ = found->entry->pattern;
  if (base::Status bad = request->ReadFormat(); !bad.ok()) return request->Fail(bad);
  if (const auto name = RepeatedHeader(head)) {
    return request->FailShort(400, "multiple values for single-valued header [" + *name + "].");
  }
  if (base::Status bad = CheckRequestId(head); !bad.ok()) return request->Fail(bad);
  if (!found) return AnswerUnrouted(*request);
  if (head.has_body && !CheckContentType(*request, found->entry->body)) return;
  Call(*found->entry, request);
}

std::optional<Router::Found> Router::Find(const http::RequestHead& head) const {
  for (Match match : kMatches) {
    std::vector<std::string_view> values;
    const Node* node = root_->Resolve(head.target.segments, 0, match, values);
    const Entry* entry = node == nullptr ? nullptr : node->Find(head.method);
    if (entry == nullptr) continue;
    Found found{entry, {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto value = base::PercentDecode(values[i], base::PlusIsBlank::kNo);
      found.parameters.emplace_back(entry->names[i],
                                    value.ok() ? std::move(value).value() : std::string(values[i]));
    }
    return found;
  }
  return std::nullopt;
}

std::vector<std::string> Router::MethodsOf(const http::RequestHead& head) const {
  std::vector<std::string> methods;
  for (Match match : kMatches) {
    std::vector<std::string_view> values;
    const Node* node = root_->Resolve(head.target.segments, 0, match, values);
    if (node == nullptr) continue;
    for (const Entry& entry : node->entries) {
      if (std::ranges::find(methods, entry.method) == methods.end()) {
        methods.push_back(entry.method);
      }
    }
  }
  return methods;
}

void Router::AnswerUnrouted(Request& request) const {
  const http::RequestHead& head = request.head();
  const std::vector<std::string> methods = MethodsOf(head);
  const std::string where = "uri [" + head.target.raw + "] and method [" + head.method + "]";
  if (!methods.empty()) request.AddHeader("Allow", base::Join(methods, ","));
  if (head.method == "OPTIONS") return request.RespondText(200, "");
  if (!methods.empty()) {
    return request.FailShort(405, "Incorrect HTTP method for " + where + ", allowed: [" +
                                      base::Join(methods, ", ") + "]");
  }
  request.Respond(400, [&](base::json::Writer& out) {
    out.BeginObject();
    out.Field("error", "no handler found for " + where);
    out.EndObject();
  });
}

bool Router::CheckContentType(Request& request, BodyMode mode) const {
  const auto values = request.head().headers.FindAll("content-type");
  if (values.size() > 1) {
    const std::string why = "only one Content-Type header should be provided";
    request.Fail(base::Status(400, "content_type_header_exception",
                              "java.lang.IllegalArgumentException: " + why)
                     .CausedBy(base::IllegalArgument(why)));
    return false;
  }
  const std::string_view sent = values.empty() ? std::string_view() : values.front();
  std::optional<MediaType> type;
  if (!sent.empty()) {
    auto parsed = ParseContentType(sent);
    if (!parsed.ok()) return request.Fail(parsed.status()), false;
    type = parsed.value();
  }
  if (!type || (*type == MediaType::kSmile && mode == BodyMode::kStream)) {
    request.FailShort(406, "Content-Type header [" + std::string(sent) + "] is not supported");
    return false;
  }
  const bool text = *type == MediaType::kJson || *type == MediaType::kNdjson;
  if (mode == BodyMode::kStream && !text) {
    request.FailShort(406, "Content-Type [" + std::string(Name(*type)) +
                               "] does not support stream parsing. Use JSON or SMILE instead");
    return false;
  }
  request.body_type_ = type;
  return true;
}

namespace {

base::Status TooLongFor(const BodyLimit& limit) {
  return base::IllegalArgument("the request body is longer than [" + std::string(limit.setting) +
                               "] allows");
}

base::Status TooLongForManagement(std::uint64_t limit) {
  const std::string size = base::ByteSize(static_cast<std::int64_t>(limit)).ToString();
  return {413, "illegal_argument_exception",
          "the request body is longer than [" + size +
              "], the most that [http.max_management_content_length] allows here"};
}

class IgnoredBody final : public http::BodySink {
 public:
  IgnoredBody(RequestPtr request, std::function<void()> whole)
      : request_(std::move(request)), whole_(std::move(whole)) {}
  http::Flow OnBody(std::string_view) override { return http::Flow::kGoOn; }
  void OnBodyEnd(base::Status status) override {
    if (!status.ok()) return request_->Fail(status);
    whole_();
  }

 private:
  const RequestPtr request_;
  const std::function<void()> whole_;
};

// Routes read bodies as JSON. That others are well-formed Content-Types is told apart from this:
// those that ignore their body take them.
base::Status CheckBodyFormat(const Request& request) {
  const MediaType type = request.body_type().value_or(MediaType::kJson);
  if (request.body().empty() || type == MediaType::kJson || type == MediaType::kNdjson) return {};
  return {406, "illegal_argument_exception",
          "bodies are taken as JSON, not as " + std::string(Name(type))};
}

}  // namespace

void Router::Call(const Entry& entry, const RequestPtr& request) const {
  if (entry.announce) return Await(entry, request);
  const auto call = [this, request, &entry] {
    if (base::Status failed = RunRoute(entry, request); !failed.ok()) request->Fail(failed);
  };
  if (entry.body == BodyMode::kStream || !request->head().has_body) return call();
  request->exchange()->StreamBody(std::make_shared<IgnoredBody>(request, call));
}

void Router::Await(const Entry& entry, const RequestPtr& request) const {
  auto task = entry.announce(*request);
  if (!task.ok()) return request->Fail(task.status());
  Arrival::Limit limit{options_.max_content_length, {}};
  if (entry.limit) {
    const BodyLimit by_setting = entry.limit(*request);
    if (by_setting.bytes < limit.bytes) limit = {by_setting.bytes, TooLongFor(by_setting)};
  } else if (const std::uint64_t bytes = options_.max_management_content_length;
             bytes < limit.bytes) {
    limit = {bytes, TooLongForManagement(bytes)};
  }
  const auto call = [this, request, &entry](std::string body) {
    base::Status status = request->AcceptBody(std::move(body), entry.takes_source);
    if (status.ok()) status = CheckBodyFormat(*request);
    if (status.ok()) status = RunRoute(entry, request);
    if (!status.ok()) request->FailBeforeWork(status);
  };
  Arrival::Await(request, *std::move(task), std::move(limit), call);
}

base::Status Router::RunRoute(const Entry& entry, const RequestPtr& request) const {
  base::Status taken = run_ ? run_(request, entry.route) : entry.route(request);
  if (taken.ok()) entry.count->requests.fetch_add(1, std::memory_order_relaxed);
  return taken;
}

http::Response Router::OnBadRequest(const base::Status& why) {
  http::Response response{.status = why.http_status(),
                          .content_type = std::string(ContentTypeOf(MediaType::kJson))};
  base::json::CompactWriter out(response.body);
  base::WriteError(out, why);
  return response;
}

}  // namespace rest
