#include "rest/guard/cross_site_guard.h"

#include <algorithm>

#include "base/log.h"

namespace rest::guard {

namespace {

using base::Status;
using http::RequestHead;

constexpr std::size_t kMaxQuoted = 200;

Status Forbidden(std::string why) { return {403, "security_exception", std::move(why)}; }

std::string Quoted(std::string_view text) {
  return "[" + std::string(text.substr(0, kMaxQuoted)) + "]";
}

// `http://host:port/path` -> `host:port`; empty if the target names no host.
std::string_view AuthorityOf(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    return target.substr(0, target.find_first_of("/?#"));
  }
  return {};
}

// Whatever a browser says of where a request is going: several, if they contradict each other.
std::vector<std::string_view> Authorities(const RequestHead& head) {
  std::vector<std::string_view> all = head.headers.FindAll("host");
  all.push_back(AuthorityOf(head.target.raw));
  std::erase(all, std::string_view());
  return all;
}

// Of a page that this node served: "http://localhost:9200" where Host is "localhost:9200". TLS may
// end at a proxy, so the scheme does not matter.
bool IsOwn(const std::string& origin, const RequestHead& head) {
  const std::string* host = head.headers.Find("host");
  const std::string_view authority = AuthorityOf(origin);
  return host != nullptr && !host->empty() && http::EqualsIgnoringCase(authority, *host) &&
         origin.ends_with(authority);
}

bool IsLinkFollowed(const RequestHead& head) {
  const auto says = [&](std::string_view name, std::string_view value) {
    const std::string* found = head.headers.Find(name);
    return found != nullptr && *found == value;
  };
  return (head.method == "GET" || head.method == "HEAD") && says("sec-fetch-mode", "navigate") &&
         says("sec-fetch-dest", "document");
}

bool IsPreflight(const RequestHead& head) {
  return head.method == "OPTIONS" && head.headers.Find("access-control-request-method") != nullptr;
}

// Null: none, or an empty one, which counts as none in OpenSearch and no browser sends.
const std::string* OriginOf(const RequestHead& head) {
  const std::string* origin = head.headers.Find("origin");
  return origin == nullptr || origin->empty() ? nullptr : origin;
}

}  // namespace

void CrossSiteGuard::Handle(http::ExchangePtr exchange) {
  const RequestHead& head = exchange->head();
  if (const Status why = Check(head); !why.ok()) return Refuse(*exchange, why);
  if (const std::string* origin = OriginOf(head); origin && rules_.cors.enabled()) {
    http::Headers headers;
    rules_.cors.AddHeaders(*origin, headers);
    if (IsPreflight(head)) {
      rules_.cors.AddPreflightHeaders(headers);
      return exchange->Respond({.status = 200, .content_type = "", .headers = std::move(headers)});
    }
    exchange->AddHeaders(std::move(headers));
  }
  behind_.Handle(std::move(exchange));
}

Status CrossSiteGuard::Check(const RequestHead& head) const {
  // Without any it comes from a tool: browsers always send one.
  for (const std::string_view authority : Authorities(head)) {
    if (rules_.hosts.Accept(authority)) continue;
    return Forbidden("the request is for the host " + Quoted(authority) +
                     ", which is not known to be this node; if it is, add it to "
                     "[http.allowed_hosts]");
  }
  const auto origins = head.headers.FindAll("origin");
  for (const std::string_view text : origins) {
    const std::string origin(text);
    if (origin.empty() || IsOwn(origin, head) || rules_.cors.Allows(origin)) continue;
    return Forbidden("pages of " + Quoted(origin) +
                     " may not use this node; to allow them, set [http.cors.enabled] to true and "
                     "name them in [http.cors.allow-origin]");
  }
  if (OriginOf(head) != nullptr || rules_.cors.allows_any()) return {};
  for (const std::string_view site : head.headers.FindAll("sec-fetch-site")) {
    if (site == "same-origin" || site == "none" || IsLinkFollowed(head)) continue;
    return Forbidden("a page of another site may not load this (Sec-Fetch-Site: " + Quoted(site) +
                     "); a page that [http.cors.allow-origin] allows can fetch it with CORS");
  }
  return {};
}

void CrossSiteGuard::Refuse(http::Exchange& exchange, const Status& why) {
  exchange.Respond(OnBadRequest(why));
  const auto kept_back = lines_.Pass();
  if (!kept_back) return;
  const RequestHead& head = exchange.head();
  base::log::Warn("http", "refused a request of another site",
                  {{"remote", head.remote_address},
                   {"request", head.method + " " + head.target.raw.substr(0, kMaxQuoted)},
                   {"error", why},
                   {"refused_since_last_line", *kept_back + 1}});
}

}  // namespace rest::guard
