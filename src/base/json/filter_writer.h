// base/json/filter_writer.h
//
// `filter_path`: passes on to another writer what the filter lets through. A comma list of dotted
// paths, `*` for one level or part of a name, `**` for any depth, a leading `-` to leave out; both
// kinds may be mixed. Arrays are transparent. A container that lost everything is not written,
// except the outermost object: nothing left is `{}`.
//
// Lifetime: one document; the writer behind it must outlive it. Memory: one frame a level.

#pragma once

#include <memory>
#include <string_view>

#include "base/json/writer.h"

namespace base::json {

class FilterWriter final : public Writer {
 public:
  FilterWriter(Writer& next, std::string_view filter_path);
  ~FilterWriter() override;
  FilterWriter(const FilterWriter&) = delete;
  FilterWriter& operator=(const FilterWriter&) = delete;

  void BeginObject() override { first_->BeginObject(); }
  void EndObject() override { first_->EndObject(); }
  void BeginArray() override { first_->BeginArray(); }
  void EndArray() override { first_->EndArray(); }
  void Key(std::string_view key) override { first_->Key(key); }
  void String(std::string_view value) override { first_->String(value); }
  void Int(std::int64_t value) override { first_->Int(value); }
  void Uint(std::uint64_t value) override { first_->Uint(value); }
  void Double(double value) override { first_->Double(value); }
  void Float(float value) override { first_->Float(value); }
  void Number(std::string_view spelling) override { first_->Number(spelling); }
  void Bool(bool value) override { first_->Bool(value); }
  void Null() override { first_->Null(); }
  void Raw(std::string_view json) override { first_->Raw(json); }

 private:
  class Stage;  // one kind of path: those to keep, or those to leave out

  std::unique_ptr<Stage> excludes_;  // null if there are none
  std::unique_ptr<Stage> includes_;  // null if there are none; passes on to excludes_
  Writer* first_;                    // where events enter
};

}  // namespace base::json
