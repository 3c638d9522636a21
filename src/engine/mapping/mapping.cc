#include "engine/mapping/mapping.h"

#include <utility>

#include "base/json/compact_writer.h"
#include "engine/mapping/check_plan.h"
#include "engine/mapping/definition.h"
#include "engine/mapping/quick_check.h"
#include "engine/mapping/reading.h"
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
  static Result<MappingPtr> Make(MappingTree tree, const MappingLimits& limits, Reading& reading) {
    auto mapping = std::make_shared<MappingOfTree>(std::move(tree));
    ASSIGN_OR_RETURN(mapping->plan_, CheckPlan::Make(mapping->tree_, limits, reading));
    return MappingPtr(std::move(mapping));
  }

  explicit MappingOfTree(MappingTree tree)
      : tree_(std::move(tree)), field_count_(static_cast<std::size_t>(CountFields(tree_.root))) {
    base::json::CompactWriter writer(json_);
    WriteTree(tree_, writer);
    const auto routing = tree_.options.metadata.find("_routing");
    routing_required_ = routing != tree_.options.metadata.end() &&
                        routing->second.find("\"required\":true") != std::string::npos;
  }

  Result<MappingPtr> Merge(const tasks::TaskContext& task, std::string_view update) const override {
    Reading reading(task, limits());
    auto parsed = ParseTree(update, reading);
    RETURN_IF_ERROR(reading.end());
    if (!parsed.ok() && IsTyped(parsed.status())) {
      return base::IllegalArgument("Types cannot be provided in put mapping requests");
    }
    ASSIGN_OR_RETURN(MappingTree more, std::move(parsed));
    MappingTree merged = tree_;
    RETURN_IF_ERROR(MergeTree(merged, std::move(more), reading));
    RETURN_IF_ERROR(CheckLimits(merged, limits(), reading));
    return Make(std::move(merged), limits(), reading);
  }

  const std::string& json() const override { return json_; }
  const MappingLimits& limits() const override { return plan_->limits(); }
  bool routing_required() const override { return routing_required_; }
  std::size_t field_count() const override { return field_count_; }

  Result<Update> Check(tasks::TaskContext& task, std::string_view id,
                       std::string_view source) const override {
    if (QuickCheck(task, *plan_, source)) return Update();
    return ThoroughCheck(task, *plan_, id, source).Run();
  }

  Result<Update> CheckPadded(tasks::TaskContext& task, std::string_view id,
                             std::string_view source) const override {
    if (QuickCheckPadded(task, *plan_, source)) return Update();
    return ThoroughCheck(task, *plan_, id, source).Run();
  }

 private:
  const MappingTree tree_;
  std::string json_;
  bool routing_required_ = false;
  std::size_t field_count_ = 0;
  std::shared_ptr<const CheckPlan> plan_;  // points into tree_
};

}  // namespace

namespace {

Result<MappingPtr> Checked(Result<MappingTree> tree, const MappingLimits& limits,
                           Reading& reading) {
  RETURN_IF_ERROR(reading.end());
  if (!tree.ok()) {
    const Status& cause = tree.status();
    if (IsTyped(cause)) return cause;
    return Status(400, "mapper_parsing_exception",
                  "Failed to parse mapping [_doc]: " + cause.reason())
        .CausedBy(cause);
  }
  RETURN_IF_ERROR(CheckLimits(*tree, limits, reading));
  return MappingOfTree::Make(*std::move(tree), limits, reading);
}

}  // namespace

Result<MappingPtr> Mapping::Parse(const tasks::TaskContext& task, std::string_view json,
                                  const MappingLimits& limits) {
  Reading reading(task, limits);
  return Checked(ParseTree(json, reading), limits, reading);
}

Result<MappingPtr> Mapping::Parse(const tasks::TaskContext& task, const base::json::Value& body,
                                  const MappingLimits& limits) {
  Reading reading(task, limits);
  return Checked(ParseTree(body, reading), limits, reading);
}

Result<MappingPtr> Mapping::Restore(std::string_view json, const MappingLimits& limits) {
  Reading reading;
  ASSIGN_OR_RETURN(MappingTree tree, ParseTree(json, reading));
  return MappingOfTree::Make(std::move(tree), limits, reading);
}

}  // namespace engine
