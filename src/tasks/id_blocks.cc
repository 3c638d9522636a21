#include "tasks/id_blocks.h"

#include "base/io.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace tasks {

using base::Result;

namespace {

constexpr std::int64_t kEnd = std::int64_t{1} << 53;  // JSON clients read doubles

class FileIdBlocks final : public IdBlocks {
 public:
  FileIdBlocks(std::string path, std::int64_t next) : path_(std::move(path)), next_(next) {}

  Result<std::int64_t> Reserve() override {
    const std::int64_t first = next_;
    if (first > kEnd - kBlock) return base::Internal("all task numbers have been used");
    RETURN_IF_ERROR(base::WriteFileAtomically(path_, std::to_string(first + kBlock) + "\n"));
    next_ = first + kBlock;
    return first;
  }

 private:
  const std::string path_;
  std::int64_t next_;
};

}  // namespace

Result<std::unique_ptr<IdBlocks>> OpenIdBlocks(std::string path) {
  std::int64_t next = 1;
  const Result<std::string> content = base::ReadFile(path);
  if (content.ok()) {
    const Result<std::int64_t> number = base::ParseInt64(base::TrimAscii(*content));
    if (!number.ok() || *number < 1)
      return base::Internal("[" + path + "] does not hold the next task number");
    next = *number;
  } else if (content.status().http_status() != 404) {
    return content.status();
  }
  return std::unique_ptr<IdBlocks>(std::make_unique<FileIdBlocks>(std::move(path), next));
}

}  // namespace tasks
