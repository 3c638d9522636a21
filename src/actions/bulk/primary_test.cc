#include "actions/bulk/primary.h"

#include <future>
#include <new>

#include "actions/bulk/shard_wire.h"
#include "support/bulk_fixture.h"

namespace actions::bulk {
namespace {

// A caller whom nothing can be told, for lack of memory.
class Deaf final : public tasks::Inbound {
 public:
  explicit Deaf(const ShardRequest& request) { request_.payload = request.Encode(); }

  const tasks::StartRequest& request() const override { return request_; }
  bool streamed() const override { return false; }
  base::Result<std::optional<std::string>> Next(tasks::TaskContext&) override {
    return std::optional<std::string>();
  }
  void Progress(std::string) override { throw std::bad_alloc(); }

 private:
  tasks::StartRequest request_;
};

class Primary : public BulkTest {
 protected:
  // How the part of a request ends that writes these documents.
  End Write(int documents) {
    const auto index = node_.cluster.state()->FindIndex("src");
    ShardRequest request{.index = "src",
                         .index_uuid = index->uuid,
                         .operations = static_cast<std::uint64_t>(documents)};
    for (int i = 0; i < documents; ++i) {
      const std::string id = std::to_string(i);
      AppendOperation({.id = id, .source = "{}"}, 2, request.chunk);
      request.chunk += "{}";
    }
    const auto ended = std::make_shared<std::promise<End>>();
    tasks::TaskSpec spec{.action = names::kBulkPrimary};
    spec.status = std::make_shared<tasks::ReplicationStatus>();
    auto task = *node_.registry.Register(std::move(spec));
    task->AtEnd([ended](const End& end) { ended->set_value(end); });
    WriteOnPrimary(node_.node, std::move(task), std::make_shared<Deaf>(request));
    return ended->get_future().get();
  }
};

// What is durable must not be called undone by whoever has not heard of it.
TEST_F(Primary, SaysWhatMayHaveBeenDoneWhenMemoryIsTooShortToTellOfIt) {
  node_.CreateIndex("src");
  Do(Indexing("src", 1000, 1));           // so that a shard and a mapping are there
  for (const int documents : {3, 200}) {  // where they arrive, and on the pool
    const End end = Write(documents);
    EXPECT_EQ(end.error.http_status(), 429);
    EXPECT_EQ(DecodeTold(end.result.value_or("")), static_cast<std::uint64_t>(documents));
    EXPECT_EQ(Stored("src").size(), static_cast<std::size_t>(documents) + 1);
  }
}

}  // namespace
}  // namespace actions::bulk
