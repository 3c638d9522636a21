#include "rest/routes/deprecation.h"

#include <gtest/gtest.h>

#include "support/fake_exchange.h"

namespace rest::routes {
namespace {

// Clients refuse answers with long headers, or with many.
TEST(Warnings, AreBoundedByWhatClientsRead) {
  Request request(std::make_shared<test::FakeExchange>("GET", "/"), {});
  AddDeprecation(request, "first");
  AddDeprecation(request, "cut" + std::string(100'000, 'x'));
  for (int i = 0; i < 10'000; ++i) AddDeprecation(request, "more " + std::to_string(i));
  const http::Response answer = request.Head(200);
  const std::vector<std::string_view> warnings = answer.headers.FindAll("Warning");
  std::size_t bytes = 0;
  for (const std::string_view warning : warnings) bytes += warning.size();
  EXPECT_LE(bytes, 8192u);
  ASSERT_GT(warnings.size(), 3u);
  EXPECT_LT(warnings.size(), 100u);
  EXPECT_TRUE(warnings[0].ends_with(" \"first\"")) << warnings[0];
  EXPECT_TRUE(warnings[1].ends_with("xxx...\"")) << warnings[1];
  EXPECT_TRUE(warnings[2].ends_with(" \"more 0\"")) << warnings[2];
}

}  // namespace
}  // namespace rest::routes
