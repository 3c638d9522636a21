#include "cluster/index/date_math_name.h"

#include <algorithm>
#include <utility>

#include "cluster/internal/date_math.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;

Status BadName(std::string_view text, const std::string& why) {
  return base::ParseError("invalid dynamic name expression [" + std::string(text) + "]. " + why);
}

// `now/d` or `now/d{yyyy|+01:00}`, without its braces.
Result<std::string> ResolvePlaceholder(const std::string& text, std::int64_t now_millis) {
  const std::size_t brace = text.find('{');
  std::string pattern = "uuuu.MM.dd";
  std::int64_t offset_seconds = 0;
  if (brace != std::string::npos) {
    if (!text.ends_with('}')) return BadName(text, "missing closing `}` for date math format");
    if (brace + 2 == text.size()) return BadName(text, "missing date format");
    pattern = text.substr(brace + 1, text.size() - brace - 2);
    if (const std::size_t bar = pattern.find('|'); bar != std::string::npos) {
      ASSIGN_OR_RETURN(offset_seconds, ParseZoneOffset(std::string_view(pattern).substr(bar + 1)));
      pattern.resize(bar);
    }
  }
  const std::string_view math = std::string_view(text).substr(0, std::min(brace, text.size()));
  ASSIGN_OR_RETURN(const std::int64_t millis,
                   EvaluateDateMath(math, pattern, now_millis, offset_seconds));
  return FormatDate(pattern, millis, offset_seconds);
}

// Reads an expression from its first to its last bracket.
class NameReader {
 public:
  NameReader(std::string_view expression, std::int64_t now_millis)
      : expression_(expression), now_millis_(now_millis) {}

  Result<std::string> Read() {
    for (at_ = 1; at_ + 1 < expression_.size(); ++at_) {
      const char c = expression_[at_];
      const bool escaped = std::exchange(escape_, false);
      if (c == '\\') {
        if (escaped) name_ += c;
        escape_ = !escaped;
      } else if (inside_) {
        RETURN_IF_ERROR(ReadInside(c, escaped));
      } else if (c == '{' && !escaped) {
        inside_ = true;
      } else if (c == '}' && !escaped) {
        return BadName(expression_.substr(1),
                       "invalid character at position [" + std::to_string(at_) +
                           "]. `{` and `}` are reserved characters and should be escaped when used "
                           "as part of the index name using `\\` (e.g. `\\{text\\}`)");
      } else {
        name_ += c;
      }
    }
    if (inside_) return BadName(expression_.substr(1), "date math placeholder is open ended");
    if (name_.empty()) return base::ParseError("nothing captured");
    return name_;
  }

 private:
  Status ReadInside(char c, bool escaped) {
    const bool literal = c != '{' && c != '}';
    if (literal || (in_format_ && escaped)) {
      placeholder_ += c;
    } else if (c == '{') {
      if (in_format_) {
        return BadName(expression_.substr(1), "invalid character in placeholder at position [" +
                                                  std::to_string(at_) + "]");
      }
      in_format_ = true;
      placeholder_ += c;
    } else if (in_format_) {
      in_format_ = false;
      placeholder_ += c;
    } else {
      ASSIGN_OR_RETURN(const std::string date, ResolvePlaceholder(placeholder_, now_millis_));
      name_ += date;
      placeholder_.clear();
      inside_ = false;
    }
    return {};
  }

  const std::string_view expression_;
  const std::int64_t now_millis_;
  std::size_t at_ = 0;
  bool escape_ = false;     // the next character is meant as it is
  bool inside_ = false;     // a placeholder
  bool in_format_ = false;  // a placeholder's pattern
  std::string placeholder_;
  std::string name_;
};

}  // namespace

Result<std::string> ResolveDateMathName(std::string_view name, std::int64_t now_millis) {
  if (!IsDateMathName(name) || name.size() < 2) return std::string(name);
  return NameReader(name, now_millis).Read();
}

}  // namespace cluster
