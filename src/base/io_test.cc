#include "base/io.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/ids.h"

namespace base {
namespace {

class Files : public testing::Test {
 protected:
  Files() { EXPECT_TRUE(MakeDirectories(directory_ + "/deep/er").ok()); }
  ~Files() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = testing::TempDir() + "io_test_" + RandomId();
  const std::string path_ = directory_ + "/file";
};

TEST_F(Files, AreReplacedWhole) {
  EXPECT_TRUE(WriteFileAtomically(path_, "old").ok());
  EXPECT_TRUE(WriteFileAtomically(path_, std::string("n\0w", 3)).ok());
  EXPECT_EQ(*ReadFile(path_), std::string("n\0w", 3));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(Files, ThatAreNotThereAreA404) {
  const Status status = ReadFile(directory_ + "/none").status();
  EXPECT_EQ(status.http_status(), 404);
  EXPECT_EQ(status.type(), "no_such_file_exception");
  EXPECT_NE(status.reason().find("none"), std::string::npos);
}

TEST_F(Files, SayWhatFailedAndWhere) {
  const Status status = ReadFile(directory_).status();
  EXPECT_EQ(status.type(), "i_o_exception");
  EXPECT_FALSE(WriteFileAtomically(directory_ + "/no/place", "x").ok());
  EXPECT_FALSE(MakeDirectories("/proc/none").ok());
}

TEST_F(Files, LargerThanAPageAreReadWhole) {
  const std::string large(100'000, 'x');
  EXPECT_TRUE(WriteFileAtomically(path_, large).ok());
  EXPECT_EQ(*ReadFile(path_), large);
}

TEST_F(Files, AppendWhereTheyEnded) {
  {
    Result<AppendFile> file = AppendFile::Open(path_);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE(file->Append("one ").ok());
    EXPECT_TRUE(file->Sync().ok());
    EXPECT_EQ(file->size(), 4u);
  }
  Result<AppendFile> again = AppendFile::Open(path_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->size(), 4u);
  AppendFile file = std::move(again).value();
  EXPECT_TRUE(file.Append("two half").ok());
  EXPECT_TRUE(file.TruncateTo(7).ok());
  EXPECT_TRUE(file.Append("!").ok());
  EXPECT_TRUE(file.Close().ok());
  EXPECT_EQ(*ReadFile(path_), "one two!");
  EXPECT_FALSE(file.Append("closed").ok());
}

}  // namespace
}  // namespace base
