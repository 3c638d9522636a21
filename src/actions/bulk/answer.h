// actions/bulk/answer.h
//
// The answer to a bulk request, written item by item as the client takes it, so that it is never in
// memory whole. Compact JSON; other forms are made from it by whoever sends it.
//
// Threads: one at a time.

#pragma once

#include <string>
#include <vector>

#include "actions/bulk/request.h"
#include "base/json/writer.h"

namespace actions::bulk {

// The object of one written document, from `"_index"` to `"_primary_term"`, without braces.
struct Written {
  std::string_view index, id;
  const engine::OperationResult& result;
  int copies = 1;  // that are wanted
  bool forced_refresh = false;
  bool noop_counts_shards = true;  // in a bulk; alone a noop has counted none
};
void AppendWritten(const Written& written, std::string& out);
// ,"get":{…} of an update that was asked for it.
void AppendGet(const engine::OperationResult& result, const SourceFilter& filter,
               tasks::MemoryAccount* account, std::string& out);
int StatusOf(const engine::OperationResult& result);

class Answer {
 public:
  explicit Answer(RequestPtr request);

  // Whether any action failed.
  bool errors() const { return errors_; }
  // About how long it will be.
  std::size_t estimated_bytes() const;
  // An item may take milliseconds: it waits for the disk, or is a long document.
  bool slow() const;

  // {"took":…,"errors":…,"items":[ …
  void Begin(base::json::Writer& out) const;
  // The next item, without comma; false if there was none left. A failure of the disk is the
  // request's.
  base::Result<bool> AppendItem(std::string& out);

  // All of the above as one text in pieces: appends until `out` has `limit` bytes; false: that was
  // the end.
  base::Result<bool> AppendPiece(std::string& out, std::size_t limit);

 private:
  void TakeFailure(std::uint32_t number, const base::Status& failure);
  void AppendFailed(const Item& item, std::string_view id, std::string& out) const;

  const RequestPtr request_;
  SpillReader reader_;
  const bool errors_;
  bool head_written_ = false;
  std::size_t next_ = 0;
  std::optional<std::uint32_t> failure_;  // whose text this is
  std::string failure_text_;
};

}  // namespace actions::bulk
