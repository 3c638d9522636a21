// base/json/pretty_writer.h
//
// JSON for people, spelled as OpenSearch's `?pretty`: two blanks a level, `"key" : value`, `{ }`
// and `[ ]` for what is empty, a newline at the end of the document.

#pragma once

#include <string>

#include "base/json/writer.h"

namespace base::json {

class PrettyWriter final : public Writer {
 public:
  explicit PrettyWriter(std::string& out) : out_(out) {}

  void BeginObject() override { Begin('{'); }
  void EndObject() override { End('}'); }
  void BeginArray() override { Begin('['); }
  void EndArray() override { End(']'); }
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
  void Begin(char bracket);
  void End(char bracket);
  // Puts what stands between this value or key and the one before it.
  void Separate();
  void EndOfValue();

  std::string& out_;
  std::size_t depth_ = 0;
  bool first_ = true;  // nothing stands in this container yet
  bool after_key_ = false;
};

}  // namespace base::json
