// engine/shard/prepare.h
//
// Makes a unit of the operations that come next: checked against the mapping, updates merged,
// encoded as they will be written, the state of their ids looked up. Takes no lock of the shard's.
//
// Lifetime: owned by the shard. Threads: any.

#pragma once

#include "engine/shard/sequencer.h"

namespace engine {

class Preparer {
 public:
  Preparer(const Shard::Options& options, const LiveSettings& live, const Documents& documents,
           Sequencer& sequencer, MappingPort& mapping)
      : options_(options),
        live_(live),
        documents_(documents),
        sequencer_(sequencer),
        mapping_(mapping) {}

  // Fills `unit` with operations from the first on: at least one, at most what a unit may hold.
  // `retries` is how often the first one has been tried already. Fails only if the task has to
  // stop, or with IsNotInMemory() if more is needed than `unit.tier` allows, a larger mapping, say:
  // what is wrong with an operation stands in its result.
  base::Status Prepare(tasks::TaskContext& task, std::span<const Operation> operations, int retries,
                       Unit& unit);

 private:
  struct Run;

  base::Status One(Run& run, const Operation& operation, UnitOperation& op);
  base::Status Update(Run& run, const Operation& operation, UnitOperation& op);
  base::Result<Documents::Document> Base(Run& run, const Operation& operation, UnitOperation& op);
  base::Status LookUp(Run& run, const Operation& operation, UnitOperation& op);
  base::Status Encode(Run& run, const Operation& operation, std::string_view routing,
                      std::string_view source, UnitOperation& op);
  base::Status Check(Run& run, std::string_view id, std::string_view routing,
                     std::size_t source_size);
  base::Status WithShard(base::Status status) const;

  const Shard::Options& options_;
  const LiveSettings& live_;
  const Documents& documents_;
  Sequencer& sequencer_;
  MappingPort& mapping_;
};

}  // namespace engine
