// tasks/memory/parsed_json.h
//
// A body as a tree whose memory is reserved, while it is parsed and as long as it lives: ten times
// to forty times the text, where that has many small values. A stop of the task ends the parsing.
//
// Lifetime: may outlive the task. Threads: one at a time, as base::json::Document.

#pragma once

#include "base/json/tree.h"
#include "tasks/memory/reservation.h"

namespace tasks {

class ParsedJson {
 public:
  // Errors are Document::Parse()'s, the stop's, and 429 if there is no room for it.
  static base::Result<ParsedJson> Parse(
      const TaskContext& task, std::string_view text,
      base::json::DuplicateKeys duplicate_keys = base::json::DuplicateKeys::kError);
  // The same of what is kept, for no task: only a lack of room ends the parsing. `account` may be
  // null.
  static base::Result<ParsedJson> Parse(MemoryAccount* account, std::string_view text);
  // The same of what must be told, as after a write: it is others who then find no room.
  static base::Result<ParsedJson> ParseAnyway(
      MemoryAccount* account, std::string_view text,
      base::json::DuplicateKeys duplicate_keys = base::json::DuplicateKeys::kError);

  const base::json::Value& root() const { return document_.root(); }
  base::json::Document& document() { return document_; }
  const base::json::Document& document() const { return document_; }

 private:
  enum class Room : bool { kAsk, kTake };
  static base::Result<ParsedJson> Parse(Reservation memory, Room room, std::string_view text,
                                        base::json::ParseOptions options);
  ParsedJson(Reservation memory, base::json::Document document)
      : memory_(std::move(memory)), document_(std::move(document)) {}

  Reservation memory_;
  base::json::Document document_;
};

}  // namespace tasks
