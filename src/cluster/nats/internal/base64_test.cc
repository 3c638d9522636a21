#include "cluster/nats/internal/base64.h"

#include <gtest/gtest.h>

namespace cluster::nats::internal {
namespace {

TEST(Base64, DecodesEveryLength) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("YQ=="), "a");
  EXPECT_EQ(DecodeBase64("YWI="), "ab");
  EXPECT_EQ(DecodeBase64("YWJj"), "abc");
  EXPECT_EQ(DecodeBase64("YWJjZA=="), "abcd");
  EXPECT_EQ(DecodeBase64("+/8A"), std::string("\xfb\xff\0", 3));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* const text :
       {"YQ", "Y", "=", "====", "YQ=", "Y===", "YW-j", "YQ==YQ==", "Y Q="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cluster::nats::internal
