#include "journal/ledger.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/io.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

class LedgerFile : public testing::Test {
 protected:
  std::unique_ptr<Ledger> Open() const {
    auto opened = Ledger::Open(path_);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  static Ledger::Shard Shard() {
    return {.index = "docs \"1\"",
            .index_uuid = "uuid",
            .number = 3,
            .primary_term = 2,
            .record = 17,
            .last_seq_no = 254,
            .checksum = 0xffff'ffff'ffff'fffe};
  }

  TempDir dir_;
  const std::string path_ = dir_.path() + "/ledger";
};

TEST_F(LedgerFile, RemembersWhatWasSaved) {
  {
    const auto ledger = Open();
    EXPECT_FALSE(ledger->found());
    ledger->SetNodeId("node");
    ledger->SetMetadataSequence(1ull << 63);
    ledger->Note(0xffff'ffff'ffff'ffff, Shard());
    ledger->Note(7, Shard());
    ledger->Forget(7);
    ASSERT_TRUE(ledger->Save().ok());
  }
  const auto again = Open();
  EXPECT_TRUE(again->found());
  EXPECT_TRUE(again->damage().ok());
  EXPECT_EQ(again->node_id(), "node");
  EXPECT_EQ(again->metadata_sequence(), 1ull << 63);
  EXPECT_EQ(again->Find(0xffff'ffff'ffff'ffff), Shard());
  EXPECT_FALSE(again->Find(7));
}

TEST_F(LedgerFile, IsNotWrittenWhileNothingChanges) {
  const auto ledger = Open();
  ledger->Note(7, Shard());
  ASSERT_TRUE(ledger->Save().ok());
  std::filesystem::remove(path_);
  ledger->Note(7, Shard());
  ledger->SetMetadataSequence(0);
  ledger->Forget(8);
  ASSERT_TRUE(ledger->Save().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(LedgerFile, TriesAgainAfterAFailure) {
  const auto ledger = Open();
  ledger->Note(7, Shard());
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(ledger->Save().ok());
  std::filesystem::remove(path_);
  EXPECT_TRUE(ledger->Save().ok());
  EXPECT_EQ(Open()->Find(7), Shard());
}

TEST_F(LedgerFile, SaysThatItIsDamagedAndHoldsNothingThen) {
  {
    const auto ledger = Open();
    ledger->Note(7, Shard());
    ASSERT_TRUE(ledger->Save().ok());
  }
  const std::string bytes = *base::ReadFile(path_);
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    ASSERT_TRUE(base::WriteFileAtomically(path_, flipped).ok());
    const auto ledger = Open();
    EXPECT_FALSE(ledger->damage().ok()) << i;
    EXPECT_TRUE(ledger->shards().empty()) << i;
  }
  for (const std::string& damaged : {std::string(), bytes.substr(0, bytes.size() / 2)}) {
    ASSERT_TRUE(base::WriteFileAtomically(path_, damaged).ok());
    EXPECT_FALSE(Open()->damage().ok());
  }
}

TEST(CheckAgainst, TellsAStoreThatLacksOrChangedWhatItMustContain) {
  const Ledger::Shard remembered{.record = 10, .last_seq_no = 99, .checksum = 5};
  const Position shorter{.record = 9, .last_seq_no = 80};
  const Position same{.record = 10, .last_seq_no = 99, .checksum = 5};
  const Position other{.record = 10, .last_seq_no = 99, .checksum = 6};
  const Position longer{.record = 500, .last_seq_no = 999};
  EXPECT_TRUE(CheckAgainst(remembered, same, same).ok());
  EXPECT_TRUE(CheckAgainst(remembered, longer, same).ok());
  EXPECT_TRUE(CheckAgainst(remembered, longer, std::nullopt).ok());
  EXPECT_TRUE(IsDataLost(CheckAgainst(remembered, shorter, std::nullopt)));
  EXPECT_TRUE(IsDataLost(CheckAgainst(remembered, other, other)));
  EXPECT_EQ(CheckAgainst(remembered, shorter, std::nullopt).reason(),
            "acknowledged operations are missing: the store must contain everything up to record "
            "[10], sequence number [99], but ends at record [9], sequence number [80]");
}

}  // namespace
}  // namespace journal
