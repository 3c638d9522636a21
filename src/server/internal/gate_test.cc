#include "server/internal/gate.h"

#include <gtest/gtest.h>

#include "support/fake_exchange.h"

namespace server {
namespace {

class Behind final : public rest::http::Handler {
 public:
  void Handle(rest::http::ExchangePtr exchange) override { exchange->Respond({.status = 200}); }
  rest::http::Response OnBadRequest(const base::Status& why) override {
    return {.status = why.http_status(), .body = why.type() + ": " + why.reason()};
  }
};

class GateTest : public testing::Test {
 protected:
  rest::http::Response Ask(std::string_view method, std::string_view target) {
    const auto exchange = std::make_shared<test::FakeExchange>(method, target);
    gate_.Handle(exchange);
    return exchange->answer();
  }
  void Expect(int status, const std::vector<std::pair<const char*, const char*>>& requests) {
    for (const auto& [method, target] : requests)
      EXPECT_EQ(Ask(method, target).status, status) << method << " " << target;
  }

  Behind behind_;
  Gate gate_{behind_};
  const std::vector<std::pair<const char*, const char*>> early_ = {{"GET", "/"},
                                                                   {"HEAD", "/"},
                                                                   {"GET", "/_tasks?detailed"},
                                                                   {"GET", "/_tasks/_history"},
                                                                   {"GET", "/_tasks/_stream"},
                                                                   {"POST", "/_tasks/_cancel"},
                                                                   {"POST", "/_tasks/a:1/_cancel"},
                                                                   {"GET", "/_cat/tasks"}};
  const std::vector<std::pair<const char*, const char*>> late_ = {
      {"POST", "/_bulk"},          {"PUT", "/a/_doc/1"},
      {"GET", "/a/_doc/1"},        {"PUT", "/a"},
      {"GET", "/_cat/indices"},    {"GET", "/_cluster/health"},
      {"GET", "/_tasks/a:1"},      {"POST", "/_reindex/a:1/_rethrottle"},
      {"DELETE", "/_tasks/_doc/1"}};
};

TEST_F(GateTest, LetsNothingThroughBeforeTheNodeCanSayWhoItIs) {
  Expect(503, early_);
  Expect(503, late_);
}

TEST_F(GateTest, LetsListsAndCancelsThroughBeforeTheNodeHasItsClustersState) {
  gate_.OpenEarly();
  Expect(200, early_);
  EXPECT_EQ(Ask("POST", "/_bulk").status, 503);
  EXPECT_EQ(Ask("POST", "/_bulk").body,
            "cluster_block_exception: blocked by: "
            "[SERVICE_UNAVAILABLE/1/state not recovered / initialized];");
  gate_.Open();
  Expect(200, early_);
  Expect(200, late_);
}

}  // namespace
}  // namespace server
