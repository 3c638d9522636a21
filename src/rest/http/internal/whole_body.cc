#include "rest/http/internal/whole_body.h"

#include <algorithm>

namespace rest::http {

namespace {

constexpr std::uint64_t kLarge = 1 << 20;

// Large bodies grow in few steps, because each copies what is there. Pages that nothing has been
// written to cost no memory.
void MakeRoom(std::string& text, std::size_t more, std::uint64_t limit) {
  const std::size_t needed = text.size() + more;
  if (needed <= text.capacity() || needed < kLarge) return;
  text.reserve(std::max<std::size_t>(needed, std::min<std::uint64_t>(limit, 4 * needed)));
}

}  // namespace

Flow WholeBody::OnBody(std::string_view piece) {
  base::Status fits;
  if (memory_) fits = memory_->Grow(static_cast<std::int64_t>(piece.size()));
  if (fits.ok()) {
    MakeRoom(text_, piece.size(), limit_);
    text_.append(piece);
  } else {
    body_.Fail(std::move(fits));
  }
  return Flow::kGoOn;
}

void WholeBody::OnBodyEnd(base::Status status) {
  if (status.ok()) {
    done_(std::move(text_));
  } else {
    done_(std::move(status));
  }
}

}  // namespace rest::http
