#include "rest/guard/cross_site_guard.h"

#include <gtest/gtest.h>

#include "support/fake_exchange.h"

namespace rest::guard {
namespace {

using test::FakeExchange;
using Headers = std::vector<std::pair<std::string, std::string>>;

// Counts what comes through.
class Behind final : public http::Handler {
 public:
  void Handle(http::ExchangePtr exchange) override {
    ++count;
    exchange->Respond({.status = 200, .body = "through"});
  }
  http::Response OnBadRequest(const base::Status& why) override {
    return {.status = why.http_status(), .body = why.type() + ": " + why.reason()};
  }
  int count = 0;
};

class GuardTest : public testing::Test {
 protected:
  explicit GuardTest(const CorsSettings& cors = {}, const std::vector<std::string>& names = {})
      : guard_(behind_,
               {*AcceptedHosts::Make(names, AcceptedHosts::Addresses::kListed), *Cors::Make(cors)},
               clock_) {}

  http::Response Ask(std::string_view method, std::string_view target, Headers headers) {
    const auto exchange = std::make_shared<FakeExchange>(method, target, "", std::move(headers));
    guard_.Handle(exchange);
    return exchange->answer();
  }
  int StatusOf(std::string_view method, Headers headers) {
    return Ask(method, "/", std::move(headers)).status;
  }

  Behind behind_;
  base::ManualClock clock_;
  CrossSiteGuard guard_;
};

const Headers::value_type kHost{"Host", "localhost:9200"};

TEST_F(GuardTest, ProgramsThatAreNoBrowsersAreNotAffected) {
  EXPECT_EQ(StatusOf("DELETE", {kHost}), 200);
  EXPECT_EQ(StatusOf("POST", {{"Host", "127.0.0.1"}, {"User-Agent", "curl/7.88"}}), 200);
  EXPECT_EQ(StatusOf("POST", {}), 200) << "HTTP/1.0 knows no Host";
  EXPECT_EQ(StatusOf("POST", {{"Host", ""}, {"Origin", ""}}), 200);
  EXPECT_EQ(behind_.count, 4);
}

TEST_F(GuardTest, APageThatTheNodeServesMayDoEverything) {
  for (const char* host : {"localhost:9200", "127.0.0.1:9200", "[::1]:9200", "LOCALHOST"}) {
    for (const char* scheme : {"http://", "https://"}) {
      EXPECT_EQ(StatusOf("DELETE", {{"host", host}, {"origin", scheme + std::string(host)}}), 200);
    }
  }
  EXPECT_EQ(StatusOf("GET", {kHost, {"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Sec-Fetch-Site", "none"}}), 200) << "typed by the user";
}

// Each as a browser, or worse, would send it for a page that is not this node's.
TEST_F(GuardTest, PagesOfOtherSitesAreRefusedBeforeAnythingHappens) {
  const std::vector<std::pair<const char*, Headers>> foreign = {
      {"POST", {kHost, {"Origin", "http://evil.example"}}},
      {"POST", {kHost, {"Origin", "https://evil.example:9200"}}},
      {"GET", {kHost, {"Origin", "http://evil.example"}}},
      {"HEAD", {kHost, {"Origin", "http://evil.example"}}},
      {"PUT", {kHost, {"Origin", "http://evil.example"}}},
      {"DELETE", {kHost, {"Origin", "http://evil.example"}}},
      {"OPTIONS", {kHost, {"Origin", "http://evil.example"}}},
      {"OPTIONS",
       {kHost, {"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "DELETE"}}},
      {"POST", {kHost, {"Origin", "null"}}},  // a sandboxed frame, file:, data:
      {"POST", {kHost, {"Origin", "http://localhost:3000"}}},
      {"POST", {kHost, {"Origin", "http://localhost"}}},
      {"POST", {kHost, {"Origin", "http://127.0.0.1:9200"}}},  // another name of the same place
      {"POST", {kHost, {"Origin", "http://localhost:9200.evil.example"}}},
      {"POST", {kHost, {"Origin", "http://localhost:92000"}}},
      {"POST", {kHost, {"Origin", "http://evil.example#localhost:9200"}}},
      {"POST", {kHost, {"Origin", "http://user@localhost:9200"}}},
      {"POST", {kHost, {"Origin", "http://localhost:9200/"}}},
      {"POST", {kHost, {"Origin", "ftp://localhost:9200"}}},
      {"POST", {kHost, {"Origin", "file://"}}},
      {"POST", {kHost, {"Origin", "chrome-extension://abcdefgh"}}},
      {"POST", {kHost, {"Origin", "localhost:9200"}}},
      {"POST", {kHost, {"Origin", "*"}}},
      {"POST", {kHost, {"Origin", "http://localhost:9200"}, {"Origin", "http://evil.example"}}},
      {"POST", {kHost, {"Origin", "http://localhost:9200, http://evil.example"}}},
      {"POST", {{"Origin", "http://evil.example"}}},  // without a Host
      {"POST", {{"Host", ""}, {"Origin", "http://"}}},
      {"GET", {{"Host", "evil.example:9200"}}},  // rebound by DNS
      {"GET", {{"Host", "evil.example:9200"}, {"Origin", "http://evil.example:9200"}}},
      {"POST", {{"Host", "evil.example"}, {"Sec-Fetch-Site", "same-origin"}}},
      {"GET", {kHost, {"Host", "evil.example"}}},
      {"GET", {{"Host", "evil.example"}, kHost}},
      {"GET", {{"Host", "localhost.evil.example:9200"}}},
      {"GET", {{"Host", "0.0.0.0:9200"}}},
      {"GET", {kHost, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}}},
      {"GET", {kHost, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Dest", "image"}}},
      {"GET",
       {kHost,
        {"Sec-Fetch-Site", "cross-site"},
        {"Sec-Fetch-Mode", "navigate"},
        {"Sec-Fetch-Dest", "iframe"}}},
      {"POST",
       {kHost,
        {"Sec-Fetch-Site", "cross-site"},
        {"Sec-Fetch-Mode", "navigate"},
        {"Sec-Fetch-Dest", "document"}}},
      {"GET", {kHost, {"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "cross-site"}}},
  };
  ASSERT_GE(foreign.size(), 30u);
  for (const auto& [method, headers] : foreign) {
    const http::Response answer = Ask(method, "/_tasks/_cancel", headers);
    std::string text = method;
    for (const auto& [name, value] : headers) text += " " + name + ": " + value;
    EXPECT_EQ(answer.status, 403) << text;
    EXPECT_TRUE(answer.headers.empty()) << "no page may read it: " << text;
    EXPECT_TRUE(answer.body.starts_with("security_exception: ")) << answer.body;
  }
  EXPECT_EQ(behind_.count, 0);
}

TEST_F(GuardTest, ATargetThatNamesAnotherHostIsRefused) {
  EXPECT_EQ(Ask("GET", "http://evil.example/", {kHost}).status, 403);
  EXPECT_EQ(Ask("GET", "http://evil.example?a", {kHost}).status, 403);
  EXPECT_EQ(Ask("GET", "https://localhost:1@evil.example/", {kHost}).status, 403);
  EXPECT_EQ(Ask("GET", "http://localhost:9200/", {kHost}).status, 200);
}

TEST_F(GuardTest, ALinkOnAnotherSiteMayBeFollowed) {
  EXPECT_EQ(StatusOf("GET", {kHost,
                             {"Sec-Fetch-Site", "cross-site"},
                             {"Sec-Fetch-Mode", "navigate"},
                             {"Sec-Fetch-Dest", "document"}}),
            200);
}

TEST_F(GuardTest, SaysWhatWouldAllowIt) {
  EXPECT_EQ(Ask("GET", "/", {{"Host", "db.example:9200"}}).body,
            "security_exception: the request is for the host [db.example:9200], which is not known "
            "to be this node; if it is, add it to [http.allowed_hosts]");
  EXPECT_EQ(Ask("GET", "/", {kHost, {"Origin", "http://a"}}).body,
            "security_exception: pages of [http://a] may not use this node; to allow them, set "
            "[http.cors.enabled] to true and name them in [http.cors.allow-origin]");
  const std::string longest = Ask("GET", "/", {kHost, {"Origin", std::string(8000, 'x')}}).body;
  EXPECT_LT(longest.size(), 500u);
}

class CorsOff : public GuardTest {
 protected:
  CorsOff() : GuardTest({.enabled = false, .allow_origin = "*"}) {}
};

TEST_F(CorsOff, NothingElseOfItCounts) {
  EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", "http://a"}}), 403);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_TRUE(Ask("GET", "/", {kHost, {"Origin", "http://localhost:9200"}}).headers.empty());
}

class CorsOfTwo : public GuardTest {
 protected:
  CorsOfTwo()
      : GuardTest({.enabled = true,
                   .allow_origin = "http://a.example, https://b.example:8443",
                   .allow_methods = "get, Post",
                   .allow_headers = "X-One, X-Two",
                   .allow_credentials = true,
                   .max_age_seconds = 60},
                  {"db1"}) {}
};

std::string Joined(const http::Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
  return text;
}

TEST_F(CorsOfTwo, AnswersToTheListedOriginsSayThatTheyMayBeRead) {
  EXPECT_EQ(Joined(Ask("GET", "/", {kHost, {"Origin", "https://b.example:8443"}}).headers),
            "access-control-allow-origin: https://b.example:8443\nvary: origin\n"
            "access-control-allow-credentials: true\n");
  EXPECT_EQ(StatusOf("POST", {{"Host", "db1"}, {"Origin", "http://a.example"}}), 200);
  for (const char* origin : {"http://A.example", "https://a.example", "http://a.example:80",
                             "http://b.example:8443", "null", "http://a.example,"}) {
    EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", origin}}), 403) << origin;
  }
  EXPECT_EQ(StatusOf("GET", {{"Host", "evil.example"}, {"Origin", "http://a.example"}}), 403);
  EXPECT_EQ(behind_.count, 2);
}

TEST_F(CorsOfTwo, APreflightIsAnsweredHere) {
  const http::Response answer =
      Ask("OPTIONS", "/_bulk",
          {kHost, {"Origin", "http://a.example"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(Joined(answer.headers),
            "access-control-allow-origin: http://a.example\nvary: origin\n"
            "access-control-allow-credentials: true\n"
            "access-control-allow-methods: GET\naccess-control-allow-methods: POST\n"
            "access-control-allow-headers: X-One\naccess-control-allow-headers: X-Two\n"
            "access-control-max-age: 60\n");
  EXPECT_EQ(behind_.count, 0);
  EXPECT_EQ(StatusOf("OPTIONS", {kHost, {"Origin", "http://a.example"}}), 200);
  EXPECT_EQ(behind_.count, 1) << "that was no preflight";
}

class CorsOfAll : public GuardTest {
 protected:
  CorsOfAll() : GuardTest({.enabled = true, .allow_origin = "*"}) {}
};

TEST_F(CorsOfAll, EveryPageMayDoEverythingButUnderAnAcceptedHost) {
  EXPECT_EQ(Joined(Ask("POST", "/", {kHost, {"Origin", "http://x"}}).headers),
            "access-control-allow-origin: *\n");
  EXPECT_EQ(StatusOf("POST", {kHost, {"Origin", "null"}}), 200);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Sec-Fetch-Site", "cross-site"}}), 200);
  EXPECT_EQ(StatusOf("GET", {{"Host", "evil.example"}, {"Origin", "http://x"}}), 403);
}

class CorsOfAPattern : public GuardTest {
 protected:
  CorsOfAPattern()
      : GuardTest({.enabled = true, .allow_origin = "/https?:\\/\\/localhost(:[0-9]+)?/"}) {}
};

TEST_F(CorsOfAPattern, ThePatternHasToFitTheWholeOrigin) {
  EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", "http://localhost:3000"}}), 200);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", "https://localhost"}}), 200);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", "http://localhost:3000.evil.example"}}), 403);
  EXPECT_EQ(StatusOf("GET", {kHost, {"Origin", "x http://localhost"}}), 403);
}

TEST(Cors, RefusesSettingsThatMeanNothing) {
  EXPECT_EQ(Cors::Make({.allow_origin = "/(/"}).status().reason(),
            "Bad regex in [http.cors.allow-origin]: [/(/]: missing ): (");
  EXPECT_EQ(Cors::Make({.allow_methods = "GET,FETCH"}).status().reason(),
            "[http.cors.allow-methods] names [FETCH], which is no HTTP method");
}

}  // namespace
}  // namespace rest::guard
