#include "engine/mapping/json_tokens.h"

#include <algorithm>

#include "base/json/tree.h"

namespace engine {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

std::string_view NameOf(Token token) {
  switch (token) {
    case Token::kStartObject:
      return "START_OBJECT";
    case Token::kEndObject:
      return "END_OBJECT";
    case Token::kStartArray:
      return "START_ARRAY";
    case Token::kEndArray:
      return "END_ARRAY";
    case Token::kFieldName:
      return "FIELD_NAME";
    case Token::kString:
      return "VALUE_STRING";
    case Token::kNumber:
      return "VALUE_NUMBER";
    case Token::kBool:
      return "VALUE_BOOLEAN";
    default:
      return "VALUE_NULL";
  }
}

Token JsonTokens::Next() {
  offset_ = std::min(text_.find_first_not_of(" \t\r\n,:", next_), text_.size());
  if (offset_ == text_.size()) return current_ = Token::kEnd;
  next_ = offset_ + 1;
  switch (text_[offset_]) {
    case '{':
      return current_ = Token::kStartObject;
    case '}':
      return current_ = Token::kEndObject;
    case '[':
      return current_ = Token::kStartArray;
    case ']':
      return current_ = Token::kEndArray;
    case '"':
      TakeString();
      return current_;
    default:
      break;
  }
  next_ = std::min(text_.find_first_of(" \t\r\n,]}", offset_), text_.size());
  raw_ = text_.substr(offset_, next_ - offset_);
  const char first = raw_.front();
  return current_ = first == 't' || first == 'f' ? Token::kBool
                    : first == 'n'               ? Token::kNull
                                                 : Token::kNumber;
}

void JsonTokens::TakeString() {
  while (next_ < text_.size() && text_[next_] != '"') next_ += text_[next_] == '\\' ? 2 : 1;
  next_ = std::min(next_ + 1, text_.size());
  raw_ = text_.substr(offset_, next_ - offset_);
  const std::size_t behind = text_.find_first_not_of(kBlank, next_);
  const bool named = behind != std::string_view::npos && text_[behind] == ':';
  current_ = named ? Token::kFieldName : Token::kString;
}

std::string JsonTokens::Text() const {
  if (current_ == Token::kNumber) return std::string(raw_);
  const auto string = base::json::Document::Parse(raw_);
  return string.ok() ? std::string(string->root().text()) : std::string();
}

void JsonTokens::SkipChildren() {
  if (current_ != Token::kStartObject && current_ != Token::kStartArray) return;
  std::size_t open = 1;
  while (open > 0 && Next() != Token::kEnd) {
    if (current_ == Token::kStartObject || current_ == Token::kStartArray) ++open;
    if (current_ == Token::kEndObject || current_ == Token::kEndArray) --open;
  }
}

}  // namespace engine
