// engine/shard/shard_impl.h
//
// What a Shard is made of, for its source files.

#pragma once

#include "engine/shard/prepare.h"
#include "engine/shard/shard.h"

namespace engine {

struct Shard::Impl {
  Impl(journal::NodeStore& store, Options shard_options, std::shared_ptr<MappingPort> port,
       std::unique_ptr<journal::Journal> opened)
      : options(std::move(shard_options)),
        live{options.durability, options.sync_interval_nanos, options.max_document_bytes},
        mapping(std::move(port)),
        documents(store, options.key),
        uses_keys(store.UseKeys(documents.prefix())),
        log(std::move(opened)),
        view(store, *log),
        sequencer(options, live, documents, *log, view),
        preparer(options, live, documents, sequencer, *mapping) {}

  const Options options;
  std::atomic<bool> drop_at_end{false};
  LiveSettings live;
  const std::shared_ptr<MappingPort> mapping;
  const Documents documents;
  const std::shared_ptr<const void> uses_keys;
  const std::unique_ptr<journal::Journal> log;
  RefreshView view;
  Sequencer sequencer;
  Preparer preparer;
};

}  // namespace engine
