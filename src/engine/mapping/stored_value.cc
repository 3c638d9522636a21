#include "engine/mapping/stored_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "engine/mapping/geo_point.h"
#include "engine/mapping/scalars.h"

namespace engine {

namespace {

using base::json::Value;

std::string Quoted(std::string_view text) {
  std::string json;
  base::json::CompactWriter(json).String(text);
  return json;
}

std::string JavaDouble(double value) {
  std::string json;
  base::AppendJavaDouble(json, value);
  return json;
}

// A fraction is cut off. Empty: no number.
std::string Integer(std::string_view text) {
  if (const auto whole = base::ParseInt64(text); whole.ok()) return std::to_string(*whole);
  const auto real = base::ParseDouble(text);
  if (!real.ok() || !(std::abs(*real) < 0x1p63)) return {};
  return std::to_string(static_cast<std::int64_t>(*real));
}

std::string Unsigned(std::string_view text) {
  std::uint64_t whole = 0;
  const std::string_view digits = text.substr(0, text.find('.'));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error == std::errc() && end == digits.data() + digits.size()) return std::to_string(whole);
  const auto real = base::ParseDouble(text);
  if (!real.ok() || !(*real >= 0 && *real < 0x1p64)) return {};
  return std::to_string(static_cast<std::uint64_t>(*real));
}

std::string Real(const Definition& field, std::string_view text) {
  const auto value = base::ParseDouble(text);
  if (!value.ok()) return {};
  if (field.type->name == "scaled_float") {
    const auto factor = base::ParseDouble(field.Value("scaling_factor"));
    if (!factor.ok()) return {};
    return JavaDouble(std::floor(*value * *factor + 0.5) / *factor);
  }
  if (field.type->bits == 64) return JavaDouble(*value);
  std::string json;
  base::AppendJavaFloat(json, static_cast<float>(*value));
  return json;
}

// An address of version 4 inside one of version 6 is shown as what it is.
std::string Address(std::string_view text) {
  std::string given(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> shown{};
  int family = AF_INET;
  const unsigned char* from = bytes.data();
  if (inet_pton(AF_INET, given.c_str(), bytes.data()) != 1) {
    if (inet_pton(AF_INET6, given.c_str(), bytes.data()) != 1) return given;
    constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool mapped = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
    if (mapped) from += kMapped.size();
    if (!mapped) family = AF_INET6;
  }
  if (inet_ntop(family, from, shown.data(), shown.size()) == nullptr) return given;
  std::string address = shown.data();
  if (family == AF_INET || address.find('.') == address.npos) return address;
  // The C library shows the last 32 bits of ::102:304 as an address of version 4, Java does not.
  std::snprintf(shown.data(), shown.size(), "::%x:%x", bytes[12] << 8 | bytes[13],
                bytes[14] << 8 | bytes[15]);
  return shown.data();
}

std::string WithoutBlanks(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept), [](char c) { return c > ' '; });
  return kept;
}

std::string Date(const FieldNode& field, std::string_view text) {
  const auto instant = field.format->Read(text);
  if (!instant) return {};
  const std::string print = field.definition->Text("print_format");
  const auto format = print.empty() ? base::Result(*field.format) : DateFormat::Parse(print);
  return format.ok() ? Quoted(format->Print(*instant)) : std::string();
}

// Of a text or a number's spelling; empty: nothing is kept.
std::string Scalar(const FieldNode& field, std::string_view text) {
  switch (field.kind) {
    case Kind::kText:
      return Quoted(text);
    case Kind::kBinary:
      return Quoted(WithoutBlanks(text));
    case Kind::kKeyword:
      return Utf16Length(text) > field.ignore_above ? std::string() : Quoted(text);
    case Kind::kInteger:
      return Integer(text);
    case Kind::kUnsigned:
      return Unsigned(text);
    case Kind::kReal:
      return Real(*field.definition, text);
    case Kind::kBoolean:
      return text == "true" ? "true" : "false";
    case Kind::kDate:
      return Date(field, text);
    case Kind::kIp:
      return Quoted(Address(text));
    default:
      return {};
  }
}

void AppendPoints(const FieldNode& field, const Value& value, const Source& source,
                  std::vector<std::string>& json) {
  for (const GeoPoint& point : ReadGeoPoints(field, value, source)) {
    json.push_back(Quoted(JavaDouble(point.lat) + ", " + JavaDouble(point.lon)));
  }
}

}  // namespace

void AppendStored(const FieldNode& field, const Value& value, const Source& source,
                  std::vector<std::string>& json) {
  // Its tokens would have to be counted.
  if (field.definition->type->name == "token_count") return;
  const bool number =
      field.kind == Kind::kInteger || field.kind == Kind::kUnsigned || field.kind == Kind::kReal;
  std::string kept;
  if (value.IsNull() || (number && value.IsString() && value.text().empty())) {
    const std::string instead = field.definition->Text("null_value");
    if (instead.empty()) return;
    if (field.kind == Kind::kGeoPoint) {
      const auto point = base::json::Document::Parse(instead);
      return point.ok() ? AppendPoints(field, point->root(), source, json) : void();
    }
    kept = Scalar(field, instead);
  } else if (!CheckValue(field, value, source).ok()) {
    return;  // the field ignores what is malformed
  } else if (field.kind == Kind::kGeoPoint) {
    return AppendPoints(field, value, source, json);
  } else if (!value.IsObject() && !value.IsArray()) {
    kept = Scalar(field, value.text());
  }
  if (!kept.empty()) json.push_back(std::move(kept));
}

}  // namespace engine
