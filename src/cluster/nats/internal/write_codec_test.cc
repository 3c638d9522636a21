#include "cluster/nats/internal/write_codec.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/ids.h"

namespace cluster::nats::internal {
namespace {

StoredWrite Example() {
  return {.id = NewWriteId(),
          .previous = 300,
          .changes = {{.key = "index/a", .value = std::string(1000, 'x')},
                      {.key = "index/b", .value = std::nullopt},
                      {.key = "", .value = ""}}};
}

void ExpectSame(const StoredWrite& a, const StoredWrite& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.previous, b.previous);
  ASSERT_EQ(a.changes.size(), b.changes.size());
  for (std::size_t i = 0; i < a.changes.size(); ++i) {
    EXPECT_EQ(a.changes[i].key, b.changes[i].key);
    EXPECT_EQ(a.changes[i].value, b.changes[i].value);
  }
}

TEST(WriteCodec, ReadsWhatItWrote) {
  for (const std::size_t size : {0, 1, 127, 128, 255, 256, 100'000}) {
    StoredWrite write = Example();
    std::string noise(size, '\0');
    base::FillRandom(noise.data(), size);
    write.changes.push_back({.key = noise, .value = noise});
    const auto bytes = EncodeWrite(write);
    ASSERT_TRUE(bytes.ok());
    const auto read = DecodeWrite(*bytes);
    ASSERT_TRUE(read.ok()) << read.status().reason();
    ExpectSame(*read, write);
  }
  const auto empty = EncodeWrite({.id = NewWriteId(), .previous = ~std::uint64_t{0}});
  EXPECT_EQ(DecodeWrite(*empty)->previous, ~std::uint64_t{0});
}

TEST(WriteCodec, CompressesWhatPays) {
  StoredWrite write{.changes = {{.key = "k", .value = std::string(100'000, 'x')}}};
  EXPECT_LT(EncodeWrite(write)->size(), 1000u);
  std::string noise(100'000, '\0');
  base::FillRandom(noise.data(), noise.size());
  write.changes[0].value = noise;
  EXPECT_LT(EncodeWrite(write)->size(), 100'100u);
}

TEST(WriteCodec, NoticesEachChangedByteAndEachMissingOne) {
  const std::string bytes = *EncodeWrite(Example());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(DecodeWrite(other).ok()) << i;
    EXPECT_FALSE(DecodeWrite(std::string_view(bytes).substr(0, i)).ok()) << i;
  }
}

TEST(WriteCodec, SaysThatANewerQuellWroteIt) {
  std::string bytes = *EncodeWrite(Example());
  bytes[0] = 2;
  EXPECT_NE(DecodeWrite(bytes).status().reason().find("version 2"), std::string::npos);
}

TEST(WriteCodec, RefusesMoreThanReadersTake) {
  const StoredWrite large{.changes = {{.key = "k", .value = std::string(kLargestWrite + 1, 'x')}}};
  EXPECT_EQ(EncodeWrite(large).status().http_status(), 413);
  StoredWrite many;
  many.changes.resize(kMostChanges + 1);
  EXPECT_EQ(EncodeWrite(many).status().http_status(), 413);
}

}  // namespace
}  // namespace cluster::nats::internal
