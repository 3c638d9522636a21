#include "base/json/yaml_writer.h"

#include <algorithm>
#include <array>

#include "base/json/escape.h"
#include "base/json/scalars.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

constexpr std::size_t kWidth = 80;
// A longer key, or one with line breaks, needs the `? key` form.
constexpr std::size_t kSimpleKeyLimit = 128;

struct Char {
  std::uint32_t code;
  std::size_t bytes;
  std::size_t units;  // of UTF-16
};

// The character at the start of valid UTF-8.
Char First(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]) & 0x3Fu; };
  const std::uint32_t lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | byte(1), 2, 1};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | byte(1) << 6 | byte(2), 3, 1};
  return {(lead & 0x07) << 18 | byte(1) << 12 | byte(2) << 6 | byte(3), 4, 2};
}

std::size_t Utf16Length(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) != 0x80;
    units += byte >= 0xF0;
  }
  return units;
}

bool IsPrintable(std::uint32_t c) {
  return (c >= 0x20 && c <= 0x7E) || c == '\n' || c == '\r' || c == '\t' || c == 0x85 ||
         (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
}

bool IsBreak(std::uint32_t c) { return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// What stands for a character in double quotes; empty if it stands for itself.
std::string Escape(std::uint32_t c) {
  struct Named {
    std::uint32_t code;
    char letter;
  };
  constexpr std::array<Named, 16> kNamed{{{0, '0'},
                                          {7, 'a'},
                                          {8, 'b'},
                                          {9, 't'},
                                          {10, 'n'},
                                          {11, 'v'},
                                          {12, 'f'},
                                          {13, 'r'},
                                          {27, 'e'},
                                          {'"', '"'},
                                          {'\\', '\\'},
                                          {0x85, 'N'},
                                          {0xA0, '_'},
                                          {0x2028, 'L'},
                                          {0x2029, 'P'},
                                          {0xFEFF, 0}}};
  for (const Named& named : kNamed) {
    if (named.code == c && named.letter != 0) return {'\\', named.letter};
  }
  if (IsPrintable(c)) return {};
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string escape = c <= 0xFF ? "\\x" : "\\u";
  for (int shift = c <= 0xFF ? 4 : 12; shift >= 0; shift -= 4) {
    escape.push_back(kHex[c >> shift & 15]);
  }
  return escape;
}

// Whether a key would read as something else than text: YAML 1.1's words, and all that may begin a
// number.
bool LooksTyped(std::string_view key) {
  constexpr std::array<std::string_view, 25> kWords = {
      "false", "False", "FALSE", "n",  "N",   "no",  "No",  "NO",  "null",
      "Null",  "NULL",  "on",    "On", "ON",  "off", "Off", "OFF", "true",
      "True",  "TRUE",  "y",     "Y",  "yes", "Yes", "YES"};
  if (key.empty() || key[0] == '~') return true;
  if (std::string_view("0123456789+-.").find(key[0]) != std::string_view::npos) return true;
  return std::find(kWords.begin(), kWords.end(), key) != kWords.end();
}

enum class KeyStyle { kPlain, kSingleQuoted, kDoubleQuoted };

KeyStyle StyleOf(std::string_view key) {
  if (LooksTyped(key)) return KeyStyle::kDoubleQuoted;
  const auto is_blank = [&](std::size_t i) {
    return i >= key.size() || key[i] == ' ' || key[i] == '\t' || key[i] == '\n';
  };
  constexpr std::string_view kIndicators = "#,[]{}&*!|>'\"%@`";
  bool plain =
      key.front() != ' ' && key.back() != ' ' && kIndicators.find(key[0]) == std::string_view::npos;
  for (std::size_t i = 0; i < key.size();) {
    const Char c = First(key.substr(i));
    if (c.code == '\t' || IsBreak(c.code) || !IsPrintable(c.code)) return KeyStyle::kDoubleQuoted;
    if (c.code == ':' && is_blank(i + 1)) plain = false;
    if (c.code == '?' && i == 0 && is_blank(1)) plain = false;
    if (c.code == '#' && i > 0 && is_blank(i - 1)) plain = false;
    i += c.bytes;
  }
  return plain ? KeyStyle::kPlain : KeyStyle::kSingleQuoted;
}

bool HasBreak(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Char c = First(text.substr(i));
    if (IsBreak(c.code)) return true;
    i += c.bytes;
  }
  return false;
}

}  // namespace

void YamlWriter::Put(std::string_view text) {
  out_ += text;
  column_ += Utf16Length(text);
}

void YamlWriter::NewLine(std::size_t indent) {
  out_.push_back('\n');
  out_.append(indent, ' ');
  column_ = indent;
}

void YamlWriter::StartEntry() {
  Level& level = levels_.back();
  if (level.empty && level.inline_first) {
    Put(" ");
  } else {
    NewLine(level.indent);
  }
  level.empty = false;
}

void YamlWriter::StartValue() {
  if (levels_.empty()) {
    column_ = 0;
    Put("---");
  } else if (levels_.back().kind == Kind::kArray) {
    StartEntry();
    Put("-");
  }
}

void YamlWriter::EndOfValue() {
  complex_key_ = false;
  if (levels_.empty()) out_.push_back('\n');
}

void YamlWriter::Begin(Kind kind) {
  StartValue();
  if (levels_.empty()) {
    levels_.push_back({kind, false, true, 0});
    return;
  }
  const Level& parent = levels_.back();
  const bool inline_first = parent.kind == Kind::kArray || complex_key_;
  // An array below a key stands as far left as the key.
  const std::size_t further = inline_first || kind == Kind::kObject ? 2 : 0;
  levels_.push_back({kind, inline_first, true, parent.indent + further});
  complex_key_ = false;
}

void YamlWriter::End(std::string_view if_empty) {
  if (levels_.back().empty) {
    Put(" ");
    Put(if_empty);
  }
  levels_.pop_back();
  EndOfValue();
}

void YamlWriter::Key(std::string_view key) {
  std::string valid;
  if (!IsValidUtf8(key)) {
    AppendValidUtf8(valid, key);
    key = valid;
  }
  StartEntry();
  complex_key_ = key.empty() || Utf16Length(key) >= kSimpleKeyLimit || HasBreak(key);
  if (complex_key_) Put("? ");
  switch (StyleOf(key)) {
    case KeyStyle::kPlain:
      Put(key);
      break;
    case KeyStyle::kSingleQuoted:
      Put("'");
      for (const char& c : key) {
        Put({&c, 1});
        if (c == '\'') Put("'");
      }
      Put("'");
      break;
    case KeyStyle::kDoubleQuoted:
      PutDoubleQuoted(key, false);
      break;
  }
  if (complex_key_) NewLine(levels_.back().indent);
  Put(":");
}

void YamlWriter::PutDoubleQuoted(std::string_view text, bool fold) {
  const std::size_t indent = levels_.empty() ? 2 : levels_.back().indent + 2;
  Put("\"");
  std::size_t start = 0;  // of the run not yet written
  for (std::size_t end = 0; end <= text.size();) {
    Char c{0, 1, 0};
    const bool at_end = end == text.size();
    if (!at_end) c = First(text.substr(end));
    const std::size_t next = end + c.bytes;
    if (at_end || c.code < 0x20 || c.code > 0x7E || c.code == '"' || c.code == '\\') {
      Put(text.substr(start, end - start));
      start = end;
      if (!at_end) {
        const std::string escape = Escape(c.code);
        Put(escape.empty() ? text.substr(end, c.bytes) : escape);
        start = next;
      }
    }
    // A full line is folded before a blank and between what had to be escaped and what follows it.
    // Right behind an escape OpenSearch's count is one short.
    const bool may_fold = fold && end > 0 && next < text.size() && (c.code == ' ' || start >= end);
    const std::size_t column = start > end ? column_ - 1 : column_ + (end - start);
    if (may_fold && column > kWidth) {
      if (start < end) {
        Put(text.substr(start, end - start));
        start = end;
      }
      Put("\\");
      NewLine(indent);
      if (text[start] == ' ') Put("\\");
    }
    end = next;
  }
  Put("\"");
}

void YamlWriter::String(std::string_view value) {
  std::string valid;
  if (!IsValidUtf8(value)) {
    AppendValidUtf8(valid, value);
    value = valid;
  }
  StartValue();
  Put(" ");
  PutDoubleQuoted(value, true);
  EndOfValue();
}

void YamlWriter::Plain(std::string_view spelling) {
  StartValue();
  Put(" ");
  Put(spelling);
  EndOfValue();
}

void YamlWriter::Int(std::int64_t value) {
  std::string text;
  AppendInt(text, value);
  Plain(text);
}

void YamlWriter::Uint(std::uint64_t value) {
  std::string text;
  AppendUint(text, value);
  Plain(text);
}

void YamlWriter::Double(double value) {
  std::string text;
  AppendDoubleOrQuoted(text, value);
  Plain(text);
}

void YamlWriter::Float(float value) {
  std::string text;
  AppendFloatOrQuoted(text, value);
  Plain(text);
}

void YamlWriter::Bool(bool value) { Plain(BoolText(value)); }

void YamlWriter::Raw(std::string_view json) { Replay(json, *this); }

}  // namespace base::json
