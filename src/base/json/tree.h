// base/json/tree.h
//
// A JSON document as a tree that can be read, changed and written: request bodies, partial updates,
// what scripts work on. Members keep their order, numbers their spelling (integers of any length
// survive), and nothing points into the text it was read from.
//
// Lifetime: a Document owns every node in one arena that only grows; nodes keep their address until
// the Document ends (moving it moves none of them). Threads: one at a time; a Document that nobody
// changes may be read by any number.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/json/writer.h"
#include "base/result.h"

namespace base::json {

class Document;
struct Member;

class Value {
 public:
  enum class Type : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  Type type() const { return type_; }
  bool IsNull() const { return type_ == Type::kNull; }
  bool IsBool() const { return type_ == Type::kBool; }
  bool IsNumber() const { return type_ == Type::kNumber; }
  bool IsString() const { return type_ == Type::kString; }
  bool IsArray() const { return type_ == Type::kArray; }
  bool IsObject() const { return type_ == Type::kObject; }
  // A number without point or exponent.
  bool IsInteger() const;

  // Of a string its content, of a number its spelling, `true`, `false`, `null`; empty for
  // containers.
  std::string_view text() const;
  // Members of an object, in their order; none for anything else.
  std::span<const Member> members() const;
  // Elements of an array; none for anything else.
  std::span<Value* const> items() const;
  // The member of that name, null if there is none or this is no object.
  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  // Follows names through objects: FindPath({"query", "term"}).
  const Value* FindPath(std::initializer_list<std::string_view> keys) const;

  // Strict: a string; a boolean, or a string that spells one.
  Result<std::string_view> AsString() const;
  Result<bool> AsBool() const;
  // Numbers, and strings that spell one; a fraction is cut off. Others are 400.
  Result<std::int64_t> AsInt64() const;
  Result<double> AsDouble() const;

  // Where it began in the text it was parsed from, for errors; 0 if it was made by hand.
  std::size_t offset() const { return offset_; }

  void Write(Writer& writer) const;
  std::string ToString() const;  // compact

  // Deep equality: order matters in arrays and not in objects; 1 is not 1.0, but 1.0 is 1.00.
  friend bool operator==(const Value& a, const Value& b);

 private:
  friend class Arena;
  friend class Document;
  friend class TreeBuilder;
  Value() = default;

  Type type_ = Type::kNull;
  bool bool_ = false;
  std::uint32_t size_ = 0;      // bytes of text, members or items
  std::uint32_t capacity_ = 0;  // of members or items
  std::uint32_t offset_ = 0;
  union {
    const char* text_ = nullptr;
    Member* members_;
    Value** items_;
  };
};

struct Member {
  std::string_view key;
  Value* value;
};

enum class DuplicateKeys : std::uint8_t { kError, kLastWins };

struct ParseOptions {
  std::uint32_t max_depth = 1000;
  DuplicateKeys duplicate_keys = DuplicateKeys::kError;
  // Asked every thousand values or so; null: never. What it says ends the parsing.
  std::function<Status()> checkpoint = nullptr;
  // Told in bytes what the parsing is about to hold in all, the text aside, before that has grown
  // by much; null: nobody is. What it says ends the parsing.
  std::function<Status(std::size_t bytes)> reserve = nullptr;
};

class Document {
 public:
  // One value and nothing behind it. Errors are 400 `json_parse_exception`, or
  // `json_e_o_f_exception` where the text ends too early, with line and column.
  static Result<Document> Parse(std::string_view text, const ParseOptions& options = {});

  Document();  // null
  Document(Document&&) noexcept = default;
  Document& operator=(Document&&) noexcept = default;

  Value& root() { return *root_; }
  const Value& root() const { return *root_; }
  void SetRoot(Value* value) { root_ = value; }

  // Nodes of this document that stand nowhere yet; text is copied in.
  Value* NewNull();
  Value* NewBool(bool value);
  Value* NewInt64(std::int64_t value);
  Value* NewDouble(double value);
  Value* NewNumber(std::string_view spelling);
  Value* NewString(std::string_view value);
  Value* NewArray();
  Value* NewObject();
  // Deep; `other` may belong to any document.
  Value* Copy(const Value& other);

  // A node may stand in one place only. Set() replaces where the member stands, or adds at the end.
  void Set(Value& object, std::string_view key, Value* value);
  void Append(Value& array, Value* value);
  static void SetItem(Value& array, std::size_t index, Value* value);
  void Insert(Value& array, std::size_t index, Value* value);
  // Whether there was one.
  static bool Remove(Value& object, std::string_view key);
  static void RemoveItem(Value& array, std::size_t index);
  static void Clear(Value& container);

  // A partial update: objects are merged at every level, anything else replaces. False if
  // `target` is as it was (a noop). Both must be objects.
  bool Merge(Value& target, const Value& changes);

  // What the tree holds of memory.
  std::size_t MemoryBytes() const { return arena_.bytes(); }

 private:
  friend class TreeBuilder;

  void Grow(Value& container);

  Arena arena_;
  Value* root_;
};

// 1-based, the column in characters, as errors name them.
struct Location {
  std::size_t line;
  std::size_t column;
};
Location Locate(std::string_view text, std::size_t offset);

}  // namespace base::json
