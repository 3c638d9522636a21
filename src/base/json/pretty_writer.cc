#include "base/json/pretty_writer.h"

#include "base/json/escape.h"
#include "base/json/scalars.h"
#include "base/text/numbers.h"

namespace base::json {

void PrettyWriter::Separate() {
  if (after_key_ || depth_ == 0) {
    after_key_ = false;
    return;
  }
  out_ += first_ ? "\n" : ",\n";
  out_.append(2 * depth_, ' ');
  first_ = false;
}

void PrettyWriter::EndOfValue() {
  if (depth_ == 0) out_.push_back('\n');
}

void PrettyWriter::Begin(char bracket) {
  Separate();
  out_.push_back(bracket);
  ++depth_;
  first_ = true;
}

void PrettyWriter::End(char bracket) {
  --depth_;
  if (first_) {
    out_.push_back(' ');
  } else {
    out_.push_back('\n');
    out_.append(2 * depth_, ' ');
  }
  out_.push_back(bracket);
  first_ = false;
  EndOfValue();
}

void PrettyWriter::Key(std::string_view key) {
  Separate();
  AppendQuoted(out_, key);
  out_ += " : ";
  after_key_ = true;
}

void PrettyWriter::String(std::string_view value) {
  Separate();
  AppendQuoted(out_, value);
  EndOfValue();
}

void PrettyWriter::Int(std::int64_t value) {
  Separate();
  AppendInt(out_, value);
  EndOfValue();
}

void PrettyWriter::Uint(std::uint64_t value) {
  Separate();
  AppendUint(out_, value);
  EndOfValue();
}

void PrettyWriter::Double(double value) {
  Separate();
  AppendDoubleOrQuoted(out_, value);
  EndOfValue();
}

void PrettyWriter::Float(float value) {
  Separate();
  AppendFloatOrQuoted(out_, value);
  EndOfValue();
}

void PrettyWriter::Number(std::string_view spelling) {
  Separate();
  out_ += spelling;
  EndOfValue();
}

void PrettyWriter::Bool(bool value) { Number(BoolText(value)); }

void PrettyWriter::Null() { Number("null"); }

void PrettyWriter::Raw(std::string_view json) { Replay(json, *this); }

}  // namespace base::json
