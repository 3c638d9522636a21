#include "server/store_keeper.h"

#include <gtest/gtest.h>

#include "support/memory_metadata_store.h"
#include "support/temp_dir.h"

namespace server {
namespace {

class Metadata : public testing::Test {
 protected:
  Metadata() {
    ledger_ = *journal::Ledger::Open(dir_.path() + "/ledger");
    ledger_->SetMetadataSequence(2);
    ledger_->Note(1, {.index = "kept", .index_uuid = "u1"});
    ledger_->Note(2, {.index = "lost", .index_uuid = "u2"});
  }
  base::Status Check(const std::set<std::string>& accepted = {}) {
    return StoreKeeper::CheckMetadata(*ledger_, store_, accepted);
  }
  void Write() { ASSERT_TRUE(store_.Write(written_++, {{"index/u1", "{}"}}).ok()); }

  TempDir dir_;
  std::unique_ptr<journal::Ledger> ledger_;
  MemoryMetadataStore store_;
  std::uint64_t written_ = 0;
};

TEST_F(Metadata, AsNewAsTheLedgerSaysAreFine) {
  Write();
  Write();
  EXPECT_TRUE(Check().ok());
  Write();
  EXPECT_TRUE(Check().ok());
}

TEST_F(Metadata, OlderThanTheLedgerSaysAreRefusedUntilTheOperatorNamesTheLoss) {
  Write();
  const base::Status why = Check();
  EXPECT_EQ(why.reason(),
            "the store lacks metadata that were acknowledged: it must contain change [2], but ends "
            "at [1]; lost indices: [lost]; restore the data directory, or accept the loss with -E "
            "node.accept_loss=metadata/2");
  EXPECT_FALSE(Check({"metadata/1"}).ok());
  EXPECT_EQ(ledger_->metadata_sequence(), 2u) << "a refused start forgets nothing";
  EXPECT_TRUE(Check({"metadata/2"}).ok());
  EXPECT_TRUE(Check().ok()) << "it is accepted once and for all";
  EXPECT_TRUE(ledger_->Find(1));
  EXPECT_FALSE(ledger_->Find(2));
}

}  // namespace
}  // namespace server
