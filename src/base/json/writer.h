// base/json/writer.h
//
// The sink for everything the server answers: a stream of JSON events that an implementation turns
// into bytes (compact, pretty, YAML, CBOR) or passes on (filter_path). The bytes are appended to a
// string the caller owns and may drain between any two events, so an answer of any length is
// written page by page in bounded memory.
//
// Lifetime: a writer lives for one document and must not outlive its string. Threads: one at a
// time. The caller keeps the events well formed (a key before each member, ends that match);
// writers trust that.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace base::json {

class Writer {
 public:
  virtual ~Writer() = default;

  virtual void BeginObject() = 0;
  virtual void EndObject() = 0;
  virtual void BeginArray() = 0;
  virtual void EndArray() = 0;
  virtual void Key(std::string_view key) = 0;

  // UTF-8; what is not becomes U+FFFD.
  virtual void String(std::string_view value) = 0;
  virtual void Int(std::int64_t value) = 0;
  virtual void Uint(std::uint64_t value) = 0;
  // As Java prints them: 1.0, 0.1, 1.0E10; NaN and the infinities as strings.
  virtual void Double(double value) = 0;
  virtual void Float(float value) = 0;
  // A JSON number as it was spelled: integers of any length survive.
  virtual void Number(std::string_view spelling) = 0;
  virtual void Bool(bool value) = 0;
  virtual void Null() = 0;
  // One whole value that is valid JSON already, such as a stored `_source`. Compact text takes it
  // as it is, every other form reads it and writes it anew.
  virtual void Raw(std::string_view json) = 0;

  // The event that fits the type: strings, integers, floating, bool, nullptr, optionals of these.
  template <typename T>
  void Value(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      Bool(value);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
      Null();
    } else if constexpr (std::same_as<T, float>) {
      Float(value);
    } else if constexpr (std::same_as<T, double>) {
      Double(value);
    } else if constexpr (std::signed_integral<T>) {
      Int(value);
    } else if constexpr (std::unsigned_integral<T>) {
      Uint(value);
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      String(value);
    } else {
      value ? Value(*value) : Null();
    }
  }
  template <typename T>
  void Field(std::string_view key, const T& value) {
    Key(key);
    Value(value);
  }
  // Writes nothing at all if there is no value.
  template <typename T>
  void OptionalField(std::string_view key, const std::optional<T>& value) {
    if (value) Field(key, *value);
  }
  void RawField(std::string_view key, std::string_view json) {
    Key(key);
    Raw(json);
  }
  void ObjectField(std::string_view key) {
    Key(key);
    BeginObject();
  }
  void ArrayField(std::string_view key) {
    Key(key);
    BeginArray();
  }
};

}  // namespace base::json
