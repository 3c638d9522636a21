#include "engine/mapping/field_tree.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json/compact_writer.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::json::Writer;
using Text = FieldList::Text;

// A change copies one chunk and the list of all: least for chunks of the root of the number of
// fields. This suits a hundred thousand.
constexpr std::size_t kMostFields = 128;

Text TextOf(const Definition& parent) { return parent.type->IsObject() ? Text::kYes : Text::kNo; }

void WriteMultiFields(const FieldList& fields, Writer& writer) {
  for (const auto& chunk : fields.chunks()) {
    for (const Field& field : chunk->fields) {
      writer.Key(field.name());
      const auto members = [&field](Writer& out) { WriteMultiFields(field.children, out); };
      WriteField(*field.definition, field.children.empty() ? nullptr : WriteMembers(members),
                 writer);
    }
  }
}

void WriteText(FieldChunk& chunk) {
  base::json::CompactWriter writer(chunk.text);
  writer.BeginObject();
  for (std::size_t i = 0; i < chunk.fields.size(); ++i) {
    const Field& field = chunk.fields[i];
    const WriteMembers members = [&](Writer& out) {
      if (field.definition->type->IsObject()) {
        chunk.gaps.push_back({chunk.text.size() - 1, i});
      } else {
        WriteMultiFields(field.children, out);
      }
    };
    writer.Key(field.name());
    WriteField(*field.definition, field.children.empty() ? nullptr : members, writer);
  }
  chunk.text.erase(0, 1);  // the brace
  chunk.text.shrink_to_fit();
}

// As many chunks as it takes, of about the same size.
void AppendChunks(std::vector<Field> fields, Text text, FieldList::Chunks& out) {
  const std::size_t pieces = (fields.size() + kMostFields - 1) / kMostFields;
  for (std::size_t i = 0; i < pieces; ++i) {
    auto chunk = std::make_shared<FieldChunk>();
    const auto at = [&](std::size_t piece) {
      const std::size_t first = fields.size() * piece / pieces;
      return std::make_move_iterator(fields.begin() + static_cast<std::ptrdiff_t>(first));
    };
    chunk->fields.assign(at(i), at(i + 1));
    for (const Field& field : chunk->fields) chunk->totals.Add(field.Totals());
    if (text == Text::kYes) WriteText(*chunk);
    out.push_back(std::move(chunk));
  }
}

// Both sorted; `changes` win.
std::vector<Field> Merged(const std::vector<Field>& fields, std::span<Field> changes) {
  std::vector<Field> merged;
  merged.reserve(fields.size() + changes.size());
  auto field = fields.begin();
  for (Field& change : changes) {
    while (field != fields.end() && field->name() < change.name()) merged.push_back(*field++);
    if (field != fields.end() && field->name() == change.name()) ++field;
    merged.push_back(std::move(change));
  }
  merged.insert(merged.end(), field, fields.end());
  return merged;
}

}  // namespace

void FieldTotals::Add(const FieldTotals& more) {
  fields += more.fields;
  nested += more.nested;
  aliases += more.aliases;
  depth = std::max(depth, more.depth);
  name_length = std::max(name_length, more.name_length);
}

FieldTotals Field::Totals() const {
  FieldTotals totals = children.Totals();
  totals.Add({.fields = 1,
              .nested = definition->type->kind == Kind::kNested,
              .aliases = definition->type->kind == Kind::kAlias,
              .depth = definition->type->IsObject() ? DepthOf(definition->path) : 0,
              .name_length = Characters(name())});
  return totals;
}

FieldList::FieldList(Chunks chunks) : chunks_(std::make_shared<const Chunks>(std::move(chunks))) {}

FieldList::FieldList(std::vector<Field> fields, Text text) {
  if (fields.empty()) return;
  Chunks chunks;
  AppendChunks(std::move(fields), text, chunks);
  chunks_ = std::make_shared<const Chunks>(std::move(chunks));
}

FieldList FieldList::With(std::vector<Field> changes, Text text) const {
  if (empty()) return {std::move(changes), text};
  Chunks chunks;
  chunks.reserve(chunks_->size() + 1);
  std::size_t next = 0;  // of changes
  for (std::size_t i = 0; i < chunks_->size(); ++i) {
    const std::shared_ptr<const FieldChunk>& chunk = (*chunks_)[i];
    // A chunk takes what belongs before the next one.
    std::size_t end = next;
    while (end < changes.size() && (i + 1 == chunks_->size() ||
                                    changes[end].name() < (*chunks_)[i + 1]->fields[0].name())) {
      ++end;
    }
    if (end == next) {
      chunks.push_back(chunk);
    } else {
      AppendChunks(Merged(chunk->fields, std::span(changes).subspan(next, end - next)), text,
                   chunks);
    }
    next = end;
  }
  return FieldList(std::move(chunks));
}

const FieldList::Chunks& FieldList::chunks() const {
  static const Chunks none;
  return empty() ? none : *chunks_;
}

const Field* FieldList::Find(std::string_view name) const {
  auto chunk = std::ranges::upper_bound(chunks(), name, {},
                                        [](const auto& one) { return one->fields[0].name(); });
  if (chunk == chunks().begin()) return nullptr;
  const std::vector<Field>& fields = (*--chunk)->fields;
  const auto field = std::ranges::lower_bound(fields, name, {}, &Field::name);
  return field == fields.end() || field->name() != name ? nullptr : &*field;
}

FieldTotals FieldList::Totals() const {
  FieldTotals totals;
  for (const auto& chunk : chunks()) totals.Add(chunk->totals);
  return totals;
}

void FieldList::AppendText(std::string& out) const {
  for (const auto& chunk : chunks()) {
    if (chunk != chunks().front()) out.push_back(',');
    std::size_t from = 0;
    for (const FieldChunk::Gap& gap : chunk->gaps) {
      out.append(chunk->text, from, gap.at - from);
      chunk->fields[gap.field].children.AppendText(out);
      from = gap.at;
    }
    out.append(chunk->text, from);
  }
}

Field Seal(Draft draft) {
  std::vector<Field> children;
  children.reserve(draft.children.size());
  for (auto& entry : draft.children) children.push_back(Seal(std::move(entry.second)));
  FieldList list(std::move(children), TextOf(draft));
  return {std::make_shared<const Definition>(std::move(draft)), std::move(list)};
}

MappingTree Seal(MappingDraft draft) {
  return {Seal(std::move(draft.root)), std::move(draft.options)};
}

}  // namespace engine
