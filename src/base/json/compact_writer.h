// base/json/compact_writer.h
//
// JSON without a blank: `{"took":3,"errors":false}`. The fast path of every answer.

#pragma once

#include <string>

#include "base/json/writer.h"

namespace base::json {

class CompactWriter final : public Writer {
 public:
  explicit CompactWriter(std::string& out) : out_(out) {}

  void BeginObject() override;
  void EndObject() override;
  void BeginArray() override;
  void EndArray() override;
  void Key(std::string_view key) override;
  void String(std::string_view value) override;
  void Int(std::int64_t value) override;
  void Uint(std::uint64_t value) override;
  void Double(double value) override;
  void Float(float value) override;
  void Number(std::string_view spelling) override;
  void Bool(bool value) override;
  void Null() override;
  void Raw(std::string_view json) override;

 private:
  void Separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;  // whether the next key or element follows another one
};

}  // namespace base::json
