#include "engine/mapping/text_growth.h"

#include "base/json/compact_writer.h"

namespace engine {
namespace {

// What comes before the properties of the root or of an object, as both are written.
template <typename Write>
std::string HeadOf(const Write& write) {
  std::string text;
  base::json::CompactWriter writer(text);
  write([](base::json::Writer&) {}, writer);
  return text.substr(0, text.size() - 2);  // both braces
}

class Comparison {
 public:
  explicit Comparison(std::string_view json) : rest_(json) {}

  bool Mapping(const MappingTree& tree, std::string& update) {
    const std::string head = HeadOf([&](const WriteMembers& members, base::json::Writer& writer) {
      WriteMapping(*tree.root.definition, tree.options, members, writer);
    });
    return Take(head) && Properties(tree.root.children, update) && Take("}}") && rest_.empty();
  }

 private:
  // Steps over `text`, if it comes next.
  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // Steps over the chunk or the list, if it comes next as it is.
  bool Same(const FieldChunk& chunk) {
    const std::string_view text = chunk.text;
    std::size_t from = 0;
    for (const FieldChunk::Gap& gap : chunk.gaps) {
      if (!Take(text.substr(from, gap.at - from))) return false;
      if (!Same(chunk.fields[gap.field].children)) return false;
      from = gap.at;
    }
    return Take(text.substr(from));
  }
  bool Same(const FieldList& fields) {
    for (const auto& chunk : fields.chunks()) {
      if (chunk != fields.chunks().front() && !Take(",")) return false;
      if (!Same(*chunk)) return false;
    }
    return true;
  }

  // Steps over the properties of an object; those in chunks that differ go to `update`.
  bool Properties(const FieldList& fields, std::string& update) {
    const FieldList::Chunks& chunks = fields.chunks();
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (i > 0 && !Take(",")) return false;
      const std::string_view begin = rest_;
      if (Same(*chunks[i])) continue;
      rest_ = begin;
      do {
        if (!OneProperty(fields, update)) return false;
      } while (i + 1 < chunks.size() ? TakeCommaBefore(chunks[i + 1]->fields[0].name())
                                     : Take(","));
    }
    while (Take(",")) {
      if (!OneProperty(fields, update)) return false;
    }
    return true;
  }

  bool TakeCommaBefore(std::string_view name) {
    return rest_.starts_with(",\"") && rest_.substr(2, rest_.find('"', 2) - 2) < name && Take(",");
  }

  bool OneProperty(const FieldList& fields, std::string& update) {
    const std::size_t end = rest_.find("\":{");
    if (!Take("\"") || end == std::string_view::npos) return false;
    const std::string_view name = rest_.substr(0, end - 1);
    if (name.find_first_of("\"\\") != std::string_view::npos) return false;
    rest_.remove_prefix(end + 1);  // up to the brace
    const Field* field = fields.Find(name);
    std::string definition;
    if (field != nullptr && field->definition->type->IsObject() && !field->children.empty()) {
      const std::string head = HeadOf([&](const WriteMembers& members, base::json::Writer& writer) {
        WriteField(*field->definition, members, writer);
      });
      std::string inner;
      if (Take(head)) {
        if (!Properties(field->children, inner) || !Take("}}")) return false;
        if (inner.empty()) return true;
        definition = head + inner + "}}";
      }
    }
    if (definition.empty()) definition = TakeObject();
    if (!update.empty()) update += ',';
    update.append("\"").append(name).append("\":").append(definition);
    return !definition.empty();
  }

  // Empty if it does not end.
  std::string TakeObject() {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quoted && c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '{') {
        ++depth;
      } else if (!quoted && c == '}' && --depth == 0) {
        std::string object(rest_.substr(0, i + 1));
        rest_.remove_prefix(i + 1);
        return object;
      }
    }
    return {};
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string> GrowthInText(const MappingTree& tree, std::string_view json) {
  std::string update;
  if (tree.root.children.empty() || !Comparison(json).Mapping(tree, update)) return std::nullopt;
  return "{\"properties\":{" + update + "}}";
}

}  // namespace engine
