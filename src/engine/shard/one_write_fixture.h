// engine/shard/one_write_fixture.h
//
// A ShardWriter with all that it needs, for tests that begin several writes on one thread.

#pragma once

#include <future>

#include "engine/shard/shard_fixture.h"
#include "engine/shard/shard_writer.h"

namespace engine {

struct OneWrite {
  using Step = ShardWriter::Step;

  OneWrite(Shard& shard, Operations of, std::int64_t task_number = 1,
           std::shared_ptr<tasks::Lease> lease = nullptr)
      : task(task_number, std::move(lease)),
        operations(std::move(of)),
        writer(shard, task, operations.span(), results) {}

  // Whether it was handed over.
  bool Begin(journal::ReadTier tier = journal::ReadTier::kMemory) {
    ended = std::make_shared<std::promise<void>>();
    const auto step = writer.WriteUnit(tier, [signal = ended] { signal->set_value(); });
    return step.ok() && *step == Step::kHandedOver;
  }
  base::Status Take() {
    ended->get_future().wait();
    return writer.TakeUnit();
  }

  LoneTask task;
  Operations operations;
  std::vector<OperationResult> results{operations.size()};
  std::shared_ptr<std::promise<void>> ended;  // of the unit that was begun
  ShardWriter writer;
};

}  // namespace engine
