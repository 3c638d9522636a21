// Feeds the parser of bulk bodies with anything, in pieces of a size that the input chooses too.

#include <cstdlib>

#include "actions/bulk/ndjson_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace actions::bulk;
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const SpillBuffer::Options options;
  BulkParams params;
  if (data[0] % 2 == 0) params.index = "src";
  Body body(options);
  NdjsonParser parser(body, params);
  base::Status status;
  for (std::size_t i = 0; i < text.size() && status.ok(); i += step) {
    status = parser.Feed(text.substr(i, step));
  }
  if (status.ok()) status = parser.Finish();
  if (!status.ok()) return 0;
  SpillReader reader(body.bytes());
  std::string scratch, document;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const Item& item = body.item(i);
    document.clear();
    if (!reader.AppendTo(item.document, item.document_size, document).ok()) std::abort();
    if (document.find('\n') != document.npos) std::abort();
    if (!body.Id(item, reader, scratch).ok()) std::abort();
    if (item.index >= body.indices().size() && body.Validate().ok()) std::abort();
    body.ExtraOf(item);
  }
  return 0;
}
