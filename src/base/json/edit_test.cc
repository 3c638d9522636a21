// Making and changing documents.

#include <gtest/gtest.h>

#include <cmath>

#include "base/json/tree.h"

namespace base::json {
namespace {

Document Parsed(std::string_view text) {
  Result<Document> document = Document::Parse(text);
  EXPECT_TRUE(document.ok()) << document.status().reason();
  return document.ok() ? std::move(document).value() : Document();
}

TEST(Edit, BuildsADocumentByHand) {
  Document document;
  EXPECT_TRUE(document.root().IsNull());
  document.SetRoot(document.NewObject());
  Value& root = document.root();
  document.Set(root, "i", document.NewInt64(-5));
  document.Set(root, "d", document.NewDouble(1));
  document.Set(root, "n", document.NewNumber("1e3"));
  document.Set(root, "s", document.NewString("x\n"));
  document.Set(root, "b", document.NewBool(true));
  document.Set(root, "nan", document.NewDouble(std::nan("")));
  Value* const array = document.NewArray();
  document.Set(root, "a", array);
  for (int i = 0; i < 6; ++i) document.Append(*array, document.NewInt64(i));
  document.Insert(*array, 0, document.NewNull());
  EXPECT_EQ(root.ToString(),
            R"({"i":-5,"d":1.0,"n":1e3,"s":"x\n","b":true,"nan":"NaN","a":[null,0,1,2,3,4,5]})");
}

TEST(Edit, ReplacesAMemberWhereItStands) {
  Document document = Parsed(R"({"a":1,"b":2,"c":3})");
  document.Set(document.root(), "b", document.NewString("new"));
  document.Set(document.root(), "d", document.NewNull());
  EXPECT_EQ(document.root().ToString(), R"({"a":1,"b":"new","c":3,"d":null})");
}

TEST(Edit, RemovesAndClears) {
  Document document = Parsed(R"({"a":1,"b":[1,2,3],"c":3})");
  EXPECT_TRUE(Document::Remove(document.root(), "a"));
  EXPECT_FALSE(Document::Remove(document.root(), "a"));
  Value& array = *document.root().Find("b");
  EXPECT_FALSE(Document::Remove(array, "a"));
  Document::RemoveItem(array, 1);
  Document::SetItem(array, 0, document.NewBool(false));
  EXPECT_EQ(document.root().ToString(), R"({"b":[false,3],"c":3})");
  Document::Clear(array);
  EXPECT_EQ(document.root().ToString(), R"({"b":[],"c":3})");
}

TEST(Edit, KeepsNodesWhereTheyAre) {
  Document document = Parsed(R"({"a":{"x":1}})");
  Value& inner = *document.root().Find("a");
  for (int i = 0; i < 100; ++i) {
    document.Set(document.root(), "k" + std::to_string(i), document.NewNull());
  }
  Document moved = std::move(document);
  moved.Set(inner, "y", moved.NewInt64(2));
  EXPECT_EQ(moved.root().Find("a")->ToString(), R"({"x":1,"y":2})");
}

TEST(Edit, CopiesDeeplyAcrossDocuments) {
  Document document;
  {
    const Document other = Parsed(R"({"a":[1,{"b":"x"}],"c":{},"d":1.50})");
    document.SetRoot(document.Copy(other.root()));
  }
  EXPECT_EQ(document.root().ToString(), R"({"a":[1,{"b":"x"}],"c":{},"d":1.50})");
  document.Append(*document.root().Find("a"), document.NewNull());
  EXPECT_EQ(document.root().Find("a")->ToString(), R"([1,{"b":"x"},null])");
}

struct Merged {
  bool changed;
  std::string text;
};

Merged Merge(std::string_view target, std::string_view changes) {
  Document document = Parsed(target);
  const Document other = Parsed(changes);
  const bool changed = document.Merge(document.root(), other.root());
  return {changed, document.root().ToString()};
}

TEST(Merge, GoesIntoObjectsAndReplacesTheRest) {
  const Merged merged = Merge(R"({"a":{"x":1,"y":[1,2]},"b":1,"c":{"z":1}})",
                              R"({"a":{"y":[3],"w":{}},"b":{"n":1},"c":null,"d":2})");
  EXPECT_TRUE(merged.changed);
  EXPECT_EQ(merged.text, R"({"a":{"x":1,"y":[3],"w":{}},"b":{"n":1},"c":null,"d":2})");
}

TEST(Merge, OfWhatIsThereAlreadyChangesNothing) {
  EXPECT_FALSE(Merge(R"({"a":{"x":1,"y":[1,2]},"b":1})", R"({"b":1,"a":{"y":[1,2]}})").changed);
  EXPECT_FALSE(Merge(R"({"a":1})", "{}").changed);
  EXPECT_TRUE(Merge(R"({"a":1})", R"({"a":1.0})").changed);
  EXPECT_TRUE(Merge(R"({"a":1})", R"({"b":null})").changed);
  EXPECT_TRUE(Merge(R"({"a":{"b":{"c":1}}})", R"({"a":{"b":{"c":2}}})").changed);
}

TEST(Merge, OfManyIntoManyFindsEach) {
  std::string target = "{", changes = "{";
  for (int i = 0; i < 300; ++i) target += "\"k" + std::to_string(i) + "\":0,";
  for (int i = 100; i < 400; ++i) changes += "\"k" + std::to_string(i) + "\":1,";
  const Merged merged = Merge(target + "\"z\":0}", changes + "\"z\":{}}");
  EXPECT_TRUE(merged.changed);
  const Document document = Parsed(merged.text);
  EXPECT_EQ(document.root().members().size(), 401u);
  EXPECT_EQ(document.root().Find("k99")->text(), "0");
  EXPECT_EQ(document.root().Find("k100")->text(), "1");
  EXPECT_EQ(document.root().Find("k399")->text(), "1");
  EXPECT_TRUE(document.root().Find("z")->IsObject());
}

TEST(Edit, WritesAndCopiesTreesDeeperThanTheStack) {
  Document document;
  Value* inner = document.NewInt64(1);
  for (int i = 0; i < 1'000'000; ++i) {
    Value* const outer = document.NewArray();
    document.Append(*outer, inner);
    inner = outer;
  }
  document.SetRoot(inner);
  EXPECT_EQ(document.root().ToString().size(), 2'000'001u);
  EXPECT_EQ(document.Copy(document.root())->ToString().size(), 2'000'001u);
}

}  // namespace
}  // namespace base::json
