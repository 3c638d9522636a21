// base/json/yaml_writer.h
//
// YAML as OpenSearch's `format=yaml` spells it: `---`, block style, strings always in double
// quotes, keys plain where YAML allows it, `{}` and `[]` for what is empty.

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
  void Number(std::string_view spelling) override;
  void Bool(bool value) override;
  void Null() override;
  void Raw(std::string_view json) override;

 private:
  enum class Kind : std::uint8_t { kObject, kArray };
  struct Level {
    Kind kind;
    bool empty;
    std::size_t indent;  // of its keys or dashes
  };

  void Begin(Kind kind);
  void End(std::string_view if_empty);
  // Starts the line of a key or dash, or stays on it after one.
  void StartEntry(Level& level);
  void StartValue();
  void Scalar(std::string_view spelling);

  std::string& out_;
  std::vector<Level> levels_;
  // On a line that a dash has opened: the first key of an object in an array stays on it.
  bool after_dash_ = false;
};

}  // namespace base::json
