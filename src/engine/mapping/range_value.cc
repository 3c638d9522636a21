#include "engine/mapping/range_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/field_value.h"
#include "engine/mapping/scalars.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Result;
using base::Status;
using base::json::Member;
using base::json::Value;

// Of one value or the other, as the bound is given. `open`: gt or lt.
struct Bound {
  const Value* value = nullptr;  // null: there is none
  bool open = false;
};
struct Bounds {
  Bound from, to;
};

Status NotOrdered(const std::string& from, const std::string& to) {
  return IllegalArgument("min value (" + from + ") is greater than max value (" + to + ")");
}

Result<Bounds> ReadBounds(const FieldNode& field, const Value& value) {
  const std::string name(field.definition->name());
  if (!value.IsObject()) {
    return Status(400, "mapper_parsing_exception",
                  "error parsing field [" + name + "], expected an object but got " + name);
  }
  Bounds bounds;
  for (const Member& member : value.members()) {
    const bool lower = member.key == "gt" || member.key == "gte";
    if (!lower && member.key != "lt" && member.key != "lte") {
      return Status(400, "mapper_parsing_exception",
                    "error parsing field [" + name + "], with unknown parameter [" +
                        std::string(member.key) + "]");
    }
    if (member.value->IsNull()) continue;
    (lower ? bounds.from : bounds.to) = {member.value, member.key.size() == 2};
  }
  return bounds;
}

// A field as the bounds of a range would have one each.
Result<FieldNode> NumberField(const FieldNode& range) {
  const std::string_view type = range.definition->type->name;
  static const std::array<Definition, 4> kDefinitions = {
      Definition("", *FindFieldType("integer")), Definition("", *FindFieldType("long")),
      Definition("", *FindFieldType("float")), Definition("", *FindFieldType("double"))};
  for (const Definition& definition : kDefinitions) {
    if (!type.starts_with(definition.type->name)) continue;
    FieldNode field;
    field.definition = &definition;
    field.kind = definition.type->kind;
    field.coerce = range.coerce;
    const int bits = definition.type->bits;
    field.max = bits == 64 ? INT64_MAX : INT32_MAX;
    field.min = -field.max - 1;
    return field;
  }
  return base::Internal("no type of numbers for " + std::string(type));
}

// The whole number that the value is, as Java casts it: without its fraction, the nearest there is.
std::int64_t WholeOf(const Value& value) {
  const auto whole = base::ParseInt64(value.text());
  if (whole.ok()) return *whole;
  const double number = *base::ParseDouble(value.text());
  if (std::isnan(number)) return 0;
  if (number >= 0x1p63) return INT64_MAX;
  return number < -0x1p63 ? INT64_MIN : static_cast<std::int64_t>(number);
}

// The next number is one further, and behind the last comes the first, as in Java.
std::int64_t Step(const FieldNode& number, std::int64_t value, int by) {
  if (by > 0 ? value == number.max : value == number.min) return by > 0 ? number.min : number.max;
  return value + by;
}

Status CheckWhole(const FieldNode& number, const Bounds& bounds) {
  std::int64_t from = number.min, to = number.max;
  if (bounds.from.value) from = WholeOf(*bounds.from.value);
  if (bounds.to.value) to = WholeOf(*bounds.to.value);
  if (bounds.from.open) from = Step(number, from, 1);
  if (bounds.to.open) to = Step(number, to, -1);
  return from <= to ? Status() : NotOrdered(std::to_string(from), std::to_string(to));
}

template <typename Real>
Status CheckReal(const Bounds& bounds) {
  constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
  Real from = -kInfinity, to = kInfinity;
  if (bounds.from.value) from = static_cast<Real>(*base::ParseDouble(bounds.from.value->text()));
  if (bounds.to.value) to = static_cast<Real>(*base::ParseDouble(bounds.to.value->text()));
  if (bounds.from.open) from = std::nextafter(from, kInfinity);
  if (bounds.to.open) to = std::nextafter(to, -kInfinity);
  if (from <= to) return {};
  const auto shown = [](Real value) {
    std::string text;
    if constexpr (sizeof(Real) == 4) {
      base::AppendJavaFloat(text, value);
    } else {
      base::AppendJavaDouble(text, value);
    }
    return text;
  };
  return NotOrdered(shown(from), shown(to));
}

Status CheckNumbers(const FieldNode& field, const Bounds& bounds, const Source& source) {
  ASSIGN_OR_RETURN(const FieldNode number, NumberField(field));
  for (const Bound& bound : {bounds.from, bounds.to}) {
    if (!bound.value) continue;
    if (bound.value->text().empty() && bound.value->IsString()) {
      return Status(400, "number_format_exception", "empty String");
    }
    RETURN_IF_ERROR(CheckValue(number, *bound.value, source));
  }
  if (number.kind == Kind::kInteger) return CheckWhole(number, bounds);
  return number.definition->type->bits == 32 ? CheckReal<float>(bounds) : CheckReal<double>(bounds);
}

// What stands behind a date and ||: "+1d/M".
bool IsDateMath(std::string_view math) {
  while (!math.empty()) {
    const char sign = math.front();
    if (sign != '+' && sign != '-' && sign != '/') return false;
    math.remove_prefix(1);
    while (sign != '/' && !math.empty() && math.front() >= '0' && math.front() <= '9') {
      math.remove_prefix(1);
    }
    if (math.empty() || std::string_view("yMwdhHms").find(math.front()) == math.npos) return false;
    math.remove_prefix(1);
  }
  return true;
}

// nullopt: date math, whose value depends on more than we look at.
Result<std::optional<std::int64_t>> MillisOf(const FieldNode& field, const Value& bound) {
  if (bound.IsObject() || bound.IsArray()) return ParseError("a date is expected");
  const std::string_view text = bound.text();
  if (text.starts_with("now")) {
    return ParseError("could not read the current timestamp")
        .CausedBy(IllegalArgument("now is not used at indexing time"));
  }
  const std::size_t bars = text.find("||");
  const Status date = CheckDate(field, text.substr(0, bars));
  if (!date.ok()) {
    return ParseError(date.reason() + ": [" + date.reason() + "]").CausedBy(date);
  }
  if (bars != text.npos) {
    if (IsDateMath(text.substr(bars + 2))) return std::optional<std::int64_t>();
    return ParseError("operator not supported for date math [" +
                      std::string(text.substr(bars + 2)) + "]");
  }
  const Instant instant = *field.format->Read(text);
  constexpr std::int64_t kMost = INT64_MAX / 1000 - 1;
  return std::optional(std::clamp(instant.seconds, -kMost, kMost) * 1000 +
                       instant.nanos / 1'000'000);
}

Status CheckDates(const FieldNode& field, const Bounds& bounds) {
  std::optional<std::int64_t> from, to;
  if (bounds.from.value) {
    ASSIGN_OR_RETURN(from, MillisOf(field, *bounds.from.value));
    if (from && bounds.from.open) ++*from;
  }
  if (bounds.to.value) {
    ASSIGN_OR_RETURN(to, MillisOf(field, *bounds.to.value));
    if (to && bounds.to.open) --*to;
  }
  return !from || !to || *from <= *to ? Status()
                                      : NotOrdered(std::to_string(*from), std::to_string(*to));
}

using Address = std::array<unsigned char, 16>;

Result<Address> AddressOf(std::string_view text) {
  if (!IsIpAddress(text)) {
    return IllegalArgument("'" + std::string(text) + "' is not an IP string literal.");
  }
  const std::string plain(text.substr(0, text.find('%')));
  Address address{};
  if (inet_pton(AF_INET6, plain.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xff;
  inet_pton(AF_INET, plain.c_str(), &address[12]);
  return address;
}

Status CheckPrefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view length = slash == text.npos ? "" : text.substr(slash + 1);
  if (length.empty() || length.find('/') != length.npos) {
    return IllegalArgument("Expected [ip/prefix] but was [" + std::string(text) + "]");
  }
  ASSIGN_OR_RETURN(const Address address, AddressOf(text.substr(0, slash)));
  const auto bits = base::ParseInt64(length);
  if (!bits.ok()) return base::NumberFormat(length);
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(kMapped.begin(), kMapped.end(), address.begin());
  if (*bits >= 0 && *bits <= (v4 ? 32 : 128)) return {};
  return IllegalArgument("Illegal prefix length [" + std::to_string(*bits) + "] in [" +
                         std::string(text) +
                         "]. Must be 0-32 for IPv4 ranges, 0-128 for IPv6 ranges");
}

// The address next to it. False: it is the last one.
bool Advance(Address& address, int by) {
  const unsigned char over = by > 0 ? 0xff : 0;
  for (std::size_t i = address.size(); i-- > 0;) {
    const bool carries = address[i] == over;
    address[i] = static_cast<unsigned char>(address[i] + by);
    if (!carries) return true;
  }
  return false;
}

Status CheckAddresses(const Bounds& bounds) {
  Address from{}, to;
  to.fill(0xff);
  if (bounds.from.value) {
    ASSIGN_OR_RETURN(from, AddressOf(bounds.from.value->text()));
  }
  if (bounds.to.value) {
    ASSIGN_OR_RETURN(to, AddressOf(bounds.to.value->text()));
  }
  if (bounds.from.open && !Advance(from, 1)) {
    return {400, "arithmetic_exception",
            "Overflow: there is no greater InetAddress than "
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
  }
  if (bounds.to.open && !Advance(to, -1)) {
    return {400, "arithmetic_exception",
            "Underflow: there is no smaller InetAddress than 0:0:0:0:0:0:0:0"};
  }
  if (from <= to) return {};
  return IllegalArgument("min value cannot be greater than max value for InetAddressRange field");
}

}  // namespace

Status CheckRange(const FieldNode& field, const Value& value, const Source& source) {
  const std::string_view type = field.definition->type->name;
  if (type == "ip_range" && value.IsString()) return CheckPrefix(value.text());
  ASSIGN_OR_RETURN(const Bounds bounds, ReadBounds(field, value));
  if (type == "ip_range") return CheckAddresses(bounds);
  return type == "date_range" ? CheckDates(field, bounds) : CheckNumbers(field, bounds, source);
}

}  // namespace engine
