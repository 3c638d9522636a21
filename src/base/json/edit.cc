// The part of Document that makes and changes nodes.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "base/json/key_table.h"
#include "base/json/tree.h"
#include "base/text/numbers.h"

namespace base::json {

Document::Document() : root_(NewNull()) {}

Value* Document::NewNull() { return new (arena_.AllocateArray<Value>(1)) Value(); }

Value* Document::NewBool(bool value) {
  Value* const node = NewNull();
  node->type_ = Value::Type::kBool;
  node->bool_ = value;
  return node;
}

Value* Document::NewInt64(std::int64_t value) {
  std::string spelling;
  AppendInt(spelling, value);
  return NewNumber(spelling);
}

Value* Document::NewDouble(double value) {
  std::string spelling;
  AppendJavaDouble(spelling, value);
  return std::isfinite(value) ? NewNumber(spelling) : NewString(spelling);
}

Value* Document::NewNumber(std::string_view spelling) {
  Value* const node = NewString(spelling);
  node->type_ = Value::Type::kNumber;
  return node;
}

Value* Document::NewString(std::string_view value) {
  Value* const node = NewNull();
  node->type_ = Value::Type::kString;
  node->text_ = arena_.Copy(value).data();
  node->size_ = static_cast<std::uint32_t>(value.size());
  return node;
}

Value* Document::NewArray() {
  Value* const node = NewNull();
  node->type_ = Value::Type::kArray;
  return node;
}

Value* Document::NewObject() {
  Value* const node = NewNull();
  node->type_ = Value::Type::kObject;
  return node;
}

// Without recursion, as Value::Write().
Value* Document::Copy(const Value& other) {
  struct Pending {
    const Value* from;
    Value* to;
  };
  Value* const copy = NewNull();
  std::vector<Pending> pending{{&other, copy}};
  while (!pending.empty()) {
    const auto [from, to] = pending.back();
    pending.pop_back();
    to->type_ = from->type_;
    to->bool_ = from->bool_;
    to->size_ = to->capacity_ = from->size_;
    to->offset_ = from->offset_;
    if (from->IsObject()) {
      to->members_ = arena_.AllocateArray<Member>(from->size_);
      for (std::uint32_t i = 0; i < from->size_; ++i) {
        to->members_[i] = {arena_.Copy(from->members_[i].key), NewNull()};
        pending.push_back({from->members_[i].value, to->members_[i].value});
      }
    } else if (from->IsArray()) {
      to->items_ = arena_.AllocateArray<Value*>(from->size_);
      for (std::uint32_t i = 0; i < from->size_; ++i) {
        to->items_[i] = NewNull();
        pending.push_back({from->items_[i], to->items_[i]});
      }
    } else if (from->IsString() || from->IsNumber()) {
      to->text_ = arena_.Copy(from->text()).data();
    }
  }
  return copy;
}

// Doubles the room of a full container; the old room stays in the arena.
void Document::Grow(Value& container) {
  if (container.size_ < container.capacity_) return;
  container.capacity_ = std::max(4u, container.capacity_ * 2);
  if (container.IsObject()) {
    Member* const larger = arena_.AllocateArray<Member>(container.capacity_);
    std::copy_n(container.members_, container.size_, larger);
    container.members_ = larger;
  } else {
    Value** const larger = arena_.AllocateArray<Value*>(container.capacity_);
    std::copy_n(container.items_, container.size_, larger);
    container.items_ = larger;
  }
}

void Document::Set(Value& object, std::string_view key, Value* value) {
  assert(object.IsObject());
  for (std::uint32_t i = 0; i < object.size_; ++i) {
    if (object.members_[i].key == key) {
      object.members_[i].value = value;
      return;
    }
  }
  Grow(object);
  object.members_[object.size_++] = {arena_.Copy(key), value};
}

void Document::Append(Value& array, Value* value) { Insert(array, array.items().size(), value); }

void Document::SetItem(Value& array, std::size_t index, Value* value) {
  assert(array.IsArray() && index < array.size_);
  array.items_[index] = value;
}

void Document::Insert(Value& array, std::size_t index, Value* value) {
  assert(array.IsArray() && index <= array.size_);
  Grow(array);
  std::copy_backward(array.items_ + index, array.items_ + array.size_,
                     array.items_ + array.size_ + 1);
  array.items_[index] = value;
  ++array.size_;
}

bool Document::Remove(Value& object, std::string_view key) {
  if (!object.IsObject()) return false;
  Member* const end = object.members_ + object.size_;
  Member* const found =
      std::find_if(object.members_, end, [key](const Member& member) { return member.key == key; });
  if (found == end) return false;
  std::copy(found + 1, end, found);
  --object.size_;
  return true;
}

void Document::RemoveItem(Value& array, std::size_t index) {
  assert(array.IsArray() && index < array.size_);
  std::copy(array.items_ + index + 1, array.items_ + array.size_, array.items_ + index);
  --array.size_;
}

void Document::Clear(Value& container) {
  if (container.IsObject() || container.IsArray()) container.size_ = 0;
}

bool Document::Merge(Value& target, const Value& changes) {
  assert(target.IsObject() && changes.IsObject());
  // Many changes to many members would be quadratic without a table.
  const bool many = target.size_ > KeyTable::kFewKeys && changes.size_ > KeyTable::kFewKeys;
  KeyTable places;
  if (many) places.Start(target.size_);
  for (std::uint32_t i = 0; many && i < target.size_; ++i) {
    places.FindOrAdd(target.members_[i].key, i);
  }
  const auto place_of = [&](std::string_view key) {
    if (many) return places.Find(key).value_or(target.size_);
    std::uint32_t i = 0;
    while (i < target.size_ && target.members_[i].key != key) ++i;
    return i;
  };
  bool changed = false;
  for (const auto& [key, value] : changes.members()) {
    const std::uint32_t place = place_of(key);
    if (place == target.size_) {
      Grow(target);
      target.members_[target.size_++] = {arena_.Copy(key), Copy(*value)};
      changed = true;
      continue;
    }
    Value*& old = target.members_[place].value;
    if (old->IsObject() && value->IsObject()) {
      changed |= Merge(*old, *value);
    } else if (!(*old == *value)) {
      old = Copy(*value);
      changed = true;
    }
  }
  return changed;
}

}  // namespace base::json
