// engine/shard/update.h
//
// What an `_update` makes of the document it finds: OpenSearch's rules for `doc`, `upsert`,
// `doc_as_upsert` and `detect_noop`. Threads: pure functions.

#pragma once

#include "engine/shard/documents.h"

namespace engine {

struct Updated {
  enum class Kind : std::uint8_t { kCreate, kIndex, kNoop };
  Kind kind = Kind::kIndex;
  std::string routing, source;  // of the new document; kNoop: of the present one
};

// `present` is the newest document as the mapping lets it be seen. 404 document_missing_exception
// if there is none and nothing to put in its place, 400 document_source_missing_exception if its
// source cannot be seen; 400 for a bad body.
base::Result<Updated> ResolveUpdate(tasks::TaskContext& task, const Operation& operation,
                                    Documents::Document present);
// Whether such an error is about the document that was found, not about the request.
bool IsAboutDocument(const base::Status& error);

}  // namespace engine
