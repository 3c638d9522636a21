#include "server/data_directory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/io.h"
#include "support/temp_dir.h"

namespace server {
namespace {

class Directory : public testing::Test {
 protected:
  // The id that a start finds, or why there is none.
  std::string Start(const std::set<std::string>& accepted = {}) {
    const auto directory = DataDirectory::Open(dir_.path(), accepted);
    return directory.ok() ? directory->node_id() : directory.status().reason();
  }
  void WriteId(const std::string& text) {
    ASSERT_TRUE(base::WriteFileAtomically(dir_.path() + "/node.id", text).ok());
  }
  void Remove(const std::string& name) { std::filesystem::remove(dir_.path() + "/" + name); }
  void MakeStore() {
    std::filesystem::create_directory(dir_.path() + "/store");
    ASSERT_TRUE(base::WriteFileAtomically(dir_.path() + "/store/CURRENT", "x").ok());
  }

  TempDir dir_;
};

TEST_F(Directory, KeepsItsId) {
  const std::string id = Start();
  EXPECT_EQ(id.size(), 22u);
  EXPECT_EQ(Start(), id);
  WriteId(id + "\n");  // by an editor
  EXPECT_EQ(Start(), id);
}

TEST_F(Directory, BelongsToOneProcess) {
  const auto first = DataDirectory::Open(dir_.path());
  ASSERT_TRUE(first.ok());
  EXPECT_NE(Start().find("another node runs on"), std::string::npos);
}

TEST_F(Directory, RestoresAnIdThatTheLedgerKnows) {
  const std::string id = Start();
  MakeStore();
  Remove("node.id");
  EXPECT_EQ(Start(), id);
  for (const std::string damaged : {"", "short", "twenty-two characters!", "\xff\xfe"}) {
    WriteId(damaged);
    EXPECT_EQ(Start(), id) << damaged;
    EXPECT_EQ(*base::ReadFile(dir_.path() + "/node.id"), id);
  }
}

TEST_F(Directory, RefusesAnotherIdUntilTheOperatorNamesIt) {
  const std::string id = Start(), other = "AAAAAAAAAAAAAAAAAAAAAA";
  WriteId(other);
  const std::string why = Start();
  EXPECT_NE(why.find("belongs to [" + id + "]"), std::string::npos) << why;
  EXPECT_NE(why.find("node.accept_loss=node.id/" + other), std::string::npos) << why;
  EXPECT_EQ(Start({"node.id"}), why) << "another loss than this one was accepted";
  EXPECT_EQ(Start({"node.id/" + other}), other);
  EXPECT_EQ(Start(), other);
}

TEST_F(Directory, RefusesALostIdThatNothingElseKnows) {
  Start();
  MakeStore();
  Remove("node.id");
  Remove("store.ledger");
  EXPECT_NE(Start().find("node.id] is missing"), std::string::npos);
  const std::string id = Start({"node.id"});
  EXPECT_EQ(id.size(), 22u);
  EXPECT_EQ(Start(), id);
}

}  // namespace
}  // namespace server
