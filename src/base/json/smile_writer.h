// base/json/smile_writer.h
//
// Smile as `format=smile` answers it, byte for byte what Jackson writes with OpenSearch's options:
// a header, names that repeat as references, integers as zigzag, text with a length if it is short.

#pragma once

#include <string>
#include <unordered_map>

#include "base/json/writer.h"

namespace base::json {

class SmileWriter final : public Writer {
 public:
  explicit SmileWriter(std::string& out);

  void BeginObject() override { out_.push_back('\xfa'); }
  void EndObject() override { out_.push_back('\xfb'); }
  void BeginArray() override { out_.push_back('\xf8'); }
  void EndArray() override { out_.push_back('\xf9'); }
  void Key(std::string_view key) override;
  void String(std::string_view value) override;
  void Int(std::int64_t value) override;
  void Uint(std::uint64_t value) override;
  void Double(double value) override;
  void Float(float value) override;
  // Integers beyond 64 bits stay whole, fractions become doubles.
  void Number(std::string_view spelling) override;
  void Bool(bool value) override;
  void Null() override;
  void Raw(std::string_view json) override;

 private:
  void Byte(unsigned value) { out_.push_back(static_cast<char>(value)); }
  void Variable(std::uint64_t value);
  // In groups of seven bits, the highest first.
  void Sevens(std::uint64_t value, int groups);
  void Safe(std::string_view bytes);
  void BigInteger(std::string_view digits, bool negative);
  // Writes a reference and returns true if the name has one.
  bool Refer(const std::string& name);
  void Remember(const std::string& name);

  std::string& out_;
  std::unordered_map<std::string, unsigned> seen_;  // names to their places
  unsigned names_ = 0;                              // places taken
};

}  // namespace base::json
