#include "actions/bulk/ndjson_parser.h"

#include <cstring>

#include "base/text/strings.h"

namespace actions::bulk {

using base::IllegalArgument;
using base::Status;

Status NdjsonParser::Feed(std::string_view piece) {
  if (position_ + piece.size() > kMaxBody) {
    return Status(413, "content_too_long_exception", "a bulk body may have at most 4gb");
  }
  body_.bytes().Append(piece);
  while (!piece.empty()) {
    const void* const newline = std::memchr(piece.data(), '\n', piece.size());
    const std::size_t length =
        newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - piece.data())
                : piece.size();
    const std::string_view part = piece.substr(0, length);
    if (!in_document_ && carry_.size() + length > kMaxActionLine) {
      return IllegalArgument("Malformed action/metadata line [" + std::to_string(lines_ + 1) +
                             "], it is longer than [1mb]");
    }
    if (length > 0) after_return_ = part.back() == '\r';
    if (position_ == line_begin_ + mark_ && mark_ < base::kByteOrderMark.size()) CountMark(part);
    if (!newline) {
      if (!in_document_) carry_.append(part);
      position_ += length;
      return {};
    }
    if (in_document_) {
      EndDocument(position_ + length, after_return_);
    } else {
      const bool carried = !carry_.empty();
      if (carried) carry_.append(part);
      RETURN_IF_ERROR(EndActionLine(carried ? std::string_view(carry_) : part));
      if (carried) carry_ = std::string();
    }
    ++lines_;
    after_return_ = false;
    mark_ = 0;
    position_ += length + 1;
    line_begin_ = position_;
    piece.remove_prefix(length + 1);
  }
  return {};
}

// All of the line so far is a byte order mark, or the beginning of one.
void NdjsonParser::CountMark(std::string_view part) {
  for (const char c : part.substr(0, base::kByteOrderMark.size() - mark_)) {
    if (c != base::kByteOrderMark[mark_]) break;
    ++mark_;
  }
}

Status NdjsonParser::EndActionLine(std::string_view line) {
  const std::size_t skipped = base::HasByteOrderMark(line) ? base::kByteOrderMark.size() : 0;
  line.remove_prefix(skipped);
  ASSIGN_OR_RETURN(const std::optional<ActionLine> action, ParseActionLine(line, lines_ + 1));
  if (!action) return {};
  in_document_ = action->type != engine::OpType::kDelete;
  return body_.Add(*action, line_begin_ + skipped, params_);
}

void NdjsonParser::EndDocument(std::uint64_t end, bool after_return) {
  in_document_ = false;
  std::uint64_t begin = line_begin_;
  if (after_return) --end;
  if (mark_ == base::kByteOrderMark.size() && end - begin > mark_) begin += mark_;
  body_.SetDocument(begin, end - begin);
}

Status NdjsonParser::Finish() {
  if (position_ == 0) return base::ParseError("request body is required");
  if (position_ != line_begin_) {
    return IllegalArgument("The bulk request must be terminated by a newline [\\n]");
  }
  if (in_document_) body_.DropLast();  // an action without its document is none
  return {};
}

}  // namespace actions::bulk
