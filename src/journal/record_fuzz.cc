// Whatever the bytes, parsing neither crashes nor reads outside them, and what it accepts is
// written the same way again.

#include <cstdlib>

#include "journal/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto op = journal::ParseOperation(7, bytes); op.ok()) {
    std::string again;
    journal::AppendOperation(*op, again);
    const auto reread = journal::ParseOperation(7, again);
    if (!reread.ok() || reread->id != op->id || reread->source != op->source) std::abort();
  }
  if (const auto head = journal::ParseHead(bytes); head.ok()) {
    const auto reread = journal::ParseHead(journal::EncodeHead(*head));
    if (!reread.ok() || !(*reread == *head)) std::abort();
  }
  return 0;
}
