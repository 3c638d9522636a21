// rest/human_fields.h
//
// Sizes and durations as OpenSearch writes them: in bytes or milliseconds, and with `human` before
// that as people read them ("store_in_bytes":1024, "store":"1kb").
//
// Lifetime: within the making of one answer. Threads: one.

#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "base/text/units.h"

namespace rest {

class HumanFields {
 public:
  HumanFields(base::json::Writer& out, bool human) : out_(out), human_(human) {}

  base::json::Writer& out() const { return out_; }
  bool human() const { return human_; }

  void Bytes(std::string_view name, std::int64_t bytes) const {
    if (human_) out_.Field(name, base::ByteSize(bytes).ToString());
    out_.Field(std::string(name) + "_in_bytes", bytes);
  }
  void Millis(std::string_view name, std::int64_t millis) const {
    if (human_) out_.Field(name, base::TimeValue::Millis(millis).ToString());
    out_.Field(std::string(name) + "_in_millis", millis);
  }
  // A point in time.
  void Instant(std::string_view name, std::int64_t wall_millis) const {
    if (human_) out_.Field(name, base::IsoUtcMillis(wall_millis));
    out_.Field(std::string(name) + "_in_millis", wall_millis);
  }
  // `json`, whose sizes and durations are all 0, with what people read beside them.
  void Zeros(std::string_view name, std::string_view json) const;

 private:
  base::json::Writer& out_;
  const bool human_;
};

}  // namespace rest
