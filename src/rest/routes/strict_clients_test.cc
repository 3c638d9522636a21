#include "rest/routes/strict_clients.h"

#include <gtest/gtest.h>

namespace rest::routes {
namespace {

// Each text is what the client really sends: the Java ones recorded, the others put together as
// their sources do.
class StrictClientTest : public testing::TestWithParam<const char*> {};

TEST_P(StrictClientTest, IsKnownByItsUserAgent) { EXPECT_TRUE(CannotReadTextStatus(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Clients, StrictClientTest,
    testing::Values("opensearch-java/3.9.0 (Java/17.0.15)",         // both of its transports
                    "opensearch-java/2.22.0 (Java/17.0.15)",        // the same
                    "Apache-HttpAsyncClient/4.1.5 (Java/17.0.15)",  // the high-level client 2.19.1
                    "opensearch-go/4.6.1 (linux amd64; Go 1.25.12)",  // of release 5
                    "opensearch-net/1.8.0 (Debian GNU/Linux 12 (bookworm); .NET 8.0.11; "
                    "OpenSearch.Client)"));

TEST(LenientClientTest, KeepsTheDocumentedStatus) {
  for (const char* agent : {"curl/7.88.1", "opensearch-py/2.8.0 (Python 3.11.7)",
                            "opensearch-js/3.5.1 (linux 6.1.0-x64; Node.js v22.11.0)",
                            "opensearch-rs/2.3.0 (linux x86_64)", "Java-http-client/17.0.15", "",
                            "my-opensearch-java/1"}) {
    EXPECT_FALSE(CannotReadTextStatus(agent)) << agent;
  }
}

}  // namespace
}  // namespace rest::routes
