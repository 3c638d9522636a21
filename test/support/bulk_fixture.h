// test/support/bulk_fixture.h
//
// A bulk from its body to its answer on a real node: the store, the pools and the registry are
// those of the product. Lifetime: one test. Threads: the test's, and those of its node.

#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <set>

#include "actions/bulk/answer.h"
#include "actions/bulk/bulk.h"
#include "actions/bulk/upload.h"
#include "base/json/tree.h"
#include "engine/shard/inject.h"
#include "support/test_node.h"

namespace actions::bulk {
using base::json::Document;
using base::json::Value;
using engine::inject::Point;
using tasks::End;
using tasks::Outcome;

inline const tasks::Stop kByUser{tasks::StopCause::kUser, "by user request", "", 0, 0};

// Holds whoever passes until it is told to let go.
class Gate {
 public:
  base::Status Pass(tasks::TaskContext&) {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return {};
  }
  void WaitUntilSomebodyCame(int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= times; });
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int came_ = 0;       // guarded by mutex_
  bool open_ = false;  // guarded by mutex_
};

// One bulk under way, and how it ended.
struct Running {
  RequestPtr request;
  tasks::TaskPtr task;
  std::shared_ptr<std::optional<End>> end = std::make_shared<std::optional<End>>();
  std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();
  std::shared_ptr<std::condition_variable> ended = std::make_shared<std::condition_variable>();

  End Wait() const {
    std::unique_lock lock(*mutex);
    ended->wait(lock, [this] { return end->has_value(); });
    return **end;
  }
  bool has_ended() const {
    std::lock_guard lock(*mutex);
    return end->has_value();
  }
};

class BulkTest : public testing::Test {
 protected:
  explicit BulkTest(test::TestNode::Options options = {},
                    const std::function<void(test::TestNode&)>& before_start = {})
      : node_(std::move(options)) {
    Register(node_.node);
    if (before_start) before_start(node_);
    node_.Start();
    service_ = std::make_unique<Service>(node_.node);
  }

  Running Start(const std::string& text, BulkParams params = {}) {
    Upload upload(*service_, std::move(params));
    EXPECT_TRUE(upload.Register(nullptr, text.size()).ok());
    EXPECT_TRUE(upload.Feed(text).ok());
    EXPECT_TRUE(upload.Whole().ok());
    while (upload.request()->body.bytes().ClaimWriter()) {
      EXPECT_TRUE(upload.request()->body.bytes().WriteBacklog().ok());
    }
    Running running;
    running.request = upload.request();
    running.task = upload.task();
    upload.Execute([end = running.end, mutex = running.mutex, ended = running.ended](const End& e) {
      std::lock_guard lock(*mutex);
      *end = e;
      ended->notify_all();
    });
    return running;
  }
  Document Answered(const Running& running) {
    const End end = running.Wait();
    EXPECT_NE(end.outcome, Outcome::kFailed) << end.error.reason();
    std::string text;
    Answer answer(running.request);
    for (;;) {
      const auto more = answer.AppendPiece(text, text.size() + 100);
      if (!more.ok() || !*more) break;
    }
    auto parsed = Document::Parse(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return *std::move(parsed);
  }
  Document Do(const std::string& text, BulkParams params = {}) {
    return Answered(Start(text, std::move(params)));
  }
  base::Status Refused(const std::string& text, BulkParams params = {}) {
    const End end = Start(text, std::move(params)).Wait();
    EXPECT_EQ(end.outcome, Outcome::kFailed);
    return end.error;
  }

  // The object inside {"index":{…}}.
  static const Value& Item(const Document& answer, std::size_t i) {
    return *answer.root().Find("items")->items()[i]->members()[0].value;
  }
  static std::size_t Items(const Document& answer) {
    return answer.root().Find("items")->items().size();
  }
  static std::int64_t Status(const Document& answer, std::size_t i) {
    return *Item(answer, i).Find("status")->AsInt64();
  }
  static std::string Text(const Value* value) {
    return value ? std::string(value->text()) : "(none)";
  }

  static std::string Indexing(const std::string& index, int from, int count,
                              std::size_t document_bytes = 10) {
    std::string text;
    for (int i = from; i < from + count; ++i) {
      text += "{\"index\":{\"_index\":\"" + index + "\",\"_id\":\"" + std::to_string(i) + "\"}}\n" +
              "{\"n\":" + std::to_string(i) + ",\"t\":\"" + std::string(document_bytes, 'x') +
              "\"}\n";
    }
    return text;
  }

  std::set<std::string> Stored(const std::string& index) {
    std::set<std::string> ids;
    auto task = node_.registry.Register({.action = "test"});
    for (const auto& shard : node_.ShardsOf(index)) {
      EXPECT_TRUE(shard
                      ->ForEachDocument(**task,
                                        [&](std::string_view id, const engine::GetResult&) {
                                          ids.emplace(id);
                                          return true;
                                        })
                      .ok());
    }
    (*std::move(task)).Finish(End());
    return ids;
  }

  // Every item is either done and stored or neither, and on each shard those done come first.
  void ExpectItemsEqualWhatIsStored(const Document& answer, const Running& running,
                                    const std::string& index) {
    const std::set<std::string> stored = Stored(index);
    const auto metadata = node_.cluster.state()->FindIndex(index);
    std::set<int> over;  // shards of which an operation was not done
    std::size_t done = 0;
    ASSERT_EQ(Items(answer), running.request->body.size());
    for (std::size_t i = 0; i < Items(answer); ++i) {
      const Value& item = Item(answer, i);
      const std::string id(item.Find("_id")->text());
      const bool is_done = item.Find("error") == nullptr;
      ASSERT_EQ(is_done, stored.contains(id)) << id;
      const int shard = metadata->ShardOf(id, "");
      ASSERT_FALSE(is_done && over.contains(shard)) << "not a prefix: " << id;
      if (!is_done) over.insert(shard);
      done += is_done;
      if (is_done) continue;
      ASSERT_EQ(*item.Find("status")->AsInt64(), 500);
      ASSERT_EQ(Text(item.FindPath({"error", "reason"})),
                "cancelled task with reason: by user request, not executed");
      ASSERT_EQ(Text(item.FindPath({"error", "type"})), "task_cancelled_exception");
    }
    ASSERT_EQ(done, stored.size());
    ASSERT_EQ(*answer.root().Find("errors")->AsBool(), done < Items(answer));
  }

  test::TestNode node_;
  std::unique_ptr<Service> service_;
};

}  // namespace actions::bulk
