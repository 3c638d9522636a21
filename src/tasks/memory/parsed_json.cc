#include "tasks/memory/parsed_json.h"

#include "tasks/task_context.h"

namespace tasks {

namespace {
constexpr char kLabel[] = "<parse>";
}  // namespace

base::Result<ParsedJson> ParsedJson::Parse(const TaskContext& task, std::string_view text,
                                           base::json::DuplicateKeys duplicate_keys) {
  base::json::ParseOptions options;
  options.duplicate_keys = duplicate_keys;
  options.checkpoint = [&task] { return task.Checkpoint(); };
  return Parse(Reservation(task, Breaker::kRequest, kLabel), Room::kAsk, text, std::move(options));
}

base::Result<ParsedJson> ParsedJson::Parse(MemoryAccount* account, std::string_view text) {
  return Parse(Reservation(account, Breaker::kRequest, kLabel), Room::kAsk, text, {});
}

base::Result<ParsedJson> ParsedJson::ParseAnyway(MemoryAccount* account, std::string_view text,
                                                 base::json::DuplicateKeys duplicate_keys) {
  base::json::ParseOptions options;
  options.duplicate_keys = duplicate_keys;
  return Parse(Reservation(account, Breaker::kRequest, kLabel), Room::kTake, text,
               std::move(options));
}

base::Result<ParsedJson> ParsedJson::Parse(Reservation memory, Room room, std::string_view text,
                                           base::json::ParseOptions options) {
  const auto hold = [&memory, room](std::size_t bytes) {
    const auto held = static_cast<std::int64_t>(bytes);
    if (room == Room::kAsk) return memory.Resize(held);
    memory.Overdraw(held);
    return base::Status();
  };
  options.reserve = hold;
  ASSIGN_OR_RETURN(auto document, base::json::Document::Parse(text, options));
  RETURN_IF_ERROR(hold(document.MemoryBytes()));
  return ParsedJson(std::move(memory), std::move(document));
}

}  // namespace tasks
