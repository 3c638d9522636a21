#include "base/json/compact_writer.h"

#include <cmath>

#include "base/json/escape.h"
#include "base/json/scalars.h"
#include "base/text/numbers.h"

namespace base::json {

void CompactWriter::BeginObject() {
  Separate();
  out_.push_back('{');
  comma_ = false;
}

void CompactWriter::EndObject() {
  out_.push_back('}');
  comma_ = true;
}

void CompactWriter::BeginArray() {
  Separate();
  out_.push_back('[');
  comma_ = false;
}

void CompactWriter::EndArray() {
  out_.push_back(']');
  comma_ = true;
}

void CompactWriter::Key(std::string_view key) {
  if (comma_) out_.push_back(',');
  AppendQuoted(out_, key);
  out_.push_back(':');
  comma_ = false;
}

void CompactWriter::String(std::string_view value) {
  Separate();
  AppendQuoted(out_, value);
}

void CompactWriter::Int(std::int64_t value) {
  Separate();
  AppendInt(out_, value);
}

void CompactWriter::Uint(std::uint64_t value) {
  Separate();
  AppendUint(out_, value);
}

void CompactWriter::Double(double value) {
  Separate();
  AppendDoubleOrQuoted(out_, value);
}

void CompactWriter::Float(float value) {
  Separate();
  AppendFloatOrQuoted(out_, value);
}

void CompactWriter::Number(std::string_view spelling) {
  Separate();
  out_ += spelling;
}

void CompactWriter::Bool(bool value) {
  Separate();
  out_ += BoolText(value);
}

void CompactWriter::Null() {
  Separate();
  out_ += "null";
}

void CompactWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
}

}  // namespace base::json
