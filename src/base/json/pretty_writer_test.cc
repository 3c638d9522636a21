#include "base/json/pretty_writer.h"

#include <gtest/gtest.h>

#include <functional>

namespace base::json {
namespace {

std::string Pretty(const std::function<void(Writer&)>& write) {
  std::string text;
  PrettyWriter writer(text);
  write(writer);
  return text;
}

TEST(Pretty, LooksAsOpenSearchs) {
  EXPECT_EQ(Pretty([](Writer& w) {
              w.BeginObject();
              w.ObjectField("nodes");
              w.ArrayField("roles");
              w.Value("data");
              w.Value("ingest");
              w.EndArray();
              w.Field("id", 7);
              w.Field("rate", 20.0F);
              w.ObjectField("headers");
              w.EndObject();
              w.ArrayField("none");
              w.EndArray();
              w.EndObject();
              w.EndObject();
            }),
            R"({
  "nodes" : {
    "roles" : [
      "data",
      "ingest"
    ],
    "id" : 7,
    "rate" : 20.0,
    "headers" : { },
    "none" : [ ]
  }
}
)");
}

TEST(Pretty, IndentsObjectsAndArraysInArrays) {
  EXPECT_EQ(Pretty([](Writer& w) {
              w.BeginArray();
              w.BeginObject();
              w.Field("a", nullptr);
              w.EndObject();
              w.BeginArray();
              w.Value(true);
              w.EndArray();
              w.EndArray();
            }),
            R"([
  {
    "a" : null
  },
  [
    true
  ]
]
)");
}

TEST(Pretty, WritesRawJsonAnew) {
  EXPECT_EQ(Pretty([](Writer& w) {
              w.BeginObject();
              w.RawField("_source", R"({"a":[1.50,12345678901234567890123],"b":{}})");
              w.Field("c", 1);
              w.EndObject();
            }),
            R"({
  "_source" : {
    "a" : [
      1.50,
      12345678901234567890123
    ],
    "b" : { }
  },
  "c" : 1
}
)");
}

TEST(Pretty, StaysWholeWhenTheRawJsonIsNone) {
  EXPECT_EQ(Pretty([](Writer& w) {
              w.BeginArray();
              w.Raw("{broken");
              w.EndArray();
            }),
            "[\n  \"{broken\"\n]\n");
}

TEST(Pretty, EndsEveryDocumentWithANewline) {
  EXPECT_EQ(Pretty([](Writer& w) { w.Value(1); }), "1\n");
  EXPECT_EQ(Pretty([](Writer& w) {
              w.BeginObject();
              w.EndObject();
            }),
            "{ }\n");
}

}  // namespace
}  // namespace base::json
