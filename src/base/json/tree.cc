#include "base/json/tree.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/json/compact_writer.h"
#include "base/json/key_table.h"
#include "base/text/numbers.h"

namespace base::json {
namespace {

bool SpellsInteger(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

bool EqualNumbers(std::string_view a, std::string_view b) {
  if (SpellsInteger(a) != SpellsInteger(b)) return false;
  if (a == b) return true;
  const auto without_sign_of_zero = [](std::string_view n) { return n == "-0" ? "0" : n; };
  if (SpellsInteger(a)) return without_sign_of_zero(a) == without_sign_of_zero(b);
  const auto x = ParseDouble(a), y = ParseDouble(b);
  return x.ok() && y.ok() && *x == *y && std::signbit(*x) == std::signbit(*y);
}

}  // namespace

bool Value::IsInteger() const { return IsNumber() && SpellsInteger(text()); }

std::string_view Value::text() const {
  switch (type_) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return bool_ ? "true" : "false";
    case Type::kNumber:
    case Type::kString:
      return {text_, size_};
    default:
      return {};
  }
}

std::span<const Member> Value::members() const {
  if (!IsObject()) return {};
  return {members_, size_};
}

std::span<Value* const> Value::items() const {
  if (!IsArray()) return {};
  return {items_, size_};
}

const Value* Value::Find(std::string_view key) const {
  for (const Member& member : members()) {
    if (member.key == key) return member.value;
  }
  return nullptr;
}

Value* Value::Find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->Find(key));
}

const Value* Value::FindPath(std::initializer_list<std::string_view> keys) const {
  const Value* value = this;
  for (const std::string_view key : keys) {
    value = value->Find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Result<std::string_view> Value::AsString() const {
  if (IsString()) return text();
  return IllegalArgument("expected a string but found [" + ToString() + "]");
}

Result<bool> Value::AsBool() const {
  if (IsBool()) return bool_;
  if (IsString() && (text() == "true" || text() == "false")) return text() == "true";
  return IllegalArgument("Failed to parse value [" +
                         (IsString() ? std::string(text()) : ToString()) +
                         "] as only [true] or [false] are allowed.");
}

Result<std::int64_t> Value::AsInt64() const {
  const std::string spelled(IsNumber() || IsString() ? text() : "");
  const Result<std::int64_t> whole = ParseInt64(spelled);
  if (whole.ok()) return *whole;
  const Result<double> number = ParseDouble(spelled);
  if (!number.ok() || std::isnan(*number)) {
    return IllegalArgument("For input string: \"" + (spelled.empty() ? ToString() : spelled) +
                           "\"");
  }
  // 2^63 is a double, 2^63 - 1 is not.
  if (*number >= 0x1p63 || *number < -0x1p63) {
    return IllegalArgument("Value [" + spelled + "] is out of range for a long");
  }
  return static_cast<std::int64_t>(*number);
}

Result<double> Value::AsDouble() const {
  const std::string spelled(IsNumber() || IsString() ? text() : "");
  const Result<double> number = ParseDouble(spelled);
  if (number.ok()) return *number;
  return IllegalArgument("For input string: \"" + (spelled.empty() ? ToString() : spelled) + "\"");
}

// Without recursion: a tree that was put together by a script may be deeper than the stack.
void Value::Write(Writer& writer) const {
  struct Level {
    const Value* container;
    std::uint32_t next;
  };
  std::vector<Level> levels;
  const auto begin = [&](const Value& value) {
    switch (value.type_) {
      case Type::kNull:
        return writer.Null();
      case Type::kBool:
        return writer.Bool(value.bool_);
      case Type::kNumber:
        return writer.Number(value.text());
      case Type::kString:
        return writer.String(value.text());
      case Type::kArray:
        writer.BeginArray();
        return levels.push_back({&value, 0});
      case Type::kObject:
        writer.BeginObject();
        return levels.push_back({&value, 0});
    }
  };
  begin(*this);
  while (!levels.empty()) {
    auto& [container, next] = levels.back();
    if (next == container->size_) {
      container->IsObject() ? writer.EndObject() : writer.EndArray();
      levels.pop_back();
    } else if (container->IsObject()) {
      const Member& member = container->members_[next++];
      writer.Key(member.key);
      begin(*member.value);
    } else {
      begin(*container->items_[next++]);
    }
  }
}

std::string Value::ToString() const {
  std::string text;
  CompactWriter writer(text);
  Write(writer);
  return text;
}

namespace {

bool EqualObjects(std::span<const Member> a, std::span<const Member> b) {
  if (a.size() != b.size()) return false;
  KeyTable places;  // of b; filled when the order first differs
  bool filled = false;
  const auto find = [&](std::size_t i) -> const Value* {
    const std::string_view key = a[i].key;
    if (b[i].key == key) return b[i].value;
    if (b.size() <= KeyTable::kFewKeys) {
      const auto same_key = [key](const Member& member) { return member.key == key; };
      const auto found = std::find_if(b.begin(), b.end(), same_key);
      return found == b.end() ? nullptr : found->value;
    }
    if (!filled) {
      places.Start(b.size());
      for (std::uint32_t k = 0; k < b.size(); ++k) places.FindOrAdd(b[k].key, k);
      filled = true;
    }
    const auto place = places.Find(key);
    return place ? b[*place].value : nullptr;
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Value* const twin = find(i);
    if (twin == nullptr || !(*a[i].value == *twin)) return false;
  }
  return true;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.type_ != b.type_) return false;
  switch (a.type_) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kBool:
      return a.bool_ == b.bool_;
    case Value::Type::kNumber:
      return EqualNumbers(a.text(), b.text());
    case Value::Type::kString:
      return a.text() == b.text();
    case Value::Type::kArray:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        [](const Value* x, const Value* y) { return *x == *y; });
    case Value::Type::kObject:
      return EqualObjects(a.members(), b.members());
  }
  return false;
}

Location Locate(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto is_first_byte = [](char c) { return (c & 0xC0) != 0x80; };
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<std::size_t>(
              std::count_if(before.begin() + line_start, before.end(), is_first_byte)) +
              1};
}

}  // namespace base::json
