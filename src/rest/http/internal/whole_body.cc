#include "rest/http/internal/whole_body.h"

#include "base/text/units.h"

namespace rest::http {

namespace {

std::string Both(std::uint64_t bytes) {
  const auto number = static_cast<std::int64_t>(bytes);
  return "[" + std::to_string(number) + "/" + base::ByteSize(number).ToString() + "]";
}

base::Status TooMuch(std::uint64_t wanted, std::uint64_t limit) {
  return base::Status(429, "circuit_breaking_exception",
                      "[in_flight_requests] Data too large, data for [<http_request>] would be " +
                          Both(wanted) + ", which is larger than the limit of " + Both(limit))
      .With("bytes_wanted", std::to_string(wanted), true)
      .With("bytes_limit", std::to_string(limit), true)
      .With("durability", "TRANSIENT");
}

}  // namespace

base::Status BodyCharge::Add(std::uint64_t bytes) {
  charged_ += bytes;
  const std::uint64_t used = budget_.used += bytes;
  return used <= budget_.limit ? base::Status() : TooMuch(used, budget_.limit);
}

Flow WholeBody::OnBody(std::string_view piece) {
  base::Status fits = charge_.Add(piece.size());
  if (fits.ok()) {
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
