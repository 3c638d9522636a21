#include "base/json/diagnose.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "base/json/escape.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

constexpr std::string_view kValues =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsWordByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Diagnosis {
 public:
  Diagnosis(std::string_view text, const ParseOptions& options) : text_(text), options_(options) {}

  // Goes through the text with a stack of its own: it may be nested deeper than ours is deep.
  Status Run() {
    RETURN_IF_ERROR(Value());
    while (!open_.empty()) RETURN_IF_ERROR(Step());
    SkipSpace();
    if (at_ == text_.size()) return {};
    if (text_[at_] == '}' || text_[at_] == ']') return WrongClose();
    return Fail(Unexpected() + ": expected the end of the text");
  }

 private:
  struct Container {
    bool object;
    std::size_t start;
    bool empty = true;
    std::unordered_set<std::string> keys = {};
  };

  Status Fail(std::string reason) const { return FailAt(std::move(reason), at_); }
  Status FailAt(std::string reason, std::size_t offset) const {
    return ErrorAt("json_parse_exception", std::move(reason), text_, offset);
  }
  Status Eof(std::string_view where) const {
    return ErrorAt("json_e_o_f_exception", "Unexpected end-of-input" + std::string(where), text_,
                   text_.size());
  }
  Status EofInContainer() const {
    const Container& inner = open_.back();
    const Location start = Locate(text_, inner.start);
    std::string reason = inner.object ? "Object" : "Array";
    reason = ": expected close marker for " + reason + " (start marker at [line: ";
    reason += std::to_string(start.line) + ", column: " + std::to_string(start.column) + "])";
    return Eof(reason);
  }

  // "'x' (code 120)", of the character at at_.
  std::string Named() const {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte < 0x20) return "(CTRL-CHAR, code " + std::to_string(byte) + ")";
    const int length = Utf8CharLength(text_.substr(at_));
    std::uint32_t code = byte;
    if (length > 1) {
      code &= 0xFFu >> (length + 1);
      for (int i = 1; i < length; ++i) code = code << 6 | (text_[at_ + i] & 0x3F);
    }
    return "'" + std::string(text_.substr(at_, std::max(length, 1))) + "' (code " +
           std::to_string(code) + ")";
  }
  std::string Unexpected() const { return "Unexpected character (" + Named() + ")"; }

  Status WrongClose() const {
    std::string reason = "Unexpected close marker '";
    reason += text_[at_];
    if (open_.empty()) return Fail(reason + "': there is nothing to close");
    const Container& inner = open_.back();
    const Location start = Locate(text_, inner.start);
    reason += inner.object ? "': expected '}' (for Object" : "': expected ']' (for Array";
    reason += " starting at [line: " + std::to_string(start.line);
    return Fail(reason + ", column: " + std::to_string(start.column) + "])");
  }

  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  bool Done() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }

  // The next entry of the innermost container, or its end.
  Status Step() {
    Container& inner = open_.back();
    SkipSpace();
    if (Done()) return EofInContainer();
    if (Peek() == (inner.object ? '}' : ']')) {
      ++at_;
      open_.pop_back();
      return {};
    }
    if (!inner.empty) {
      if (Peek() == '}' || Peek() == ']') return WrongClose();
      if (Peek() != ',') {
        return Fail(Unexpected() + ": was expecting comma to separate " +
                    (inner.object ? "Object" : "Array") + " entries");
      }
      ++at_;
      SkipSpace();
      if (Done()) return Eof(" within/between " + Kind(inner) + " entries");
      if (!inner.object && Peek() == ']') return Fail(Unexpected() + ": expected a value");
    }
    inner.empty = false;
    if (inner.object) RETURN_IF_ERROR(Name());
    return Value();
  }

  static std::string Kind(const Container& inner) { return inner.object ? "Object" : "Array"; }

  Status Name() {
    const std::size_t start = at_;
    if (Peek() != '"') {
      return Fail(Unexpected() + ": was expecting double-quote to start field name");
    }
    std::string name;
    RETURN_IF_ERROR(Text(" in field name", name));
    if (!open_.back().keys.insert(name).second &&
        options_.duplicate_keys == DuplicateKeys::kError) {
      return FailAt("Duplicate field '" + name + "'", start);
    }
    SkipSpace();
    if (Done()) return Eof(" within/between Object entries");
    if (Peek() != ':') {
      return Fail(Unexpected() + ": was expecting a colon to separate field name and value");
    }
    ++at_;
    SkipSpace();
    if (Done()) return Eof(" within/between Object entries");
    return {};
  }

  Status Value() {
    SkipSpace();
    if (Done()) return Eof("");
    const char c = Peek();
    if (c == '{' || c == '[') {
      if (open_.size() == options_.max_depth) return FailTooDeep();
      open_.push_back({c == '{', at_++});
      return {};
    }
    if (c == '"') {
      std::string ignored;
      return Text(" in VALUE_STRING", ignored);
    }
    if (c == '-' || IsDigit(c)) return Number();
    if (IsWordByte(c)) return Word();
    if (c == ',' || c == '}' || c == ']') return Fail(Unexpected() + ": expected a value");
    return Fail(Unexpected() + ": expected a valid value " + std::string(kValues));
  }

  Status FailTooDeep() const {
    return Fail("Document nesting depth (" + std::to_string(options_.max_depth + 1) +
                ") exceeds the maximum allowed (" + std::to_string(options_.max_depth) + ")");
  }

  Status Word() {
    const std::size_t start = at_;
    while (!Done() && IsWordByte(Peek())) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word == "true" || word == "false" || word == "null") return {};
    return FailAt("Unrecognized token '" + std::string(word.substr(0, 256)) + "': was expecting " +
                      std::string(kValues),
                  start);
  }

  Status Digits(std::string_view otherwise) {
    if (Done()) return Eof(" in numeric value");
    if (!IsDigit(Peek()))
      return Fail(Unexpected() + " in numeric value: " + std::string(otherwise));
    while (!Done() && IsDigit(Peek())) ++at_;
    return {};
  }

  Status Number() {
    if (Peek() == '-') ++at_;
    const std::size_t first = at_;
    RETURN_IF_ERROR(Digits("expected digit (0-9) to follow minus sign, for valid numeric value"));
    if (text_[first] == '0' && at_ - first > 1) {
      return FailAt("Invalid numeric value: Leading zeroes not allowed", first);
    }
    if (!Done() && Peek() == '.') {
      ++at_;
      RETURN_IF_ERROR(Digits("Decimal point not followed by a digit"));
    }
    if (!Done() && (Peek() == 'e' || Peek() == 'E')) {
      ++at_;
      if (!Done() && (Peek() == '+' || Peek() == '-')) ++at_;
      RETURN_IF_ERROR(Digits("Exponent indicator not followed by a digit"));
    }
    return {};
  }

  // From quote to quote.
  Status Text(std::string_view where, std::string& content) {
    const std::size_t start = ++at_;
    for (; !Done() && Peek() != '"'; ++at_) {
      const auto byte = static_cast<unsigned char>(Peek());
      if (byte < 0x20) {
        return Fail("Illegal unquoted character ((CTRL-CHAR, code " + std::to_string(byte) +
                    ")): has to be escaped using backslash to be included in "
                    "string value");
      }
      if (byte == '\\') RETURN_IF_ERROR(EscapeAt());
      if (byte >= 0x80) {
        const int length = Utf8CharLength(text_.substr(at_));
        if (length == 0) return Fail("Invalid UTF-8");
        at_ += length - 1;
      }
    }
    if (Done()) return Eof(where);
    content.resize(at_ - start);
    std::size_t length = 0;
    Unescape(text_.substr(start, at_ - start), content.data(), length);
    content.resize(length);
    ++at_;
    return {};
  }

  // Leaves at_ on the escape's last character.
  Status EscapeAt() {
    ++at_;
    if (Done()) return Eof(" in character escape sequence");
    if (Peek() != 'u') {
      if (std::string_view("\"\\/bfnrt").find(Peek()) != std::string_view::npos) return {};
      return Fail("Unrecognized character escape " + Named());
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (Done()) return Eof(" in character escape sequence");
      if (!IsDigit(Peek()) && !((Peek() | 0x20) >= 'a' && (Peek() | 0x20) <= 'f')) {
        return Fail(Unexpected() + ": expected a hex-digit for character escape sequence");
      }
    }
    return {};
  }

  const std::string_view text_;
  const ParseOptions& options_;
  std::size_t at_ = 0;
  std::vector<Container> open_;
};

}  // namespace

Status ErrorAt(std::string_view type, std::string reason, std::string_view text,
               std::size_t offset) {
  const Location at = Locate(text, offset);
  reason += "\n at [Source: (request body); line: " + std::to_string(at.line);
  reason += ", column: " + std::to_string(at.column) + "]";
  return Status(400, type, std::move(reason));
}

Status ParsingError(std::string reason, std::string_view text, std::size_t offset) {
  const Location at = Locate(text, offset);
  return Status(400, "parsing_exception", std::move(reason))
      .With("line", std::to_string(at.line), true)
      .With("col", std::to_string(at.column), true);
}

std::string_view FirstToken(const Value& value) {
  switch (value.type()) {
    case Value::Type::kNull:
      return "VALUE_NULL";
    case Value::Type::kBool:
      return "VALUE_BOOLEAN";
    case Value::Type::kNumber:
      return "VALUE_NUMBER";
    case Value::Type::kString:
      return "VALUE_STRING";
    case Value::Type::kArray:
      return "START_ARRAY";
    case Value::Type::kObject:
      return "START_OBJECT";
  }
  return "";
}

Status Diagnose(std::string_view text, const ParseOptions& options) {
  return Diagnosis(text, options).Run();
}

}  // namespace base::json
