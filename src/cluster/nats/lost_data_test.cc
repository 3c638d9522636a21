// What the store of metadata does when its server comes back with other data than it had.

#include <gtest/gtest.h>

#include <filesystem>

#include "cluster/nats/nats_fixture.h"
#include "support/temp_dir.h"

namespace cluster::nats {
namespace {

namespace fs = std::filesystem;
using Records = std::map<std::string, std::string>;

class LostDataTest : public NatsTest {
 protected:
  void Copy(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }
  // The server as it was, until GoBack().
  void Keep() {
    server_.Stop();
    Copy(server_.directory(), kept_.path() + "/store");
    server_.Start();
  }
  void GoBack() {
    server_.Stop();
    Copy(kept_.path() + "/store", server_.directory());
    server_.Start();
  }
  // Why it fails, once there is a connection.
  static std::string WhyNot(NatsMetadataStore& store, std::uint64_t sequence,
                            std::string_view expected) {
    std::string why;
    Eventually([&] {
      const auto since = store.Since(sequence);
      why = since.status().reason();
      EXPECT_FALSE(since.ok());
      return why.find(expected) != std::string::npos || since.ok();
    });
    return why;
  }

  const TempDir kept_;
};

TEST_F(LostDataTest, ANodeThatHasSeenLostWritesNeitherFollowsNorWrites) {
  const auto store = Open(), reader = Open();
  ASSERT_EQ(Must(store->Write(0, {Put("a", "1")})), 1u);
  Keep();
  LoadSoon(*store);
  ASSERT_EQ(Must(store->Write(1, {Put("lost", "1")})), 2u);
  ASSERT_EQ(LoadSoon(*reader).sequence, 2u);
  GoBack();
  WhyNot(*reader, 2, "ends with write 1 although write 2 was acknowledged");

  const auto other = Open();
  ASSERT_EQ(Must(other->Write(LoadSoon(*other).sequence, {Put("other", "2")})), 2u);
  for (NatsMetadataStore* const one : {store.get(), reader.get()}) {
    WhyNot(*one, 2, "is another one than this node has seen");
    const auto written = one->Write(2, {Put("b", "1")});
    EXPECT_EQ(written.status().http_status(), 503);
    EXPECT_NE(written.status().code(), base::Code::kOutcomeUnknown);
    EXPECT_FALSE(one->Load().ok());
  }
  ASSERT_EQ(Must(other->Write(2, {Put("other", "3")})), 3u) << "nobody has written meanwhile";
  EXPECT_EQ(Must(Open()->Load()).records, (Records{{"a", "1"}, {"other", "3"}}));
}

TEST_F(LostDataTest, AWriterDoesNotTakeAnotherHistoryForItsOwn) {
  const auto store = Open();
  Keep();
  LoadSoon(*store);
  ASSERT_EQ(Must(store->Write(0, {Put("a", "1")})), 1u);
  GoBack();
  ASSERT_EQ(Must(Open()->Write(0, {Put("other", "1")})), 1u);
  base::Status status;
  ASSERT_TRUE(Eventually([&] {
    status = store->Write(1, {Put("b", "1")}).status();
    return status.ok() || status.reason().find("another one") != std::string::npos;
  }));
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Must(Open()->Load()).records, (Records{{"other", "1"}}));
}

TEST_F(LostDataTest, AnEmptiedServerSaysSo) {
  const auto store = Open();
  ASSERT_EQ(Must(store->Write(0, {Put("a", "1")})), 1u);
  server_.Stop();
  fs::remove_all(server_.directory() + "/jetstream");
  server_.Start();
  WhyNot(*store, 1, "the stream is not there: were the data of nats-server lost?");
  base::Status status = store->Write(1, {Put("b", "1")}).status();
  EXPECT_EQ(status.http_status(), 503);
  EXPECT_NE(status.reason().find("the stream is not there"), std::string::npos);
}

TEST_F(LostDataTest, WhatWasCompactedMeanwhileIsLoadedAnew) {
  const auto store = Open();
  const auto writer = Open({.compact_above_messages = 20, .look_every = kNever});
  ASSERT_EQ(Must(store->Write(0, {Put("a", "1")})), 1u);
  std::uint64_t last = LoadSoon(*writer).sequence;
  while (Must(writer->Since(1))) {
    const auto written = writer->Write(last, {Put("b", "2")});
    last = written.ok() ? *written : LoadSoon(*writer).sequence;
  }
  server_.Restart();
  std::optional<std::vector<MetadataStore::Update>> updates;
  ASSERT_TRUE(Eventually([&] {
    auto since = store->Since(1);
    if (since.ok()) updates = *std::move(since);
    return since.ok();
  }));
  EXPECT_FALSE(updates) << "load";
  EXPECT_TRUE(MetadataStore::IsWriteConflict(store->Write(1, {Put("c", "1")}).status()));
  const auto contents = LoadSoon(*store);
  EXPECT_EQ(contents.records, (Records{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(store->Write(contents.sequence, {Put("c", "1")}).ok());
}

}  // namespace
}  // namespace cluster::nats
