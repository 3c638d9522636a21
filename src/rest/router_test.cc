#include "rest/router.h"

#include <gtest/gtest.h>

#include "support/fake_exchange.h"

namespace rest {
namespace {

using test::FakeExchange;
using Headers = std::vector<std::pair<std::string, std::string>>;
using Exchanged = std::shared_ptr<FakeExchange>;

constexpr std::string_view kJson = "application/json; charset=UTF-8";

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    AddNaming("GET", "/");
    AddNaming("HEAD", "/");
    AddNaming("GET", "/_tasks");
    AddNaming("GET", "/_tasks/{task_id}");
    AddNaming("POST", "/_tasks/_cancel");
    AddNaming("POST", "/_tasks/{task_id}/_cancel");
    AddNaming("GET,HEAD,DELETE", "/{index}");
    AddNaming("GET,POST", "/{index}/_search");
    AddNaming("GET,PUT", "/{index}/_doc/{id}");
    AddNaming("GET", "/_nodes");
    AddNaming("GET", "/_nodes/{node_id}");
    router_.Add("POST", "/_whole", announce_, [](const RequestPtr& request) {
      request->TakeTask().Finish({});
      request->RespondText(200, request->body());
      return base::Status();
    });
    router_.Add(
        "GET,POST", "/_read", announce_,
        [](const RequestPtr& request) {
          RETURN_IF_ERROR(request->CheckUnconsumed());
          request->TakeTask().Finish({});
          request->RespondText(200, request->body());
          return base::Status();
        },
        nullptr, TakesSource::kYes);
    router_.Add("POST", "/_stream", BodyMode::kStream, [](const RequestPtr& request) {
      request->RespondText(200, "");
      return base::Status();
    });
    router_.Add("GET", "/_large", [](const RequestPtr&) {
      return base::Status(413, "metadata_too_long_exception", "too large a mapping");
    });
    router_.Add("GET", "/_json", [](const RequestPtr& request) {
      RETURN_IF_ERROR(request->CheckUnconsumed());
      request->Respond(200, [](base::json::Writer& out) {
        out.BeginObject();
        out.Field("a", 1);
        out.Field("b", "x");
        out.EndObject();
      });
      return base::Status();
    });
  }

  // A route that answers with its own pattern and its parameters.
  void AddNaming(std::string_view methods, std::string pattern) {
    router_.Add(methods, pattern, [pattern](const RequestPtr& request) {
      std::string text = pattern;
      for (const char* name : {"task_id", "index", "id", "node_id"}) {
        if (const std::string* value = request->Find(name)) text += " " + *value;
      }
      request->RespondText(200, text);
      return base::Status();
    });
  }

  http::Response Ask(std::string_view method, std::string_view target, std::string body = {},
                     Headers headers = {}) {
    auto exchange =
        std::make_shared<FakeExchange>(method, target, std::move(body), std::move(headers));
    router_.Handle(exchange);
    return exchange->answered() ? exchange->answer() : http::Response{.status = 0};
  }

  std::string RouteOf(std::string_view method, std::string_view target) {
    return Ask(method, target).body;
  }

  tasks::TaskRegistry registry_{{.node_id = "node-a", .clock = &base::Clock::System()}};
  const Announce announce_ = [this](Request&) { return registry_.Register({.action = "test"}); };
  Router router_;
};

TEST_F(RouterTest, PrefersLiteralsToParameters) {
  EXPECT_EQ(RouteOf("GET", "/"), "/");
  EXPECT_EQ(RouteOf("GET", "/_tasks"), "/_tasks");
  EXPECT_EQ(RouteOf("GET", "/logs"), "/{index} logs");
  EXPECT_EQ(RouteOf("GET", "/_tasks/n:1"), "/_tasks/{task_id} n:1");
  EXPECT_EQ(RouteOf("POST", "/_tasks/_cancel"), "/_tasks/_cancel");
  EXPECT_EQ(RouteOf("POST", "/_tasks/n:1/_cancel"), "/_tasks/{task_id}/_cancel n:1");
  EXPECT_EQ(RouteOf("PUT", "/logs/_doc/1"), "/{index}/_doc/{id} logs 1");
  EXPECT_EQ(RouteOf("GET", "/_nodes/n1"), "/_nodes/{node_id} n1");
}

TEST_F(RouterTest, TriesAParameterInFrontBeforeOneAtTheEnd) {
  EXPECT_EQ(RouteOf("GET", "/_nodes/_search"), "/{index}/_search _nodes");
}

TEST_F(RouterTest, IgnoresEmptySegments) {
  EXPECT_EQ(RouteOf("POST", "//_tasks//_cancel/?x=y"), "/_tasks/_cancel");
}

TEST_F(RouterTest, DecodesParametersAfterItHasMatched) {
  EXPECT_EQ(RouteOf("GET", "/a%2Cb/_doc/x%2Fy+z"), "/{index}/_doc/{id} a,b x/y+z");
  EXPECT_EQ(RouteOf("GET", "/%5Ftasks"), "/{index} _tasks");
}

TEST_F(RouterTest, RefusesAWrongMethodNamingTheRightOnes) {
  const auto get = Ask("GET", "/_tasks/_cancel");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(*get.headers.Find("Allow"), "POST");
  EXPECT_EQ(get.content_type, kJson);
  EXPECT_EQ(get.body,
            R"({"error":"Incorrect HTTP method for uri [/_tasks/_cancel] and method [GET], )"
            R"(allowed: [POST]","status":405})");
  const auto post = Ask("POST", "/x?pretty=false");
  EXPECT_EQ(*post.headers.Find("Allow"), "GET,HEAD,DELETE");
  EXPECT_EQ(post.body,
            R"({"error":"Incorrect HTTP method for uri [/x?pretty=false] and method [POST], )"
            R"(allowed: [GET, HEAD, DELETE]","status":405})");
  EXPECT_EQ(Ask("HEAD", "/_tasks").status, 405) << "not the index of that name";
}

TEST_F(RouterTest, AnswersOptionsWithWhatIsAllowed) {
  const auto answer = Ask("OPTIONS", "/_tasks/_cancel");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(*answer.headers.Find("Allow"), "POST");
  EXPECT_EQ(answer.content_type, "text/plain; charset=UTF-8");
  EXPECT_EQ(answer.body, "");
}

TEST_F(RouterTest, KnowsNoHandlerForOtherPaths) {
  const auto answer = Ask("GET", "/_tasks/a/b/c");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":"no handler found for uri [/_tasks/a/b/c] and method [GET]"})");
}

TEST_F(RouterTest, RefusesDifferentValuesOfASingleValuedHeader) {
  const auto answer = Ask("GET", "/_tasks", "", {{"x-opaque-id", "a"}, {"X-Opaque-Id", "b"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":"multiple values for single-valued header [X-Opaque-Id].","status":400})");
  EXPECT_EQ(Ask("GET", "/_tasks", "", {{"X-Opaque-Id", "a"}, {"X-Opaque-Id", "a"}}).status, 200);
  const auto long_id = Ask("GET", "/_tasks", "", {{"X-Request-Id", std::string(200, 'x')}});
  EXPECT_EQ(long_id.status, 400);
  EXPECT_NE(long_id.body.find("X-Request-Id length [200] exceeds maximum allowed length [128]"),
            std::string::npos);
}

TEST_F(RouterTest, NeedsAKnownContentTypeForABody) {
  EXPECT_EQ(Ask("POST", "/_whole", "x").body,
            R"({"error":"Content-Type header [] is not supported","status":406})");
  const auto text = Ask("POST", "/_whole", "x", {{"Content-Type", "text/plain"}});
  EXPECT_EQ(text.status, 406);
  EXPECT_EQ(text.body,
            R"({"error":"Content-Type header [text/plain] is not supported","status":406})");
  const auto none = Ask("POST", "/_whole", "x", {{"Content-Type", "nonsense"}});
  EXPECT_EQ(none.status, 400);
  EXPECT_NE(none.body.find("content_type_header_exception"), std::string::npos);
  EXPECT_EQ(Ask("POST", "/_whole", "", {{"Content-Type", "nonsense"}}).status, 200);
  for (const char* type :
       {"application/json", "APPLICATION/JSON;charset=utf-8", "application/x-ndjson",
        "application/vnd.opensearch+json;compatible-with=7",
        "application/vnd.opensearch+x-ndjson; compatible-with=7"}) {
    EXPECT_EQ(Ask("POST", "/_whole", "x", {{"Content-Type", type}}).body, "x") << type;
  }
  for (const char* type : {"application/yaml", "application/cbor", "application/smile"}) {
    EXPECT_EQ(Ask("POST", "/_whole", "x", {{"Content-Type", type}}).status, 406) << type;
  }
}

TEST_F(RouterTest, StreamsOnlyWhatCanBeReadAsAStream) {
  EXPECT_EQ(Ask("POST", "/_stream?format=json", "x", {{"Content-Type", "application/cbor"}}).body,
            R"({"error":"Content-Type [CBOR] does not support stream parsing. )"
            R"(Use JSON or SMILE instead","status":406})");
  EXPECT_EQ(Ask("POST", "/_stream", "x", {{"Content-Type", "application/x-ndjson"}}).status, 200);
}

TEST_F(RouterTest, TakesTheParameterSourceForTheBodyOfAReadOnly) {
  const std::string source = "?source=%7B%7D&source_content_type=application/json";
  for (const char* method : {"GET", "POST"}) EXPECT_EQ(Ask(method, "/_read" + source).body, "{}");
  EXPECT_EQ(Ask("POST", "/_whole" + source).body, "");
  const auto alone = Ask("POST", "/_read?source=x");
  EXPECT_EQ(alone.status, 500);
  EXPECT_NE(alone.body.find("illegal_state_exception"), std::string::npos);
}

TEST_F(RouterTest, RefusesABodyThatIsTooLongWithoutAWord) {
  Router small({.max_content_length = 3});
  small.Add("POST", "/", announce_, [](const RequestPtr&) { return base::Status(); });
  const auto exchange = std::make_shared<FakeExchange>(
      "POST", "/", "1234", Headers{{"content-type", "application/json"}});
  small.Handle(exchange);
  EXPECT_EQ(exchange->answer().status, 413);
  EXPECT_EQ(exchange->answer().body + exchange->answer().content_type, "");
}

TEST_F(RouterTest, SaysWhatElseIsTooLong) {
  const auto answer = Ask("GET", "/_large");
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("too large a mapping"), std::string::npos) << answer.body;
}

TEST_F(RouterTest, WritesTheFormatAskedFor) {
  EXPECT_EQ(Ask("GET", "/_json").body, R"({"a":1,"b":"x"})");
  EXPECT_EQ(Ask("GET", "/_json?pretty").body, "{\n  \"a\" : 1,\n  \"b\" : \"x\"\n}\n");
  EXPECT_EQ(Ask("GET", "/_json?filter_path=b").body, R"({"b":"x"})");
  const auto yaml = Ask("GET", "/_json?format=yaml");
  EXPECT_EQ(yaml.body, "---\na: 1\nb: \"x\"\n");
  EXPECT_EQ(yaml.content_type, "application/yaml");
  EXPECT_EQ(Ask("GET", "/_json", "", {{"Accept", "application/yaml"}}).body, yaml.body);
  EXPECT_EQ(Ask("GET", "/_json", "", {{"Accept", "text/html, */*"}}).content_type, kJson);
  EXPECT_EQ(Ask("GET", "/_json?format=nonsense").content_type, kJson);
  EXPECT_EQ(Ask("GET", "/_json?format=cbor").content_type, "application/cbor");
  const auto smile = Ask("GET", "/_json?format=smile");
  EXPECT_EQ(smile.content_type, "application/smile");
  EXPECT_EQ(smile.body,
            ":)\n\x05\xFA\x80"
            "a\xC2\x80"
            "b\x40x\xFB");
  EXPECT_EQ(Ask("GET", "/_json", "", {{"Accept", "application/smile"}}).body, smile.body);
}

TEST_F(RouterTest, AnswersWhatARouteReturnsAsAnError) {
  const auto answer = Ask("GET", "/_json?colour=red&prety");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"request )"
            R"([/_json] contains unrecognized parameters: [colour], [prety] -> did you mean )"
            R"([pretty]?"}],"type":"illegal_argument_exception","reason":"request [/_json] )"
            R"(contains unrecognized parameters: [colour], [prety] -> did you mean [pretty]?"},)"
            R"("status":400})");
  EXPECT_EQ(Ask("GET", "/_json?x&filter_path=status").body, Ask("GET", "/_json?x").body)
      << "errors are not filtered";
  EXPECT_EQ(Ask("GET", "/_json?pretty=perhaps").status, 400);
}

}  // namespace
}  // namespace rest
