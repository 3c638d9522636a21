#include "actions/bulk/spill_buffer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/temp_dir.h"

namespace actions::bulk {
namespace {

constexpr std::size_t kChunk = SpillBuffer::kChunk;

// Bytes of which each stretch tells where it stands.
std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

class Spill : public testing::Test {
 protected:
  void Fill(SpillBuffer& buffer, std::string_view bytes, std::size_t step) {
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      buffer.Append(bytes.substr(i, step));
      if (buffer.ClaimWriter()) {
        ASSERT_TRUE(buffer.WriteBacklog().ok());
      }
    }
    ASSERT_TRUE(buffer.settled());
  }

  TempDir dir_;
  const SpillBuffer::Options options_{.memory_bytes = 20 * kChunk, .directory = dir_.path()};
};

TEST_F(Spill, GivesBackWhatWasPutInWhereverItStands) {
  SpillBuffer buffer(options_);
  const std::string bytes = Pattern(40 * kChunk + 777);
  Fill(buffer, bytes, 10'007);
  SpillReader reader(buffer);
  for (const std::size_t at : {std::size_t{0}, kChunk - 3, 3 * kChunk - 1, 4 * kChunk, 39 * kChunk,
                               40 * kChunk - 5, 40 * kChunk + 700}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{77}, kChunk / 2, 3 * kChunk}) {
      const std::string expected = bytes.substr(at, size);
      const auto read = reader.Read(at, expected.size());
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(*read, expected) << at << "+" << size;
    }
  }
  EXPECT_FALSE(reader.AppendTo(bytes.size(), 1, *std::make_unique<std::string>()).ok());
}

TEST_F(Spill, OpensNoMoreFilesThanItMayAndGivesThemBack) {
  const auto spill = [&](SpillBuffer& buffer) {
    buffer.Append(Pattern(21 * kChunk));
    EXPECT_TRUE(buffer.ClaimWriter());
    return buffer.WriteBacklog();
  };
  {
    std::vector<std::unique_ptr<SpillBuffer>> most;
    for (int i = 0; i < SpillBuffer::kMostFiles; ++i) {
      most.push_back(std::make_unique<SpillBuffer>(options_));
      EXPECT_TRUE(spill(*most.back()).ok());
    }
    SpillBuffer one_more(options_);
    EXPECT_EQ(spill(one_more).http_status(), 429);
  }
  SpillBuffer again(options_);
  EXPECT_TRUE(spill(again).ok());
}

TEST_F(Spill, KeepsNoMoreInMemoryThanItMay) {
  SpillBuffer buffer(options_);
  Fill(buffer, Pattern(200 * kChunk), kChunk);
  EXPECT_LE(buffer.memory_bytes(), options_.memory_bytes);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path())) << "the file has no name";
}

TEST_F(Spill, OfAFewBytesTakesLittle) {
  SpillBuffer buffer(options_);
  buffer.Append(Pattern(300));
  EXPECT_LE(buffer.memory_bytes(), 600u);
}

TEST_F(Spill, SaysWhenItsWriterLagsBehind) {
  SpillBuffer buffer(options_);
  for (int i = 0; i < 30 && !buffer.full(); ++i) buffer.Append(Pattern(kChunk));
  EXPECT_TRUE(buffer.full());
  EXPECT_TRUE(buffer.ClaimWriter());
  EXPECT_FALSE(buffer.ClaimWriter()) << "one is enough";
  ASSERT_TRUE(buffer.WriteBacklog().ok());
  EXPECT_FALSE(buffer.full());
}

// Others wait for the thread that writes.
TEST_F(Spill, WritesWhatWaitsAndNotWhatComesMeanwhile) {
  SpillBuffer buffer(options_);
  while (!buffer.full()) buffer.Append(Pattern(kChunk));
  ASSERT_TRUE(buffer.ClaimWriter());
  const std::uint64_t waited = buffer.size();
  std::atomic<bool> stop = false;
  std::jthread appender([&] {
    while (!stop) {
      if (!buffer.full()) buffer.Append(Pattern(kChunk));
    }
  });
  EXPECT_TRUE(buffer.WriteBacklog().ok()) << "it returns though there is always more";
  stop = true;
  appender.join();
  EXPECT_GE(buffer.size(), waited);
}

TEST_F(Spill, TakesBytesWhileOthersAreWritten) {
  SpillBuffer buffer(options_);
  const std::string bytes = Pattern(300 * kChunk);
  std::jthread writer;
  const auto write = [&] {
    if (!buffer.ClaimWriter()) return;
    writer = std::jthread([&buffer] { EXPECT_TRUE(buffer.WriteBacklog().ok()); });
  };
  for (std::size_t i = 0; i < bytes.size(); i += 5000) {
    for (; buffer.full(); write()) std::this_thread::yield();
    buffer.Append(std::string_view(bytes).substr(i, 5000));
    write();
  }
  writer = {};
  while (buffer.ClaimWriter()) ASSERT_TRUE(buffer.WriteBacklog().ok());
  ASSERT_TRUE(buffer.settled());
  std::string read;
  ASSERT_TRUE(SpillReader(buffer).AppendTo(0, bytes.size(), read).ok());
  EXPECT_TRUE(read == bytes);
}

TEST_F(Spill, TellsThatItsFileCannotBeMade) {
  const SpillBuffer::Options nowhere{.memory_bytes = 0, .directory = dir_.path() + "/missing"};
  SpillBuffer buffer(nowhere);
  buffer.Append(Pattern(2 * kChunk));
  ASSERT_TRUE(buffer.ClaimWriter());
  EXPECT_EQ(buffer.WriteBacklog().type(), "i_o_exception");
  EXPECT_TRUE(buffer.settled());
}

}  // namespace
}  // namespace actions::bulk
