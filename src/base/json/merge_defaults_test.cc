#include "base/json/merge_defaults.h"

#include <gtest/gtest.h>

namespace base::json {
namespace {

std::string Merged(std::string_view content, std::string_view defaults) {
  auto document = Document::Parse(content);
  const auto other = Document::Parse(defaults);
  EXPECT_TRUE(document.ok() && other.ok());
  if (!document.ok() || !other.ok()) return {};
  MergeDefaults(*document, document->root(), other->root());
  return document->root().ToString();
}

TEST(MergeDefaults, KeepTheContentAndAddWhatItLacksAtEveryLevel) {
  EXPECT_EQ(Merged(R"({"a":1,"o":{"p":{"x":1}},"m":{"y":1},"n":null})",
                   R"({"a":2,"b":2,"o":{"p":{"x":2,"z":2}},"m":2,"n":2})"),
            R"({"a":1,"o":{"p":{"x":1,"z":2}},"m":{"y":1},"n":null,"b":2})");
}

TEST(MergeDefaults, JoinListsWithoutRepeatingAValue) {
  EXPECT_EQ(Merged(R"({"l":[3,2],"s":"x"})", R"({"l":[1,2],"s":[1]})"), R"({"l":[1,2,3],"s":"x"})");
  EXPECT_EQ(Merged(R"({"l":[]})", R"({"l":[1,1]})"), R"({"l":[1,1]})");
}

TEST(MergeDefaults, MergeListsOfNamedThingsByName) {
  EXPECT_EQ(Merged(R"({"l":[{"b":{"y":2}},{"c":3}]})", R"({"l":[{"a":1},{"b":{"x":1,"y":1}}]})"),
            R"({"l":[{"b":{"y":2,"x":1}},{"c":3},{"a":1}]})");
}

}  // namespace
}  // namespace base::json
