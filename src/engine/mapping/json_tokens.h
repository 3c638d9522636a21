// engine/mapping/json_tokens.h
//
// The tokens of a JSON text that is known to be well-formed, one after the other and with their
// places, for values that are checked by the order in which OpenSearch's parser meets them.
//
// Lifetime: points into the text. Threads: one.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace engine {

enum class Token {
  kStartObject,
  kEndObject,
  kStartArray,
  kEndArray,
  kFieldName,
  kString,
  kNumber,
  kBool,
  kNull,
  kEnd  // of the text
};

// START_OBJECT, VALUE_NUMBER, …
std::string_view NameOf(Token token);

class JsonTokens {
 public:
  // `begin`: where the first token is looked for.
  JsonTokens(std::string_view text, std::size_t begin) : text_(text), next_(begin) {}

  Token Next();
  Token current() const { return current_; }
  // Where the current token begins.
  std::size_t offset() const { return offset_; }
  // Of a number its spelling, of a string or a name its content.
  std::string Text() const;
  // Moves to the end of the object or array that the current token opens, if it opens one.
  void SkipChildren();

 private:
  void TakeString();

  const std::string_view text_;
  std::size_t next_;
  std::size_t offset_ = 0;
  std::string_view raw_;  // of a scalar
  Token current_ = Token::kEnd;
};

}  // namespace engine
