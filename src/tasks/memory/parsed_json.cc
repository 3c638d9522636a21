#include "tasks/memory/parsed_json.h"

#include "tasks/task_context.h"

namespace tasks {

base::Result<ParsedJson> ParsedJson::Parse(const TaskContext& task, std::string_view text,
                                           base::json::DuplicateKeys duplicate_keys) {
  base::json::ParseOptions options;
  options.duplicate_keys = duplicate_keys;
  options.checkpoint = [&task] { return task.Checkpoint(); };
  return Parse(Reservation(task, Breaker::kRequest, "<parse>"), text, std::move(options));
}

base::Result<ParsedJson> ParsedJson::Parse(MemoryAccount* account, std::string_view text) {
  return Parse(Reservation(account, Breaker::kRequest, "<parse>"), text, {});
}

base::Result<ParsedJson> ParsedJson::Parse(Reservation memory, std::string_view text,
                                           base::json::ParseOptions options) {
  options.reserve = [&memory](std::size_t bytes) {
    return memory.Resize(static_cast<std::int64_t>(bytes));
  };
  ASSIGN_OR_RETURN(auto document, base::json::Document::Parse(text, options));
  RETURN_IF_ERROR(memory.Resize(static_cast<std::int64_t>(document.MemoryBytes())));
  return ParsedJson(std::move(memory), std::move(document));
}

}  // namespace tasks
