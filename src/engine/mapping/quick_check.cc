#include "engine/mapping/quick_check.h"

#include <simdjson.h>

#include <array>
#include <memory>
#include <vector>

#include "engine/mapping/scalars.h"

namespace engine {
namespace {

namespace ondemand = simdjson::ondemand;
using Quick = FieldNode::Quick;

constexpr int kMaxDepth = 500;
// Of a term in UTF-8; a shorter one is good whatever it says.
constexpr std::size_t kMaxTermBytes = 32'766;

// What this thread learned of one mapping: the fields in the order of the last document, and in
// which object each was seen last.
struct Learned {
  std::uint64_t plan = 0;
  std::vector<const FieldNode*> order;
  std::vector<std::uint64_t> seen_in;  // by node id
};

struct Workspace {
  ondemand::parser parser;
  std::vector<char> padded;
  std::array<Learned, 4> learned;
  std::uint64_t last_object = 0;

  Learned& For(const CheckPlan& plan) {
    Learned& slot = learned[plan.serial() % learned.size()];
    if (slot.plan != plan.serial()) {
      slot.plan = plan.serial();
      slot.order.clear();
      slot.seen_in.assign(plan.size(), 0);
    }
    return slot;
  }
};

std::string_view WithoutTrailingSpace(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

class Checker {
 public:
  Checker(const tasks::TaskContext& task, const CheckPlan& plan, Workspace& work, const char* end)
      : task_(task), plan_(plan), work_(work), learned_(work.For(plan)), end_(end) {}

  bool Document(ondemand::document& document) {
    ondemand::object object;
    if (document.get_object().get(object)) return false;
    const FieldNode& root = plan_.root();
    const bool good = root.quick == Quick::kSkip ? SkipObject(object, 1) : Object(root, object, 1);
    return good && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

 private:
  bool Object(const FieldNode& parent, ondemand::object& object, int depth) {
    if (depth > kMaxDepth) return false;
    if (parent.kind == Kind::kNested && ++nested_ > plan_.limits().nested_objects) return false;
    const std::uint64_t instance = ++work_.last_object;
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field)) return false;
      const char* const key = field.key().raw();
      const FieldNode* node = Predicted(parent, key);
      if (node == nullptr) {
        if (!Lookup(parent, key, node)) return false;
        if (node == nullptr) {
          if (!SkipAny(field.value(), depth)) return false;
          continue;
        }
      }
      std::uint64_t& seen = learned_.seen_in[node->id];
      if (seen == instance) return false;  // twice
      seen = instance;
      if (!Any(*node, field.value(), depth)) return false;
    }
    return true;
  }

  // The field that came here in the last document, if it is this one.
  const FieldNode* Predicted(const FieldNode& parent, const char* key) {
    if (next_ >= learned_.order.size()) return nullptr;
    const FieldNode* const node = learned_.order[next_];
    const std::size_t size = node->quoted.size();
    if (node->parent != parent.id || static_cast<std::size_t>(end_ - key) < size ||
        std::memcmp(key, node->quoted.data(), size) != 0) {
      return nullptr;
    }
    ++next_;
    return node;
  }

  // False: ask the thorough check. Null: unknown, and to be passed over.
  bool Lookup(const FieldNode& parent, const char* key, const FieldNode*& node) {
    const char* end = key;
    bool dotted = false;
    for (; end < end_ && *end != '"'; ++end) {
      if (*end == '\\') return false;
      dotted |= *end == '.';
    }
    const std::string_view name(key, static_cast<std::size_t>(end - key));
    if (name.empty()) return false;
    if (dotted) return Dotted(parent, name, node);
    node = plan_.Find(parent, name);
    if (node == nullptr) {
      const bool metadata = parent.id == 0 && name.front() == '_';
      return parent.dynamic == Dynamic::kFalse && !metadata;
    }
    if (next_ < learned_.order.size()) {
      learned_.order[next_] = node;
    } else {
      learned_.order.push_back(node);
    }
    ++next_;
    return true;
  }

  // A name that leads through known objects to a known field.
  bool Dotted(const FieldNode& parent, std::string_view name, const FieldNode*& node) const {
    node = &parent;
    for (;;) {
      const std::size_t dot = name.find('.');
      node = plan_.Find(*node, name.substr(0, dot));
      if (node == nullptr) return false;
      if (dot == std::string_view::npos) return true;
      if (node->kind != Kind::kObject || !node->enabled) return false;
      name.remove_prefix(dot + 1);
    }
  }

  bool Any(const FieldNode& node, ondemand::value value, int depth) {
    if (node.quick == Quick::kSkip) return SkipAny(value, depth);
    if (node.quick == Quick::kSlow) return false;
    const std::string_view token = value.raw_json_token();
    if (token.front() == '{') {
      ondemand::object object;
      return node.quick == Quick::kObject && !value.get_object().get(object) &&
             Object(node, object, depth + 1);
    }
    if (token.front() == '[') {
      ondemand::array array;
      return !value.get_array().get(array) && Array(node, array, depth + 1);
    }
    return EndsWell(token) && Scalar(node, WithoutTrailingSpace(token));
  }

  bool Array(const FieldNode& node, ondemand::array& array, int depth) {
    if (depth > kMaxDepth) return false;
    const std::size_t first = next_;
    for (auto next : array) {
      ondemand::value item;
      if (std::move(next).get(item)) return false;
      next_ = first;  // the elements of an array are alike
      if (!Any(node, item, depth) || !GoesOn()) return false;
    }
    return true;
  }

  // A token reaches to the next one, so what ends the value is just behind it.
  static bool EndsWell(std::string_view token) {
    const char behind = token.data()[token.size()];
    return behind == ',' || behind == '}' || behind == ']';
  }

  bool Scalar(const FieldNode& node, std::string_view token) const {
    if (token == "null") return true;
    std::string_view text;
    const bool plain = PlainText(token, text);
    switch (node.quick) {
      case Quick::kScalar:
        return plain || AnyScalar(token);
      case Quick::kKeyword:
        return token.size() <= kMaxTermBytes && (plain || AnyScalar(token));
      case Quick::kInteger:
        return IsPlainInteger(plain && node.coerce ? text : token, node.min, node.max);
      case Quick::kReal:
        return IsSmallReal(plain && node.coerce ? text : token, node.limit);
      case Quick::kBoolean:
        return token == "true" || token == "false" || token == "\"true\"" || token == "\"false\"" ||
               token == "\"\"";
      case Quick::kDate:
        return (plain || IsJsonNumber(token)) &&
               node.format->Read(plain ? text : token).has_value();
      case Quick::kIp:
        return plain && IsIpAddress(text);
      default:
        return false;  // an object is expected
    }
  }

  static bool AnyScalar(std::string_view token) {
    if (token.front() == '"') {
      return token.size() >= 2 && token.back() == '"' &&
             GoodEscapes(token.substr(1, token.size() - 2));
    }
    return token == "true" || token == "false" || token == "null" || IsJsonNumber(token);
  }

  // Arrays can be as long as the document.
  bool GoesOn() {
    constexpr unsigned kCheckEvery = 1024;
    return ++items_ % kCheckEvery != 0 || task_.Checkpoint().ok();
  }

  bool SkipAny(ondemand::value value, int depth) {
    const std::string_view token = value.raw_json_token();
    if (token.front() == '{') {
      ondemand::object object;
      return !value.get_object().get(object) && SkipObject(object, depth + 1);
    }
    if (token.front() == '[') {
      ondemand::array array;
      if (depth >= kMaxDepth || value.get_array().get(array)) return false;
      for (auto next : array) {
        ondemand::value item;
        if (std::move(next).get(item) || !SkipAny(item, depth + 1) || !GoesOn()) return false;
      }
      return true;
    }
    return EndsWell(token) && AnyScalar(WithoutTrailingSpace(token));
  }

  bool SkipObject(ondemand::object& object, int depth) {
    if (depth > kMaxDepth) return false;
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field)) return false;
      const char* end = field.key().raw();
      for (; end < end_ && *end != '"'; ++end) {
        if (*end == '\\') return false;
      }
      if (!SkipAny(field.value(), depth)) return false;
    }
    return true;
  }

  const tasks::TaskContext& task_;
  const CheckPlan& plan_;
  Workspace& work_;
  Learned& learned_;
  const char* const end_;
  std::size_t next_ = 0;  // place in learned_.order
  std::int64_t nested_ = 0;
  unsigned items_ = 0;
};

Workspace& ThreadWorkspace() {
  thread_local Workspace work;
  return work;
}

bool Run(const tasks::TaskContext& task, const CheckPlan& plan, std::string_view source,
         ondemand::parser& parser) {
  ondemand::document document;
  const simdjson::padded_string_view padded(source.data(), source.size(),
                                            source.size() + simdjson::SIMDJSON_PADDING);
  if (parser.iterate(padded).get(document)) return false;
  Checker checker(task, plan, ThreadWorkspace(), source.data() + source.size());
  return checker.Document(document);
}

}  // namespace

bool QuickCheckPadded(const tasks::TaskContext& task, const CheckPlan& plan,
                      std::string_view source) {
  if (source.size() <= kQuickKeepsBytes) return Run(task, plan, source, ThreadWorkspace().parser);
  ondemand::parser parser;
  return Run(task, plan, source, parser);
}

bool QuickCheck(const tasks::TaskContext& task, const CheckPlan& plan, std::string_view source) {
  std::vector<char> large;
  std::vector<char>& padded = source.size() <= kQuickKeepsBytes ? ThreadWorkspace().padded : large;
  const std::size_t wanted = source.size() + simdjson::SIMDJSON_PADDING;
  if (padded.size() < wanted) padded.resize(wanted);
  std::memcpy(padded.data(), source.data(), source.size());
  std::memset(padded.data() + source.size(), ' ', simdjson::SIMDJSON_PADDING);
  return QuickCheckPadded(task, plan, {padded.data(), source.size()});
}

}  // namespace engine
