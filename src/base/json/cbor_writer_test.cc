#include "base/json/cbor_writer.h"

#include <gtest/gtest.h>

#include <functional>

namespace base::json {
namespace {

std::string Cbor(const std::function<void(Writer&)>& write) {
  std::string bytes, hex;
  CborWriter writer(bytes);
  write(writer);
  for (const char byte : bytes) {
    hex.push_back("0123456789abcdef"[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

std::string OfNumber(std::string_view spelling) {
  return Cbor([&](Writer& w) { w.Number(spelling); });
}

TEST(Cbor, HasContainersOfOpenEnd) {
  EXPECT_EQ(Cbor([](Writer& w) {
              w.BeginObject();
              w.EndObject();
            }),
            "bfff");
  EXPECT_EQ(Cbor([](Writer& w) {
              w.BeginObject();
              w.ArrayField("a");
              w.Value(true);
              w.Value(false);
              w.Value(nullptr);
              w.Value("é");
              w.EndArray();
              w.EndObject();
            }),
            "bf61619ff5f4f662c3a9ffff");
}

TEST(Cbor, HasTheShortestIntegers) {
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(23); }), "17");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(24); }), "1818");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(-1); }), "20");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(-300); }), "39012b");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(70000); }), "1a00011170");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(5000000000); }), "1b000000012a05f200");
  EXPECT_EQ(Cbor([](Writer& w) { w.Int(INT64_MIN); }), "3b7fffffffffffffff");
  EXPECT_EQ(Cbor([](Writer& w) { w.Uint(UINT64_MAX); }), "1bffffffffffffffff");
}

TEST(Cbor, KeepsFloatsAndDoublesApart) {
  EXPECT_EQ(Cbor([](Writer& w) { w.Double(1.5); }), "fb3ff8000000000000");
  EXPECT_EQ(Cbor([](Writer& w) { w.Float(1.5F); }), "fa3fc00000");
  EXPECT_EQ(OfNumber("1.5"), "fb3ff8000000000000");
  EXPECT_EQ(OfNumber("1e400"), "fb7ff0000000000000");
}

TEST(Cbor, MakesBignumsOfWhatDoesNotFit) {
  EXPECT_EQ(OfNumber("18446744073709551615"), "1bffffffffffffffff");
  EXPECT_EQ(OfNumber("18446744073709551616"), "c249010000000000000000");
  EXPECT_EQ(OfNumber("-18446744073709551617"), "c349010000000000000000");
  EXPECT_EQ(OfNumber("-18446744073709551616"), "c348ffffffffffffffff");
  EXPECT_EQ(OfNumber("123456789012345678901234567890"), "c24d018ee90ff6c373e0ee4e3f0ad2");
  EXPECT_EQ(OfNumber("-0"), "00");
  EXPECT_EQ(OfNumber(std::string(5000, '9')), "fb7ff0000000000000");
}

TEST(Cbor, GivesTextItsLengthInBytes) {
  EXPECT_EQ(Cbor([](Writer& w) { w.Value(std::string(25, 'a')); }).substr(0, 4), "7819");
  EXPECT_EQ(Cbor([](Writer& w) { w.Value("\xFF"); }), "63efbfbd");
}

TEST(Cbor, WritesRawJsonAnew) {
  EXPECT_EQ(Cbor([](Writer& w) { w.Raw(R"({"a":[1,-1.5]})"); }),
            "bf61619f01fbbff8000000000000ffff");
}

}  // namespace
}  // namespace base::json
