#include "journal/record.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace journal {
namespace {

RecordHead Sample() {
  RecordHead head{.primary_term = 3,
                  .first_seq_no = 1000,
                  .previous_position = 41,
                  .counters = {.live = 77, .deleted = 5},
                  .operations = {1, 0xffffffff, 3},
                  .superseded = {17, 999, 2, 1001},
                  .checksum = 0};
  head.checksum = ChainChecksum(head, 12345);
  return head;
}

TEST(Operation, ReadsBackAsItWasWritten) {
  const OpRecord op{.kind = OpKind::kDelete,
                    .seq_no = 9,
                    .version = 1ll << 60,
                    .primary_term = 4,
                    .id = std::string_view("a\0b", 3),
                    .routing = "r",
                    .source = R"({"a": 1} )"};
  std::string bytes = "before";
  AppendOperation(op, bytes);
  const auto read = ParseOperation(9, std::string_view(bytes).substr(6));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->kind, op.kind);
  EXPECT_EQ(read->seq_no, 9);
  EXPECT_EQ(read->version, op.version);
  EXPECT_EQ(read->primary_term, 4);
  EXPECT_EQ(read->id, op.id);
  EXPECT_EQ(read->routing, "r");
  EXPECT_EQ(read->source, op.source) << "byte for byte";
}

TEST(Operation, TakesItsVersionAndTermLast) {
  std::string bytes;
  AppendOperation({.id = "x", .source = "{}"}, bytes);
  SetVersionAndTerm(bytes.data(), 8, 2);
  const auto read = ParseOperation(0, bytes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->version, 8);
  EXPECT_EQ(read->primary_term, 2);
  EXPECT_EQ(read->id, "x");
}

TEST(Operation, IsRefusedWhereverItIsCutBeforeItsSource) {
  std::string bytes;
  AppendOperation({.id = "some-id", .routing = "route", .source = ""}, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseOperation(0, std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  bytes[0] = 9;
  EXPECT_FALSE(ParseOperation(0, bytes).ok());
}

TEST(Head, ReadsBackAsItWasWritten) {
  const RecordHead head = Sample();
  const auto read = ParseHead(EncodeHead(head));
  ASSERT_TRUE(read.ok()) << read.status().reason();
  EXPECT_EQ(*read, head);
  EXPECT_EQ(read->last_seq_no(), 1002);
}

TEST(Head, IsRefusedWhereverItIsCutOrLengthened) {
  std::string bytes = EncodeHead(Sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseHead(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(ParseHead(bytes + '\0').ok());
}

TEST(Head, ChangesItsChecksumWithEverythingInIt) {
  const std::uint64_t before = Sample().checksum;
  std::vector<RecordHead> changed(8, Sample());
  ++changed[0].primary_term;
  ++changed[1].first_seq_no;
  ++changed[2].previous_position;
  ++changed[3].counters.live;
  ++changed[4].counters.deleted;
  std::swap(changed[5].operations[0], changed[5].operations[2]);
  changed[6].superseded.pop_back();
  changed[7].operations.push_back(4);
  for (const RecordHead& head : changed) EXPECT_NE(ChainChecksum(head, 12345), before);
  EXPECT_NE(ChainChecksum(Sample(), 12346), before) << "and with the record before it";
}

TEST(BigEndian, SortsAsTheNumbersDo) {
  const std::vector<std::uint64_t> numbers{0, 1, 255, 256, 1ull << 40, UINT64_MAX};
  std::vector<std::string> keys;
  for (const std::uint64_t number : numbers) {
    AppendBigEndian(number, keys.emplace_back());
    EXPECT_EQ(ReadBigEndian(keys.back().data()), number);
  }
  EXPECT_TRUE(std::ranges::is_sorted(keys));
}

}  // namespace
}  // namespace journal
