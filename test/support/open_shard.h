// test/support/open_shard.h
//
// A shard on a store of its own, with a mapping that knows fields by name only: for tests and
// benchmarks of what writes documents. Threads: any.

#pragma once

#include <set>

#include "engine/shard/shard.h"
#include "support/lone_task.h"
#include "support/temp_dir.h"

// A document is {…}; one that says "bad" does not fit; "new_<x>" is a field to be added first.
class NamesOnlyMapping final : public engine::Mapping {
 public:
  explicit NamesOnlyMapping(std::set<std::string> fields = {}) : fields_(std::move(fields)) {}

  base::Result<std::shared_ptr<const Mapping>> Merge(const tasks::TaskContext&,
                                                     std::string_view update) const override {
    std::set<std::string> fields = fields_;
    fields.emplace(update);
    return std::shared_ptr<const Mapping>(std::make_shared<NamesOnlyMapping>(std::move(fields)));
  }
  base::Result<std::shared_ptr<const Mapping>> Follow(std::string_view) const override {
    return base::Internal("has no text");
  }
  const std::string& json() const override { return json_; }
  const engine::MappingLimits& limits() const override { return limits_; }
  bool routing_required() const override { return false; }
  std::size_t field_count() const override { return fields_.size(); }
  base::Status CheckSortField(std::string_view) const override { return {}; }
  base::Result<std::string> StoredFields(const tasks::TaskContext&, std::span<const std::string>,
                                         std::string_view) const override {
    return std::string();
  }

  base::Result<std::optional<std::string>> Check(tasks::TaskContext&, std::string_view,
                                                 std::string_view,
                                                 std::string_view source) const override {
    if (!source.starts_with('{') || !source.ends_with('}') ||
        source.find("\"bad\"") != source.npos) {
      return base::Status(400, "mapper_parsing_exception", "failed to parse");
    }
    const std::size_t at = source.find("\"new_");
    if (at == source.npos) return std::optional<std::string>();
    const std::string field(source.substr(at + 1, source.find('"', at + 1) - at - 1));
    if (fields_.contains(field)) return std::optional<std::string>();
    return std::optional(field);
  }
  base::Result<std::optional<std::string>> CheckPadded(tasks::TaskContext& task,
                                                       std::string_view id,
                                                       std::string_view routing,
                                                       std::string_view source) const override {
    unsigned sum = 0;  // reads what it may
    for (std::size_t i = 0; i < 64; ++i) sum += static_cast<unsigned char>(source.data()[i]);
    asm volatile("" : : "r"(sum));
    return Check(task, id, routing, source);
  }

 private:
  const std::set<std::string> fields_;
  const engine::MappingLimits limits_;
  const std::string json_ = "{}";
};

class GrowingMapping final : public engine::MappingPort {
 public:
  std::shared_ptr<const engine::Mapping> current() const override {
    std::lock_guard lock(mutex_);
    return mapping_;
  }
  base::Result<std::shared_ptr<const engine::Mapping>> Extend(tasks::TaskContext& task,
                                                              const std::string& update) override {
    if (before_extend) RETURN_IF_ERROR(before_extend(task));
    std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(mapping_, mapping_->Merge(task, update));
    ++extensions_;
    return mapping_;
  }
  int extensions() const {
    std::lock_guard lock(mutex_);
    return extensions_;
  }

  std::function<base::Status(tasks::TaskContext&)> before_extend;  // set before the writes

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const engine::Mapping> mapping_ = std::make_shared<NamesOnlyMapping>();
  int extensions_ = 0;
};

class OpenShard {
 public:
  explicit OpenShard(journal::Durability durability = journal::Durability::kAsync) {
    options.durability = durability;
    if (!OpenAgain().ok()) std::abort();
  }

  // Closes store and shard and opens them again, as a start of the node does.
  base::Status OpenAgain(std::size_t write_buffer_bytes = 32 << 20) {
    shard_.reset();
    store_.reset();
    auto opened_store = journal::NodeStore::Open(
        {.path = dir_.path(), .write_buffer_bytes = write_buffer_bytes, .room = room, .env = env});
    if (!opened_store.ok()) return opened_store.status();
    store_ = *std::move(opened_store);
    auto opened = engine::Shard::Open(*store_, options, mapping);
    if (!opened.ok()) return opened.status();
    shard_ = *std::move(opened);
    return {};
  }
  void CloseShard() { shard_.reset(); }
  void Close() {
    shard_.reset();
    store_.reset();
  }

  engine::Shard& operator*() const { return *shard_; }
  engine::Shard* operator->() const { return shard_.get(); }
  journal::NodeStore& store() const { return *store_; }
  const std::string& path() const { return dir_.path(); }

  engine::Shard::Options options{
      .index = "books", .index_uuid = "uuid-of-books", .number = 3, .key = 42};
  journal::DiskRoom* room = nullptr;  // likewise
  rocksdb::Env* env = nullptr;        // for the next OpenAgain(); outlives the shard
  const std::shared_ptr<GrowingMapping> mapping = std::make_shared<GrowingMapping>();

 private:
  const TempDir dir_;
  std::unique_ptr<journal::NodeStore> store_;
  std::shared_ptr<engine::Shard> shard_;
};
