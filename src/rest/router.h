// rest/router.h
//
// Router finds the route of a request and hands it over, and answers by itself what is no route's
// business: unknown paths, wrong methods, OPTIONS, content types, duplicate headers.
//
//   router.Add("GET", "/{index}/_doc/{id}", [&](const RequestPtr& request) {
//     ASSIGN_OR_RETURN(const bool realtime, request->Bool("realtime", true));
//     RETURN_IF_ERROR(request->CheckUnconsumed());
//     …
//     return base::Status();
//   });
//
// Lifetime: one a node, made by server/; outlives the http::Server. Threads: Add() before the
// server starts; after that constant.

#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/http/server.h"
#include "rest/request.h"

namespace rest {

// What happens to the body before the route is called.
enum class BodyMode : std::uint8_t {
  kIgnored,  // awaited and thrown away: an incomplete request has no effect
  kStream,   // nothing: the route calls Exchange::StreamBody(); JSON only
};

// Runs on an I/O thread and must return at once. OK means that it has answered or will; anything
// else is answered as an error.
using Route = std::function<base::Status(const RequestPtr& request)>;

// Registers what a request is while its body arrives, when its head is there. Parameters may be
// asked for; those of the path are.
using Announce = std::function<base::Result<tasks::RunningTask>(Request& request)>;

// Of a body that can become nothing if it is longer, by a setting. Asked when the head is there.
struct BodyLimit {
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  // the server's alone
  std::string_view setting;                                         // static storage
};
using LimitBody = std::function<BodyLimit(Request& request)>;

class Router final : public http::Handler {
 public:
  struct Options {
    std::uint64_t max_content_length = 100ull << 20;
    // Of awaited bodies whose route sets no limit of its own: nothing legitimate is larger, and as
    // a tree it costs forty times as much.
    std::uint64_t max_management_content_length = 10ull << 20;
    tasks::MemoryAccount* memory = nullptr;  // of answers; null: they may take what they want
  };

  explicit Router(Options options);
  Router() : Router(Options{}) {}
  ~Router() override;

  // `methods` is like "GET,POST", `pattern` like "/{index}/_doc/{id}". Adding the same twice is a
  // programming error. Precedence is that of OpenSearch: a literal segment wins over a parameter,
  // the earlier in the path the more.
  void Add(std::string_view methods, std::string_view pattern, BodyMode body, Route route);
  void Add(std::string_view methods, std::string_view pattern, Route route) {
    Add(methods, pattern, BodyMode::kIgnored, std::move(route));
  }
  // The body is collected into Request::body() first; meanwhile the request is a task, which the
  // route takes over (Request::TakeTask()).
  void Add(std::string_view methods, std::string_view pattern, Announce announce, Route route,
           LimitBody limit = nullptr, TakesSource takes_source = TakesSource::kNo);

  // How often routes have taken requests, by the names of usage_names.h; those never asked for are
  // left out.
  std::map<std::string, std::int64_t> Usage() const;

  // How routes are called: `run` may call one later and on another thread, for a request that takes
  // long. Without it they are called where the request is. Before the first request.
  using Run = std::function<base::Status(const RequestPtr& request, const Route& route)>;
  void RunWith(Run run) { run_ = std::move(run); }

  void Handle(http::ExchangePtr exchange) override;
  http::Response OnBadRequest(const base::Status& why) override;

 private:
  struct Node;
  struct Entry;
  struct Found {
    const Entry* entry;
    Request::Parameters parameters;
  };

  void AddEntry(std::string_view methods, std::string_view pattern, const Entry& entry);
  std::optional<Found> Find(const http::RequestHead& head) const;
  // Of all routes that fit the path.
  std::vector<std::string> MethodsOf(const http::RequestHead& head) const;
  void AnswerUnrouted(Request& request) const;
  // False: it has answered.
  bool CheckContentType(Request& request, BodyMode mode) const;
  void Call(const Entry& entry, const RequestPtr& request) const;
  void Await(const Entry& entry, const RequestPtr& request) const;
  base::Status RunRoute(const Entry& entry, const RequestPtr& request) const;

  struct Count;
  Count& CountOf(std::string_view name);

  const Options options_;
  std::vector<std::unique_ptr<Count>> counts_;  // constant once the server runs
  const std::unique_ptr<Node> root_;            // constant once the server runs, as is the next
  Run run_;                                     // may be null
};

}  // namespace rest
