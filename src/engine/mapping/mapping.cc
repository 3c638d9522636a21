#include "engine/mapping/mapping.h"

#include <utility>

#include "base/json/compact_writer.h"
#include "engine/mapping/check_plan.h"
#include "engine/mapping/field_tree.h"
#include "engine/mapping/index_sort.h"
#include "engine/mapping/quick_check.h"
#include "engine/mapping/reading.h"
#include "engine/mapping/source_rule.h"
#include "engine/mapping/stored_fields.h"
#include "engine/mapping/text_growth.h"
#include "engine/mapping/thorough_check.h"

namespace engine {
namespace {

using base::Result;
using base::Status;
using MappingPtr = std::shared_ptr<const Mapping>;
using Update = std::optional<std::string>;

bool IsTyped(const Status& status) {
  return status.reason() == "The mapping definition cannot be nested under a type";
}

class MappingOfTree final : public Mapping {
 public:
  MappingOfTree(MappingTree tree, std::shared_ptr<const CheckPlan> plan)
      : tree_(std::move(tree)),
        field_count_(static_cast<std::size_t>(tree_.root.children.Totals().fields)),
        plan_(std::move(plan)) {
    base::json::CompactWriter writer(json_);
    const WriteMembers properties = [this](auto&) { tree_.root.children.AppendText(json_); };
    WriteMapping(*tree_.root.definition, tree_.options,
                 tree_.root.children.empty() ? nullptr : properties, writer);
    const auto routing = tree_.options.metadata.find("_routing");
    routing_required_ = routing != tree_.options.metadata.end() &&
                        routing->second.find("\"required\":true") != std::string::npos;
    const auto source = tree_.options.metadata.find("_source");
    if (source != tree_.options.metadata.end()) source_rule_ = SourceRule::Parse(source->second);
  }

  Result<MappingPtr> Merge(const tasks::TaskContext& task, std::string_view update) const override {
    Reading reading(task, limits());
    auto parsed = ParseMapping(update, reading);
    RETURN_IF_ERROR(reading.end());
    if (!parsed.ok() && IsTyped(parsed.status())) {
      return base::IllegalArgument("Types cannot be provided in put mapping requests");
    }
    ASSIGN_OR_RETURN(MappingDraft more, std::move(parsed));
    Growth growth;
    ASSIGN_OR_RETURN(MappingTree merged, engine::Merge(tree_, std::move(more), reading, growth));
    RETURN_IF_ERROR(CheckLimits(merged, limits()));
    return Grown(std::move(merged), growth, reading);
  }

  Result<MappingPtr> Follow(std::string_view json) const override {
    if (const auto update = GrowthInText(tree_, json)) {
      auto grown = WithoutLimits(*update);
      if (grown.ok() && (*grown)->json() == json) return grown;
    }
    return Restore(json, limits());
  }

  const std::string& json() const override { return json_; }
  const MappingLimits& limits() const override { return plan_->limits(); }
  bool routing_required() const override { return routing_required_; }
  std::size_t field_count() const override { return field_count_; }
  const SourceRule* source_rule() const override { return source_rule_ ? &*source_rule_ : nullptr; }

  Status CheckSortField(std::string_view field) const override {
    return engine::CheckSortField(*plan_, field);
  }

  Result<std::string> StoredFields(const tasks::TaskContext& task,
                                   std::span<const std::string> names,
                                   std::string_view source) const override {
    return engine::StoredFields(task, *plan_, names, source);
  }

  Result<Update> Check(tasks::TaskContext& task, std::string_view id, std::string_view routing,
                       std::string_view source) const override {
    if (QuickCheck(task, *plan_, source)) return Update();
    return ThoroughCheck(task, *plan_, id, routing, source).Run();
  }

  Result<Update> CheckPadded(tasks::TaskContext& task, std::string_view id,
                             std::string_view routing, std::string_view source) const override {
    if (QuickCheckPadded(task, *plan_, source)) return Update();
    return ThoroughCheck(task, *plan_, id, routing, source).Run();
  }

 private:
  Result<MappingPtr> WithoutLimits(std::string_view update) const {
    Reading reading;
    Growth growth;
    ASSIGN_OR_RETURN(MappingDraft more, ParseMapping(update, reading));
    ASSIGN_OR_RETURN(MappingTree merged, engine::Merge(tree_, std::move(more), reading, growth));
    return Grown(std::move(merged), growth, reading);
  }

  Result<MappingPtr> Grown(MappingTree tree, const Growth& growth, Reading& reading) const {
    ASSIGN_OR_RETURN(auto plan, plan_->Grown(tree, growth, reading));
    return MappingPtr(std::make_shared<MappingOfTree>(std::move(tree), std::move(plan)));
  }

  const MappingTree tree_;
  std::string json_;
  bool routing_required_ = false;
  std::optional<SourceRule> source_rule_;
  std::size_t field_count_ = 0;
  std::shared_ptr<const CheckPlan> plan_;  // points into tree_
};

Result<MappingPtr> Made(MappingTree tree, const MappingLimits& limits, Reading& reading) {
  ASSIGN_OR_RETURN(auto plan, CheckPlan::Make(tree, limits, reading));
  return MappingPtr(std::make_shared<MappingOfTree>(std::move(tree), std::move(plan)));
}

Status FailedToParse(const Status& cause) {
  if (IsTyped(cause)) return cause;
  return Status(400, "mapper_parsing_exception",
                "Failed to parse mapping [_doc]: " + cause.reason())
      .CausedBy(cause);
}

Result<MappingPtr> Checked(MappingDraft draft, const MappingLimits& limits, Reading& reading) {
  MappingTree tree = Seal(std::move(draft));
  RETURN_IF_ERROR(CheckLimits(tree, limits));
  return Made(std::move(tree), limits, reading);
}

Result<MappingPtr> CheckedIfParsed(Result<MappingDraft> draft, const MappingLimits& limits,
                                   Reading& reading) {
  RETURN_IF_ERROR(reading.end());
  return draft.ok() ? Checked(*std::move(draft), limits, reading) : FailedToParse(draft.status());
}

}  // namespace

Result<MappingPtr> Mapping::Parse(const tasks::TaskContext& task, std::string_view json,
                                  const MappingLimits& limits) {
  Reading reading(task, limits);
  return CheckedIfParsed(ParseMapping(json, reading), limits, reading);
}

Result<MappingPtr> Mapping::Parse(const tasks::TaskContext& task, const base::json::Value& body,
                                  const MappingLimits& limits) {
  Reading reading(task, limits);
  return CheckedIfParsed(ParseMapping(body, reading), limits, reading);
}

Result<MappingPtr> Mapping::ParseLayers(const tasks::TaskContext& task,
                                        std::span<const std::string> layers,
                                        const MappingLimits& limits) {
  MappingDraft merged;
  for (const std::string& layer : layers) {
    Reading reading(task, limits);
    auto draft = ParseMapping(layer, reading);
    RETURN_IF_ERROR(reading.end());
    if (!draft.ok()) return FailedToParse(draft.status());
    RETURN_IF_ERROR(Overlay(merged, *std::move(draft), reading));
  }
  Reading reading(task, limits);
  return Checked(std::move(merged), limits, reading);
}

Result<MappingPtr> Mapping::Restore(std::string_view json, const MappingLimits& limits) {
  Reading reading;
  ASSIGN_OR_RETURN(MappingDraft draft, ParseMapping(json, reading));
  return Made(Seal(std::move(draft)), limits, reading);
}

}  // namespace engine
