// base/json/yaml_writer.h
//
// YAML as OpenSearch's `format=yaml` spells it: `---`, block style, strings always in double quotes
// and folded at 80 columns, keys plain where YAML allows it, `{}` and `[]` for what is empty.

#pragma once

#include <string>
#include <vector>

#include "base/json/writer.h"

namespace base::json {

class YamlWriter final : public Writer {
 public:
  explicit YamlWriter(std::string& out) : out_(out) {}

  void BeginObject() override { Begin(Kind::kObject); }
  void EndObject() override { End("{}"); }
  void BeginArray() override { Begin(Kind::kArray); }
  void EndArray() override { End("[]"); }
  void Key(std::string_view key) override;
  void String(std::string_view value) override;
  void Int(std::int64_t value) override;
  void Uint(std::uint64_t value) override;
  void Double(double value) override;
  void Float(float value) override;
  void Number(std::string_view spelling) override { Plain(spelling); }
  void Bool(bool value) override;
  void Null() override { Plain("null"); }
  void Raw(std::string_view json) override;

 private:
  enum class Kind : std::uint8_t { kObject, kArray };
  struct Level {
    Kind kind;
    bool inline_first;  // the first entry stands on the line of the dash before it
    bool empty;
    std::size_t indent;  // of its keys or dashes
  };

  void Begin(Kind kind);
  void End(std::string_view if_empty);
  // Goes to where the next key or dash stands.
  void StartEntry();
  // Goes to where a value may follow, which is just before a blank.
  void StartValue();
  void EndOfValue();
  void Plain(std::string_view spelling);
  void NewLine(std::size_t indent);
  void Put(std::string_view text);
  void PutDoubleQuoted(std::string_view text, bool fold);

  std::string& out_;
  std::vector<Level> levels_;
  std::size_t column_ = 0;    // in UTF-16 units, because that is what the folding counts
  bool complex_key_ = false;  // the value belongs to a key that was written as `? key`
};

}  // namespace base::json
