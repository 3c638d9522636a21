#include "journal/journal.h"

#include <gtest/gtest.h>

#include "support/lone_task.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

class LocalJournal : public testing::Test {
 protected:
  LocalJournal() {
    store_ = *NodeStore::Open({.path = dir_.path()});
    AppendBigEndian(7, prefix_);
    EXPECT_TRUE(Open().ok());
  }

  base::Status Open() {
    journal_.reset();
    auto opened = OpenLocalJournal(*store_, prefix_);
    if (!opened.ok()) return opened.status();
    journal_ = *std::move(opened);
    return {};
  }

  std::string Key(std::int64_t number) const {
    std::string key = prefix_;
    AppendBigEndian(static_cast<std::uint64_t>(number), key);
    return key;
  }
  static std::string Bytes(std::int64_t seq_no) {
    std::string bytes;
    AppendOperation({.id = "id" + std::to_string(seq_no), .source = "{}"}, bytes);
    return bytes;
  }

  // A record of `count` operations that replaces those of `superseded`.
  base::Status Append(int count, std::vector<std::int64_t> superseded = {}) {
    RecordHead head{.first_seq_no = next_, .superseded = superseded};
    NodeStore::Batch effects;
    for (int i = 0; i < count; ++i, ++next_) {
      const std::string bytes = Bytes(next_);
      head.operations.push_back(OperationHash(bytes));
      effects.Put(Family::kDocs, Key(next_), bytes);
    }
    for (const std::int64_t seq_no : superseded) effects.Delete(Family::kDocs, Key(seq_no));
    head.counters.live = next_;
    return journal_->Append(std::move(head), effects, Durability::kSynced);
  }
  void Change(const std::function<void(NodeStore::Batch&)>& change) {
    NodeStore::Batch batch;
    change(batch);
    ASSERT_TRUE(store_->WriteNow(batch, Durability::kAsync).ok());
  }
  void ExpectDamaged(const std::string& what) {
    const base::Status status = Open();
    EXPECT_EQ(status.type(), "corrupt_journal_exception");
    EXPECT_NE(status.reason().find(what), std::string::npos) << status.reason();
  }

  const TempDir dir_;
  LoneTask task_;
  std::string prefix_;
  std::unique_ptr<NodeStore> store_;
  std::unique_ptr<Journal> journal_;
  std::int64_t next_ = 0;
};

TEST_F(LocalJournal, BeginsEmptyAndGoesOnWhereItEnded) {
  EXPECT_EQ(journal_->position().record, 0u);
  EXPECT_EQ(journal_->position().last_seq_no, -1);
  ASSERT_TRUE(Append(3).ok());
  ASSERT_TRUE(Append(1).ok());
  const Position before = journal_->position();
  EXPECT_EQ(before.record, 2u);
  EXPECT_EQ(before.last_seq_no, 3);
  EXPECT_EQ(before.counters.live, 4);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(journal_->position().record, 2u);
  EXPECT_EQ(journal_->position().last_seq_no, 3);
  EXPECT_EQ(journal_->position().counters.live, 4);
  EXPECT_EQ(journal_->position().checksum, before.checksum);
  EXPECT_TRUE(Append(2).ok());
  EXPECT_TRUE(Open().ok());
}

TEST_F(LocalJournal, AppliesTheEffectsWithTheRecord) {
  ASSERT_TRUE(Append(1).ok());
  EXPECT_EQ(**store_->Get(Family::kDocs, Key(0)), Bytes(0));
}

TEST_F(LocalJournal, RefusesARecordThatDoesNotFollowTheLast) {
  next_ = 5;
  EXPECT_FALSE(Append(1).ok());
  EXPECT_FALSE(store_->Get(Family::kDocs, Key(5))->has_value()) << "nothing was begun";
}

TEST_F(LocalJournal, KnowsWhatASnapshotHolds) {
  ASSERT_TRUE(Append(2).ok());
  const auto snapshot = store_->Freeze();
  ASSERT_TRUE(Append(2).ok());
  EXPECT_EQ((*journal_->Find(1, snapshot))->last_seq_no, 1);
  EXPECT_FALSE(journal_->Find(2, snapshot)->has_value());
  EXPECT_EQ((*journal_->Find(2, nullptr))->counters.live, 4);
}

TEST_F(LocalJournal, KeepsABoundedTailAndOpensWithIt) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(Append(1).ok());
  int kept = 0;
  ASSERT_TRUE(store_
                  ->Scan(Family::kLog, prefix_, prefix_ + std::string(9, '\xff'),
                         [&](auto, auto) { return ++kept > 0; })
                  .ok());
  EXPECT_EQ(kept, 128);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(journal_->position().last_seq_no, 299);
}

TEST_F(LocalJournal, TakesReplacedOperationsAsWellAsPresentOnes) {
  ASSERT_TRUE(Append(4).ok());
  ASSERT_TRUE(Append(3, {0, 3, 4}).ok()) << "4 is one of its own";
  EXPECT_TRUE(Open().ok());
}

TEST_F(LocalJournal, NoticesAMissingRecord) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append(1).ok());
  Change([&](auto& batch) { batch.Delete(Family::kLog, Key(3)); });
  ExpectDamaged("record 3 is missing");
}

TEST_F(LocalJournal, NoticesAMissingLastRecord) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append(1).ok());
  Change([&](auto& batch) { batch.Delete(Family::kLog, Key(5)); });
  ExpectDamaged("operation 4 stands behind the end");
}

TEST_F(LocalJournal, NoticesThatAllRecordsAreMissing) {
  ASSERT_TRUE(Append(1).ok());
  Change([&](auto& batch) { batch.Delete(Family::kLog, Key(1)); });
  ExpectDamaged("operation 0 stands behind the end");
}

TEST_F(LocalJournal, NoticesARewrittenRecord) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append(1).ok());
  RecordHead head = *ParseHead(**store_->Get(Family::kLog, Key(2)));
  head.counters.live = 1000;
  Change([&](auto& batch) { batch.Put(Family::kLog, Key(2), EncodeHead(head)); });
  ExpectDamaged("record 2 does not follow");
}

TEST_F(LocalJournal, NoticesARewrittenRecordThatAgreesWithItself) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append(1).ok());
  const RecordHead first = *ParseHead(**store_->Get(Family::kLog, Key(1)));
  RecordHead head = *ParseHead(**store_->Get(Family::kLog, Key(2)));
  head.counters.live = 1000;
  head.checksum = ChainChecksum(head, first.checksum);
  Change([&](auto& batch) { batch.Put(Family::kLog, Key(2), EncodeHead(head)); });
  ExpectDamaged("record 3 does not follow");
}

TEST_F(LocalJournal, NoticesATornRecord) {
  ASSERT_TRUE(Append(1).ok());
  const std::string bytes = **store_->Get(Family::kLog, Key(1));
  Change([&](auto& batch) {
    batch.Put(Family::kLog, Key(1), std::string_view(bytes).substr(0, bytes.size() - 1));
  });
  EXPECT_EQ(Open().type(), "corrupt_journal_exception");
}

TEST_F(LocalJournal, NoticesAChangedOperation) {
  ASSERT_TRUE(Append(3).ok());
  Change([&](auto& batch) { batch.Put(Family::kDocs, Key(1), Bytes(0)); });
  ExpectDamaged("operation 1 was changed");
}

TEST_F(LocalJournal, NoticesAMissingOperation) {
  ASSERT_TRUE(Append(3).ok());
  ASSERT_TRUE(Append(2, {1}).ok());
  Change([&](auto& batch) { batch.Delete(Family::kDocs, Key(4)); });
  ExpectDamaged("operation 4 is missing");
  Change([&](auto& batch) {
    batch.Put(Family::kDocs, Key(4), Bytes(4));
    batch.Delete(Family::kDocs, Key(0));
  });
  ExpectDamaged("operation 0 is missing");
}

TEST_F(LocalJournal, SeesNothingOfItsNeighbours) {
  std::string before, behind;
  AppendBigEndian(6, before);
  AppendBigEndian(8, behind);
  for (const std::string& neighbour : {before, behind}) {
    Change([&](auto& batch) {
      for (const Family family : {Family::kDocs, Family::kLog}) {
        batch.Put(family, neighbour + "anything", "x");
      }
    });
  }
  EXPECT_TRUE(Open().ok());
}

}  // namespace
}  // namespace journal
