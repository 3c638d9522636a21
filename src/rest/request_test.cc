#include "rest/request.h"

#include <gtest/gtest.h>

#include "support/fake_exchange.h"

namespace rest {
namespace {

Request Asking(std::string_view target, Request::Parameters path_parameters = {}) {
  return Request(std::make_shared<test::FakeExchange>("GET", target), std::move(path_parameters));
}

TEST(Parameters, AreReadByType) {
  Request request = Asking("/?b&c=false&n=7&t=1.5&w=30s&l=a,b,,&blank=%20");
  EXPECT_EQ(request.Bool("b").value(), true) << "there and empty";
  EXPECT_EQ(request.Bool("c", true).value(), false);
  EXPECT_EQ(request.Bool("absent", true).value(), true);
  EXPECT_EQ(request.Bool("blank", false).value(), false);
  EXPECT_EQ(request.Int("n", 1).value(), 7);
  EXPECT_EQ(request.Long("absent", 1).value(), 1);
  EXPECT_EQ(request.Float("t", 0).value(), 1.5F);
  EXPECT_EQ(request.Time("w", base::TimeValue::Nanos(-1)).value(), base::TimeValue::Seconds(30));
  EXPECT_EQ(request.List("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request.String("absent", "otherwise"), "otherwise");
  EXPECT_FALSE(request.Has("absent"));
}

TEST(Parameters, OfTheWrongTypeAreRefusedInOpenSearchsWords) {
  Request request = Asking("/?b=perhaps&n=abc&t=soon");
  EXPECT_EQ(request.Bool("b").status().reason(),
            "Failed to parse value [perhaps] as only [true] or [false] are allowed.");
  EXPECT_EQ(request.Int("n", 0).status().reason(),
            "Failed to parse int parameter [n] with value [abc]");
  EXPECT_EQ(request.Time("t", {}).status().reason(),
            "failed to parse setting [t] with value [soon] as a time value: unit is missing or "
            "unrecognized");
}

TEST(Parameters, OfThePathWinAndNeedNotBeAskedFor) {
  Request request = Asking("/x/_search?index=y", {{"index", "x"}});
  EXPECT_TRUE(request.CheckUnconsumed().ok());
  EXPECT_EQ(request.String("index"), "x");
}

TEST(UnknownParameters, AreRefused) {
  Request request = Asking("/_tasks?colour=red");
  EXPECT_EQ(request.CheckUnconsumed().reason(),
            "request [/_tasks] contains unrecognized parameter: [colour]");
  EXPECT_EQ(request.CheckUnconsumed().http_status(), 400);
}

TEST(UnknownParameters, AreSortedAndComeWithSuggestions) {
  Request request = Asking("/_tasks?detaild&colour=red&actoins=x&nodes=a");
  request.AlsoKnows({"actions", "detailed", "nodes"});
  EXPECT_EQ(request.CheckUnconsumed().reason(),
            "request [/_tasks] contains unrecognized parameters: [actoins] -> did you mean "
            "[actions]?, [colour], [detaild] -> did you mean [detailed]?");
}

TEST(UnknownParameters, MayBeLikeSeveralKnownOnes) {
  Request request = Asking("/_tasks?node=x");
  request.AlsoKnows({"nodes", "mode"});
  EXPECT_EQ(request.CheckUnconsumed().reason(),
            "request [/_tasks] contains unrecognized parameter: [node] -> did you mean any of "
            "[nodes, mode]?");
}

}  // namespace
}  // namespace rest
