#include "engine/mapping/check_plan.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <functional>

#include "base/text/numbers.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::Result;
using base::Status;
using Quick = FieldNode::Quick;

// Of UTF-8 that Lucene takes as one term.
constexpr std::int64_t kMaxTermBytes = 32'766;

std::size_t Hash(std::uint32_t parent, std::string_view name) {
  const std::size_t hash = std::hash<std::string_view>()(name) + parent * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

Dynamic DynamicOf(const Definition& field, Dynamic inherited) {
  const std::string text = field.Text("dynamic");
  if (text == "true") return Dynamic::kTrue;
  if (text == "false") return Dynamic::kFalse;
  if (text == "strict") return Dynamic::kStrict;
  if (text == "strict_allow_templates") return Dynamic::kStrictAllowTemplates;
  if (text == "false_allow_templates") return Dynamic::kFalseAllowTemplates;
  return inherited;
}

bool Given(const Definition& field, std::string_view parameter) {
  const int index = field.type->IndexOf(parameter);
  return index >= 0 && !field.values[static_cast<std::size_t>(index)].empty();
}

}  // namespace

Result<std::shared_ptr<const CheckPlan>> CheckPlan::Make(const MappingTree& tree,
                                                         const MappingLimits& limits,
                                                         Reading& reading) {
  auto plan = std::make_shared<CheckPlan>();
  plan->limits_ = limits;
  RETURN_IF_ERROR(plan->Add(tree.root, 0, reading));
  RETURN_IF_ERROR(plan->AddOptions(tree.options, reading));
  RETURN_IF_ERROR(plan->Finish(0, reading));
  return std::shared_ptr<const CheckPlan>(std::move(plan));
}

Result<std::shared_ptr<const CheckPlan>> CheckPlan::Grown(const MappingTree& tree,
                                                          const Growth& growth,
                                                          Reading& reading) const {
  if (!growth.only_added) return Make(tree, limits_, reading);
  auto plan = std::make_shared<CheckPlan>(*this);
  // The last block takes the first of the new nodes, so it must not be shared.
  plan->owners_.back() = std::make_shared<Block>(*plan->owners_.back());
  for (const Growth::Addition& one : growth.added) {
    const FieldNode* parent = one.parent.empty() ? &root() : FindPath(one.parent);
    RETURN_IF_ERROR(plan->Add(one.field, parent->id, reading));
  }
  RETURN_IF_ERROR(plan->Finish(size_, reading));
  const bool found = std::ranges::any_of(missing_targets_, [&](const std::string& target) {
    return plan->FindPath(target) != nullptr;
  });
  if (found) return Make(tree, limits_, reading);
  return std::shared_ptr<const CheckPlan>(std::move(plan));
}

Status CheckPlan::Finish(std::uint32_t first, Reading& reading) {
  static std::atomic<std::uint64_t> last_serial = 0;
  serial_ = last_serial.fetch_add(1, std::memory_order_relaxed) + 1;
  blocks_.clear();
  for (const auto& block : owners_) blocks_.push_back(block->data());
  Index(first);
  return ChooseQuick(first, reading);
}

Status CheckPlan::AddOptions(const RootOptions& options, Reading& reading) {
  for (const auto& [name, body] : options.templates) {
    RETURN_IF_ERROR(reading.Step());
    ASSIGN_OR_RETURN(const base::json::Document document, base::json::Document::Parse(body));
    ASSIGN_OR_RETURN(DynamicTemplate parsed, DynamicTemplate::Parse(name, document.root()));
    templates_.push_back(std::move(parsed));
  }
  std::vector<std::string> formats = {"strict_date_optional_time",
                                      "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"};
  if (options.has_date_formats) formats = options.date_formats;
  for (const std::string& text : formats) {
    ASSIGN_OR_RETURN(DateFormat format, DateFormat::Parse(text));
    dynamic_dates_.push_back(std::move(format));
  }
  date_detection_ = options.date_detection != "false";
  numeric_detection_ = options.numeric_detection == "true";
  return {};
}

Status CheckPlan::Add(const Field& field, std::uint32_t parent, Reading& reading) {
  RETURN_IF_ERROR(reading.Step());
  const std::uint32_t id = size_++;
  if (id % kBlock == 0) owners_.push_back(std::make_shared<Block>());
  const Definition& definition = *field.definition;
  FieldNode& node = owners_.back()->emplace_back();
  node.definition = &definition;
  node.id = id;
  node.parent = parent;
  node.kind = definition.type->kind;
  node.quoted = std::string(definition.name()) + '"';
  node.dynamic = DynamicOf(definition, id == 0 ? Dynamic::kTrue : Own(parent).dynamic);
  Fill(node);
  for (const auto& chunk : field.children.chunks()) {
    for (const Field& child : chunk->fields) {
      if (!definition.type->IsObject()) Own(id).multi_fields.push_back(size_);
      RETURN_IF_ERROR(Add(child, id, reading));
    }
  }
  return {};
}

void CheckPlan::Fill(FieldNode& node) const {
  const Definition& field = *node.definition;
  node.enabled = field.type->IndexOf("enabled") < 0 || field.Bool("enabled");
  // The index's word counts for types that can be told so themselves.
  const bool by_index = limits_.ignore_malformed && field.type->IndexOf("ignore_malformed") >= 0;
  node.ignore_malformed =
      Given(field, "ignore_malformed") ? field.Bool("ignore_malformed") : by_index;
  node.coerce = Given(field, "coerce") ? field.Bool("coerce") : limits_.coerce;
  FillNumber(node);
  if (const auto above = base::ParseInt64(field.Value("ignore_above")); above.ok()) {
    node.ignore_above = *above < 0 ? INT64_MAX : *above;
  }
  if (field.type->IndexOf("format") >= 0) {
    const auto format = DateFormat::Parse(field.Text("format"));
    node.format = std::make_shared<const DateFormat>(format.ok() ? *format : DateFormat::Default());
  }
  if (const std::string_view copies = field.Value("copy_to"); !copies.empty()) {
    const auto document = base::json::Document::Parse(copies);
    if (!document.ok()) return;
    for (const base::json::Value* target : document->root().items()) {
      node.copy_to.emplace_back(target->text());
    }
  }
}

void CheckPlan::FillNumber(FieldNode& node) const {
  const int bits = node.definition->type->bits;
  if (node.kind == Kind::kInteger) {
    node.max = static_cast<std::int64_t>((std::uint64_t{1} << (bits - 1)) - 1);
    node.min = -node.max - 1;
  } else if (node.kind == Kind::kReal) {
    node.limit = bits == 16 ? 65'504 : bits == 32 ? 3e38 : 1e308;
  }
}

Quick CheckPlan::QuickOf(const FieldNode& node) const {
  switch (node.kind) {
    case Kind::kObject:
    case Kind::kNested:
      return node.enabled ? Quick::kObject : Quick::kSkip;
    case Kind::kText:
    case Kind::kBinary:
      return Quick::kScalar;
    case Kind::kKeyword:
      // At most four bytes a character.
      return node.ignore_above <= kMaxTermBytes / 4 ? Quick::kScalar : Quick::kKeyword;
    case Kind::kInteger:
      return Quick::kInteger;
    case Kind::kReal:
      return Quick::kReal;
    case Kind::kBoolean:
      return Quick::kBoolean;
    case Kind::kDate:
      return node.definition->type->bits == 0 ? Quick::kDate : Quick::kSlow;
    case Kind::kIp:
      return Quick::kIp;
    case Kind::kAnything:
      return Quick::kSkip;
    default:
      return Quick::kSlow;
  }
}

// A multi-field, or the target of a copy, that is not content with any scalar needs the thorough
// check.
void CheckPlan::AlsoQuick(FieldNode& node, const FieldNode* other) {
  const bool scalar =
      other != nullptr && (other->quick == Quick::kScalar || other->quick == Quick::kKeyword);
  if (!scalar) {
    node.quick = Quick::kSlow;
  } else if (other->quick == Quick::kKeyword && node.quick == Quick::kScalar) {
    node.quick = Quick::kKeyword;
  }
}

Status CheckPlan::ChooseQuick(std::uint32_t first, Reading& reading) {
  for (std::uint32_t id = first; id < size_; ++id) Own(id).quick = QuickOf(node(id));
  for (std::uint32_t id = first; id < size_; ++id) {
    RETURN_IF_ERROR(reading.Step());
    FieldNode& field = Own(id);
    for (const std::uint32_t multi : field.multi_fields) AlsoQuick(field, &node(multi));
  }
  // After them: a copy meets the target's multi-fields, too.
  for (std::uint32_t id = first; id < size_; ++id) {
    FieldNode& field = Own(id);
    for (const std::string& target : field.copy_to) {
      const FieldNode* there = FindPath(target);
      if (there == nullptr) missing_targets_.push_back(target);
      AlsoQuick(field, there);
    }
  }
  return {};
}

void CheckPlan::Index(std::uint32_t first) {
  if (const std::size_t slots = std::bit_ceil(std::size_t{size_} * 2 + 1); slots > slots_.size()) {
    slots_.assign(slots, 0);
    first = 0;
  }
  for (std::uint32_t id = first; id < size_; ++id) IndexNode(node(id));
}

void CheckPlan::IndexNode(const FieldNode& field) {
  if (field.id == 0 || !node(field.parent).definition->type->IsObject()) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = Hash(field.parent, field.name()) & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = field.id + 1;
}

const FieldNode* CheckPlan::Find(const FieldNode& parent, std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = Hash(parent.id, name) & mask; slots_[slot] != 0;
       slot = (slot + 1) & mask) {
    const FieldNode& found = node(slots_[slot] - 1);
    if (found.parent == parent.id && found.name() == name) return &found;
  }
  return nullptr;
}

const FieldNode* CheckPlan::FindPath(std::string_view path) const {
  const FieldNode* at = &root();
  while (at != nullptr) {
    const std::size_t dot = path.find('.');
    at = Find(*at, path.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    path.remove_prefix(dot + 1);
  }
  return nullptr;
}

// A multi-field is no property of an object, so it is found through its field.
const FieldNode* CheckPlan::FindField(std::string_view path) const {
  if (const FieldNode* found = FindPath(path)) return found;
  const std::size_t dot = path.rfind('.');
  const FieldNode* field = dot == path.npos ? nullptr : FindPath(path.substr(0, dot));
  if (field == nullptr) return nullptr;
  for (const std::uint32_t id : field->multi_fields) {
    if (node(id).name() == path.substr(dot + 1)) return &node(id);
  }
  return nullptr;
}

}  // namespace engine
