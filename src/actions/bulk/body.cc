#include "actions/bulk/body.h"

namespace actions::bulk {

namespace {

using base::Status;

// More would say nothing new and cost memory that nobody has bounded.
constexpr std::size_t kMaxProblems = 1000;
// What an index costs beside its name.
constexpr std::size_t kIndexBytes = 128;

}  // namespace

Status Body::Add(const ActionLine& line, std::uint64_t line_offset, const BulkParams& defaults) {
  RETURN_IF_ERROR(CheckNumbers(line.type, line.extra));
  Item item;
  item.type = line.type;

  const bool has_index = line.index || !defaults.index.empty();
  if (has_index) {
    ASSIGN_OR_RETURN(item.index, IndexNumber(line.index ? *line.index : defaults.index));
  }
  if (!line.id) {
    item.id = generated_++;
  } else {
    item.id_size = static_cast<std::uint16_t>(std::min<std::size_t>(line.id->size(), UINT16_MAX));
    item.id_place = line.id_offset == ActionLine::kElsewhere ? IdPlace::kSide : IdPlace::kBody;
    item.id = item.id_place == IdPlace::kSide
                  ? side_.Add(*line.id)
                  : static_cast<std::uint32_t>(line_offset + line.id_offset);
  }
  if (!line.extra.empty() || line.source) {
    item.extra = side_.Add(WithSource(line.extra, line.source ? &*line.source : nullptr).Encode());
  }
  problems_before_last_ = problems_.size();
  const std::optional<std::string_view> pipeline = PipelineOf(line.extra, defaults);
  for (std::string& problem : ProblemsOf({line.type, has_index, line.id, pipeline, line.extra})) {
    AddProblem(std::move(problem));
  }
  items_.Append(item);
  return {};
}

Extra Body::WithSource(Extra extra, const SourceFilter* source) {
  if (source) {
    if (filters_.empty() || !(filters_.back() == *source)) {
      filters_.push_back(*source);
      beside_bytes_ += source->MemoryBytes();
    }
    extra.source = static_cast<std::uint32_t>(filters_.size() - 1);
  }
  return extra;
}

void Body::Amend(std::size_t item, Extra extra, const SourceFilter* source) {
  const std::string encoded = WithSource(extra, source).Encode();  // before `side_` moves
  items_[item].extra = side_.Add(encoded);
}

void Body::SetDocument(std::uint64_t offset, std::uint64_t size) {
  Item& item = items_[items_.size() - 1];
  item.document = static_cast<std::uint32_t>(offset);
  item.document_size = static_cast<std::uint32_t>(size);
}

void Body::DropLast() {
  if (items_[items_.size() - 1].id_place == IdPlace::kGenerated) --generated_;
  problems_.resize(problems_before_last_);
  items_.RemoveLast();
}

base::Result<std::uint16_t> Body::IndexNumber(std::string_view name) {
  if (!indices_.empty() && indices_.back() == name) {
    return static_cast<std::uint16_t>(indices_.size() - 1);
  }
  if (const auto found = index_numbers_.find(name); found != index_numbers_.end()) {
    return found->second;
  }
  if (indices_.size() == kMaxIndices) {
    return base::IllegalArgument("a bulk request may name at most [" + std::to_string(kMaxIndices) +
                                 "] indices");
  }
  const auto number = static_cast<std::uint16_t>(indices_.size());
  indices_.emplace_back(name);
  index_numbers_.emplace(name, number);
  beside_bytes_ += kIndexBytes + 2 * name.size();
  return number;
}

void Body::AddProblem(std::string problem) {
  if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
}

Status Body::Validate() const {
  if (items_.empty()) return ValidationError({"no requests added"});
  return problems_.empty() ? Status() : ValidationError(problems_);
}

void Body::GenerateIds(base::DocIdGenerator& generator, std::int64_t wall_millis) {
  if (generated_ > 0)
    id_base_ = generator.Reserve(generated_, static_cast<std::uint64_t>(wall_millis));
  ids_generated_ = true;
}

base::Result<std::string_view> Body::Id(const Item& item, SpillReader& reader,
                                        std::string& scratch) const {
  switch (item.id_place) {
    case IdPlace::kBody:
      return reader.Read(item.id, item.id_size);
    case IdPlace::kSide:
      return side_.At(item.id);
    case IdPlace::kGenerated:
      break;
  }
  scratch = ids_generated_ ? id_base_.Id(item.id) : std::string();
  return std::string_view(scratch);
}

Extra Body::ExtraOf(const Item& item) const {
  return item.extra == kNowhere ? Extra() : Extra::Decode(side_.At(item.extra));
}

std::string_view Body::RoutingOf(const Item& item, const BulkParams& defaults) const {
  if (item.extra == kNowhere) return defaults.routing;
  return ExtraOf(item).routing.value_or(defaults.routing);
}

std::size_t Body::memory_bytes() const {
  constexpr std::size_t kProblemBytes = 256;
  return bytes_.memory_bytes() + items_.memory_bytes() + side_.memory_bytes() + beside_bytes_ +
         problems_.size() * kProblemBytes;
}

Status CheckNumbers(engine::OpType type, const Extra& extra) {
  if (extra.if_seq_no < 0 && extra.if_seq_no != engine::kNoSeqNo) {
    return base::IllegalArgument("sequence numbers must be non negative. got [" +
                                 std::to_string(extra.if_seq_no) + "].");
  }
  if (extra.if_primary_term < 0) {
    return base::IllegalArgument("primary term must be non negative. got [" +
                                 std::to_string(extra.if_primary_term) + "]");
  }
  if (type == engine::OpType::kUpdate &&
      (extra.version.value_or(engine::kAnyVersion) != engine::kAnyVersion ||
       extra.version_type != engine::VersionType::kInternal)) {
    return base::IllegalArgument(
        "Update requests do not support versioning. Please use `if_seq_no` and `if_primary_term` "
        "instead");
  }
  return {};
}

}  // namespace actions::bulk
