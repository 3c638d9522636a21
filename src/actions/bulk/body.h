// actions/bulk/body.h
//
// The operations of one bulk request and the bytes they were sent in: per action a compact record,
// ids and documents are read again from the bytes when they are needed.
//
// Lifetime: shared by the upload, the coordinator and the answer. Threads: filled by one at a time;
// read by any once complete.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actions/bulk/action_line.h"
#include "actions/bulk/block_vector.h"
#include "actions/bulk/item.h"
#include "actions/bulk/params.h"
#include "actions/bulk/side_bytes.h"
#include "actions/bulk/spill_buffer.h"
#include "base/ids.h"

namespace actions::bulk {

class Body {
 public:
  static constexpr std::size_t kMaxIndices = UINT16_MAX;

  explicit Body(const SpillBuffer::Options& options) : bytes_(options) {}

  SpillBuffer& bytes() { return bytes_; }
  const SpillBuffer& bytes() const { return bytes_; }
  std::size_t size() const { return items_.size(); }
  Item& item(std::size_t i) { return items_[i]; }
  const Item& item(std::size_t i) const { return items_[i]; }
  // Names as the request has them: indices or aliases.
  const std::vector<std::string>& indices() const { return indices_; }
  const std::vector<SourceFilter>& source_filters() const { return filters_; }

  // Adds an action whose line begins at `line_offset` of bytes(). What OpenSearch's validation says
  // against it is kept for Validate(); 400 for what fails the request at once.
  base::Status Add(const ActionLine& line, std::uint64_t line_offset, const BulkParams& defaults);
  // Of the action added last.
  void SetDocument(std::uint64_t offset, std::uint64_t size);
  void DropLast();
  // Says more of an action than its line did; `source` may be null.
  void Amend(std::size_t item, Extra extra, const SourceFilter* source);

  // "Validation Failed: 1: …;2: …;", or OK. An empty request is one of them.
  base::Status Validate() const;
  void AddProblem(std::string problem);

  // Ids are made when all actions are there; before that, those who need one have none.
  void GenerateIds(base::DocIdGenerator& generator, std::int64_t wall_millis);
  bool ids_generated() const { return ids_generated_; }
  // In `scratch` or in what `reader` holds. Of a generated id that has not been made: empty.
  base::Result<std::string_view> Id(const Item& item, SpillReader& reader,
                                    std::string& scratch) const;
  Extra ExtraOf(const Item& item) const;
  // Of the item, else of the request; empty: none.
  std::string_view RoutingOf(const Item& item, const BulkParams& defaults) const;

  std::size_t memory_bytes() const;

 private:
  base::Result<std::uint16_t> IndexNumber(std::string_view name);
  Extra WithSource(Extra extra, const SourceFilter* source);

  SpillBuffer bytes_;
  BlockVector<Item> items_;
  SideBytes side_;  // Extras, ids spelled with escapes
  std::vector<std::string> indices_;
  std::map<std::string, std::uint16_t, std::less<>> index_numbers_;
  std::vector<SourceFilter> filters_;
  std::vector<std::string> problems_;
  std::size_t problems_before_last_ = 0;
  std::size_t beside_bytes_ = 0;  // of indices and filters
  std::uint32_t generated_ = 0;
  bool ids_generated_ = false;
  base::DocIdBase id_base_;
};

// What OpenSearch's validation says against one operation, message by message. `id` empty: none
// was given.
struct Checked {
  engine::OpType type = engine::OpType::kIndex;
  bool has_index = true;
  std::optional<std::string_view> id;
  std::optional<std::string_view> pipeline;  // the action's, or else the request's
  const Extra& extra;
};
std::vector<std::string> ProblemsOf(const Checked& operation);
// The pipeline that an action asks for, or else its request; nullopt: none, the index's counts.
std::optional<std::string_view> PipelineOf(const Extra& extra, const BulkParams& defaults);
// Which of if_seq_no and if_primary_term is there without the other; nothing if neither.
std::optional<std::string> LacksItsOther(const Extra& extra);
// "Validation Failed: 1: …;2: …;"
base::Status ValidationError(const std::vector<std::string>& problems);
// 400 for numbers that OpenSearch's setters refuse.
base::Status CheckNumbers(engine::OpType type, const Extra& extra);

}  // namespace actions::bulk
