// engine/mapping/check_plan.h
//
// A mapping laid out for checking documents: a node a field, found by parent and name. Nodes are
// stored in blocks, which the plan of a mapping with more fields shares.
//
// Lifetime: immutable once made; points to the definitions of the MappingTree it was made of.
// Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mapping/date_format.h"
#include "engine/mapping/dynamic_template.h"
#include "engine/mapping/field_tree.h"

namespace engine {

enum class Dynamic : std::uint8_t {
  kTrue,
  kFalse,
  kStrict,
  kStrictAllowTemplates,
  kFalseAllowTemplates
};

struct FieldNode {
  // How the quick check treats a value; kSlow: the thorough check must look at the document.
  enum class Quick : std::uint8_t {
    kScalar,
    kKeyword,
    kInteger,
    kReal,
    kBoolean,
    kDate,
    kIp,
    kObject,
    kSkip,  // anything that is well-formed
    kSlow
  };

  std::string quoted;  // the name and a quote, as it ends in JSON
  const Definition* definition = nullptr;
  std::uint32_t id = 0, parent = 0;
  Quick quick = Quick::kSlow;
  Kind kind = Kind::kObject;
  Dynamic dynamic = Dynamic::kTrue;  // of objects, inherited if they do not say
  bool enabled = true;
  bool ignore_malformed = false, coerce = true;
  std::int64_t min = 0, max = 0;             // of kInteger
  double limit = 0;                          // of kReal: the quick check takes what is smaller
  std::int64_t ignore_above = INT64_MAX;     // characters
  std::shared_ptr<const DateFormat> format;  // of dates and ranges of them
  std::vector<std::uint32_t> multi_fields;   // that must be checked, too
  std::vector<std::string> copy_to;

  std::string_view name() const { return std::string_view(quoted).substr(0, quoted.size() - 1); }
};

class CheckPlan {
 public:
  // Cancelled if the task that `reading` obeys has to stop.
  static base::Result<std::shared_ptr<const CheckPlan>> Make(const MappingTree& tree,
                                                             const MappingLimits& limits,
                                                             Reading& reading);
  // The plan of `tree`, into which this plan's tree has grown. Costs little more than the nodes it
  // adds, if nothing else has changed.
  base::Result<std::shared_ptr<const CheckPlan>> Grown(const MappingTree& tree,
                                                       const Growth& growth,
                                                       Reading& reading) const;

  const FieldNode& root() const { return *blocks_[0]; }
  const FieldNode& node(std::uint32_t id) const { return blocks_[id / kBlock][id % kBlock]; }
  std::size_t size() const { return size_; }
  // Null if the object has no such property.
  const FieldNode* Find(const FieldNode& parent, std::string_view name) const;
  const FieldNode* FindPath(std::string_view path) const;
  // Of multi-fields, too.
  const FieldNode* FindField(std::string_view path) const;

  const MappingLimits& limits() const { return limits_; }
  const std::vector<DynamicTemplate>& templates() const { return templates_; }
  const std::vector<DateFormat>& dynamic_dates() const { return dynamic_dates_; }
  bool date_detection() const { return date_detection_; }
  bool numeric_detection() const { return numeric_detection_; }
  std::uint64_t serial() const { return serial_; }  // of no other plan of this process

 private:
  static constexpr std::uint32_t kBlock = 128;
  using Block = std::vector<FieldNode>;

  base::Status AddOptions(const RootOptions& options, Reading& reading);
  base::Status Add(const Field& field, std::uint32_t parent, Reading& reading);
  void Fill(FieldNode& node) const;
  void FillNumber(FieldNode& node) const;
  // Of the nodes from `first` on, whose blocks this plan alone has.
  base::Status Finish(std::uint32_t first, Reading& reading);
  base::Status ChooseQuick(std::uint32_t first, Reading& reading);
  FieldNode::Quick QuickOf(const FieldNode& node) const;
  static void AlsoQuick(FieldNode& node, const FieldNode* other);
  void Index(std::uint32_t first);
  void IndexNode(const FieldNode& node);

  // To be written to only if its block is this plan's own.
  FieldNode& Own(std::uint32_t id) { return (*owners_[id / kBlock])[id % kBlock]; }

  MappingLimits limits_;
  std::uint64_t serial_ = 0;
  std::uint32_t size_ = 0;
  std::vector<std::shared_ptr<Block>> owners_;  // each of kBlock nodes but for the last
  std::vector<const FieldNode*> blocks_;        // what they point to
  std::vector<std::uint32_t> slots_;            // node id + 1 by hash of parent and name; 0: free
  std::vector<std::string> missing_targets_;    // of copies: a new field may be one
  std::vector<DynamicTemplate> templates_;
  std::vector<DateFormat> dynamic_dates_;
  bool date_detection_ = true, numeric_detection_ = false;
};

}  // namespace engine
