// base/json/cbor_writer.h
//
// CBOR (RFC 8949) as `format=cbor` answers it: maps and arrays of indefinite length, the shortest
// integers, text strings of definite length, doubles and floats in their own width.

#pragma once

#include <string>

#include "base/json/writer.h"

namespace base::json {

class CborWriter final : public Writer {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  void BeginObject() override { out_.push_back('\xbf'); }
  void EndObject() override { out_.push_back('\xff'); }
  void BeginArray() override { out_.push_back('\x9f'); }
  void EndArray() override { out_.push_back('\xff'); }
  void Key(std::string_view key) override { String(key); }
  void String(std::string_view value) override;
  void Int(std::int64_t value) override;
  void Uint(std::uint64_t value) override;
  void Double(double value) override;
  void Float(float value) override;
  // Integers beyond 64 bits become bignums, fractions doubles.
  void Number(std::string_view spelling) override;
  void Bool(bool value) override;
  void Null() override;
  void Raw(std::string_view json) override;

 private:
  void Head(std::uint8_t major, std::uint64_t argument);
  void BigEndian(std::uint64_t value, int bytes);

  std::string& out_;
};

}  // namespace base::json
