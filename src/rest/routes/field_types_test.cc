#include "rest/routes/field_types.h"

#include <gtest/gtest.h>

#include "base/json/compact_writer.h"

namespace rest::routes {
namespace {

cluster::IndexPtr Index(std::string mappings) {
  auto index = std::make_shared<cluster::IndexMetadata>();
  index->mappings = std::move(mappings);
  return index;
}

TEST(FieldTypesTest, CountObjectsAndMultiFieldsAndTheIndicesThatHaveThem) {
  cluster::ClusterState state;
  state.indices["a"] = Index(
      R"({"properties":{"o":{"properties":{"k":{"type":"keyword","fields":{"t":{"type":"text"}}}}},)"
      R"("n":{"type":"nested","properties":{"k":{"type":"keyword"}}},"properties":{"type":"long"}}})");
  state.indices["b"] = Index(R"({"dynamic":"strict","properties":{"k":{"type":"keyword"}}})");
  state.indices["c"] = Index("{}");
  const auto types = CountFieldTypes(state, nullptr, nullptr);
  ASSERT_TRUE(types.ok());
  std::string text;
  base::json::CompactWriter out(text);
  out.BeginObject();
  WriteFieldTypes(out, *types);
  out.EndObject();
  EXPECT_EQ(text, R"({"field_types":[{"name":"keyword","count":3,"index_count":2},)"
                  R"({"name":"long","count":1,"index_count":1},)"
                  R"({"name":"nested","count":1,"index_count":1},)"
                  R"({"name":"object","count":1,"index_count":1},)"
                  R"({"name":"text","count":1,"index_count":1}]})");
}

}  // namespace
}  // namespace rest::routes
