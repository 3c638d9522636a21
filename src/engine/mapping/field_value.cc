#include "engine/mapping/field_value.h"

#include <algorithm>
#include <cmath>

#include "base/json/diagnose.h"
#include "base/text/numbers.h"
#include "base/text/units.h"
#include "engine/mapping/scalars.h"
#include "engine/mapping/structured_value.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using base::json::Value;

constexpr std::size_t kMaxTermBytes = 32'766;
constexpr std::size_t kMaxPreview = 10'000;

std::string TokenName(const Value& value) {
  if (value.IsObject()) return "START_OBJECT";
  if (value.IsArray()) return "START_ARRAY";
  if (value.IsString()) return "VALUE_STRING";
  if (value.IsNull()) return "VALUE_NULL";
  if (value.IsBool()) return value.text() == "true" ? "VALUE_TRUE" : "VALUE_FALSE";
  return value.IsInteger() ? "VALUE_NUMBER_INT" : "VALUE_NUMBER_FLOAT";
}

// Where the parser stands when it has read the value's first token.
std::size_t BehindToken(const Value& value, std::string_view source) {
  const std::size_t at = std::min<std::size_t>(value.offset(), source.size());
  if (value.IsObject() || value.IsArray()) return at + 1;
  return std::min(at + value.text().size(), source.size());
}

Status WrongToken(const Value& value, std::string_view source, const char* wanted) {
  return base::json::ErrorAt("json_parse_exception",
                             "Current token (" + TokenName(value) + ") not " + wanted, source,
                             BehindToken(value, source));
}

Status NoText(const Value& value, std::string_view source) {
  const base::json::Location at = base::json::Locate(source, value.offset());
  return base::Internal("Can't get text on a " + TokenName(value) + " at " +
                        std::to_string(at.line) + ":" + std::to_string(at.column));
}

Status Coercion(const std::string& number, const std::string& range, const Value& value,
                std::string_view source) {
  return base::json::ErrorAt("input_coercion_exception",
                             "Numeric value (" + number + ") out of range of " + range, source,
                             BehindToken(value, source));
}

// Java reads a byte, and a short that is no text, as an integer, whose fraction is cut off first.
bool FitsInteger(double value, const FieldNode& field, bool is_text) {
  const int bits = field.definition->type->bits;
  const bool cut = bits == 8 || (bits == 16 && !is_text);
  const double seen = cut ? std::trunc(value) : value;
  // 2^63, the nearest double to the greatest long, is too much only if it is spelled out.
  if (bits == 64 && is_text && seen >= 0x1p63) return false;
  return seen >= static_cast<double>(field.min) && seen <= static_cast<double>(field.max);
}

Status CheckIntegerText(const FieldNode& field, std::string_view text) {
  const IntegerNames names = NamesOf(field.definition->type->bits);
  if (!field.coerce) return IllegalArgument(std::string(names.boxed) + " value passed as String");
  if (text.empty()) return {};
  if (const auto whole = base::ParseInt64(text); whole.ok()) {
    return *whole >= field.min && *whole <= field.max ? Status() : OutOfRange(text, names.article);
  }
  const bool is_long = field.definition->type->bits == 64;
  const auto parsed = base::ParseDouble(text);
  // A long is read as a decimal number, the others as a double: NaN, blanks around are theirs.
  const bool decimal =
      !is_long || (parsed.ok() && std::isfinite(*parsed) && text.front() > ' ' &&
                   text.back() > ' ' && text.find_first_of("fFdDxX") == std::string_view::npos);
  if (!parsed.ok() || !decimal) {
    const std::string reason = "For input string: \"" + std::string(text) + "\"";
    return is_long ? IllegalArgument(reason) : base::NumberFormat(text);
  }
  return std::isnan(*parsed) || FitsInteger(*parsed, field, true) ? Status()
                                                                  : OutOfRange(text, names.article);
}

Status CheckInteger(const FieldNode& field, const Value& value, std::string_view source) {
  if (value.IsString()) return CheckIntegerText(field, value.text());
  if (!value.IsNumber()) {
    return NotNumeric(value, source);
  }
  const std::string text(value.text());
  const int bits = field.definition->type->bits;
  const IntegerNames names = NamesOf(bits);
  const auto whole = base::ParseInt64(text);
  const auto real = base::ParseDouble(text);
  const bool fits = whole.ok()
                        ? *whole >= field.min && *whole <= field.max
                        : real.ok() && !value.IsInteger() && FitsInteger(*real, field, false);
  if (!fits) {
    return bits == 8 ? OutOfRange(text, names.article) : Coercion(text, names.token, value, source);
  }
  if (field.coerce || whole.ok() || std::trunc(*real) == *real) return {};
  return IllegalArgument(text + " cannot be converted to " + names.boxed + " without data loss");
}

Status CheckUnsigned(const FieldNode& field, const Value& value, std::string_view source) {
  if (!value.IsNumber() && !value.IsString()) {
    return NotNumeric(value, source);
  }
  const std::string_view text = value.text();
  if (value.IsString() && !field.coerce) return IllegalArgument("Long value passed as String");
  if (text.empty()) return {};
  const auto real = base::ParseDouble(text);
  if (!real.ok() || !std::isfinite(*real) || text.front() <= ' ' || text.back() <= ' ') {
    return IllegalArgument("For input string: \"" + std::string(text) + "\"");
  }
  // Of the whole part; a double has too few digits near the top.
  const std::string_view digits = text.substr(0, text.find('.'));
  const bool exact = digits.find_first_not_of("0123456789") == std::string_view::npos;
  constexpr std::string_view kMost = "18446744073709551615";
  const bool fits =
      exact ? digits.size() < kMost.size() || (digits.size() == kMost.size() && digits <= kMost)
            : *real > -1 && *real < 0x1p64;
  return fits ? Status() : OutOfRange(text, "an unsigned long");
}

Status CheckReal(const FieldNode& field, const Value& value, std::string_view source) {
  const std::string name(field.definition->type->name);
  if (value.IsString() && !field.coerce) {
    return IllegalArgument((name == "float" || name == "half_float" ? "Float" : "Double") +
                           std::string(" value passed as String"));
  }
  if (!value.IsNumber() && !value.IsString()) {
    return NotNumeric(value, source);
  }
  if (value.text().empty()) return {};
  const auto parsed = base::ParseDouble(value.text());
  if (!parsed.ok()) return parsed.status();
  return CheckFinite(*field.definition->type, *parsed);
}

Status CheckBoolean(const Value& value, std::string_view source) {
  if (value.IsBool()) return {};
  if (!value.IsString()) return WrongToken(value, source, "of boolean type");
  if (value.text().empty()) return {};
  return base::ParseBool(value.text()).status();
}

Status CheckNanosRange(const Instant& instant) {
  const auto shown = [&] { return JavaText(instant); };
  if (instant.seconds < 0) {
    return IllegalArgument("date[" + shown() +
                           "] is before the epoch in 1970 and cannot be stored "
                           "in nanosecond resolution");
  }
  if (instant.seconds > 9'223'372'036 ||
      (instant.seconds == 9'223'372'036 && instant.nanos > 854'775'807)) {
    return IllegalArgument("date[" + shown() +
                           "] is after 2262-04-11T23:47:16.854775807 and cannot "
                           "be stored in nanosecond resolution");
  }
  return {};
}

}  // namespace

Status NotNumeric(const Value& value, std::string_view source) {
  return WrongToken(value, source, "numeric, can not use numeric value accessors");
}

IntegerNames NamesOf(int bits) {
  switch (bits) {
    case 64:
      return {"a long", "long (-9223372036854775808 - 9223372036854775807)", "Long"};
    case 32:
      return {"an integer", "int (-2147483648 - 2147483647)", "Integer"};
    case 16:
      return {"a short", "Java short", "Short"};
    default:
      return {"a byte", "Java byte", "Integer"};
  }
}

Status OutOfRange(std::string_view text, const char* article) {
  return IllegalArgument("Value [" + std::string(text) + "] is out of range for " + article);
}

Status CheckFinite(const FieldType& type, double value) {
  const bool single = type.bits == 32 || type.bits == 16;
  const double stored = single ? static_cast<double>(static_cast<float>(value)) : value;
  if (std::isfinite(type.bits == 16 ? ToHalf(stored) : stored)) return {};
  std::string shown;
  base::AppendJavaDouble(shown, stored);
  const std::string name(type.name);
  return IllegalArgument("[" + name + "] " +
                         (name == "scaled_float" ? "only supports" : "supports only") +
                         " finite values, but got [" + shown + "]");
}

Status CheckDate(const FieldNode& field, std::string_view text) {
  if (text.empty()) return IllegalArgument("cannot parse empty date");
  const auto instant = field.format->Read(text);
  if (!instant) {
    return IllegalArgument("failed to parse date field [" + std::string(text) + "] with format [" +
                           field.format->text() + "]")
        .CausedBy(Status(400, "date_time_parse_exception", field.format->Failure(text)));
  }
  return field.definition->type->bits == 64 ? CheckNanosRange(*instant) : Status();
}

Status CheckValue(const FieldNode& field, const Value& value, const Source& source) {
  switch (field.kind) {
    case Kind::kInteger:
      return CheckInteger(field, value, source.text);
    case Kind::kUnsigned:
      return CheckUnsigned(field, value, source.text);
    case Kind::kReal:
      return CheckReal(field, value, source.text);
    case Kind::kBoolean:
      return CheckBoolean(value, source.text);
    case Kind::kGeoPoint:
    case Kind::kShape:
    case Kind::kFlat:
    case Kind::kRange:
    case Kind::kComplete:
    case Kind::kJoin:
    case Kind::kFeature:
    case Kind::kFeatures:
      return CheckStructured(field, value, source);
    case Kind::kAnything:
      return {};
    default:
      break;
  }
  if (value.IsObject() || value.IsArray()) return NoText(value, source.text);
  if (field.kind == Kind::kDate) return CheckDate(field, value.text());
  if (field.kind == Kind::kIp && !IsIpAddress(value.text())) {
    return IllegalArgument("'" + std::string(value.text()) + "' is not an IP string literal.");
  }
  if (field.kind == Kind::kConstant && value.text() != field.definition->Text("value")) {
    return IllegalArgument("constant keyword field [" + field.definition->path +
                           "] must have a value of [" + field.definition->Text("value") + "]");
  }
  return {};
}

Status CheckDocCount(const Value& value, std::string_view source) {
  if (!value.IsNumber()) {
    return base::json::ParsingError(
        "Failed to parse object: expecting token of type "
        "[VALUE_NUMBER] but found [" +
            std::string(base::json::FirstToken(value)) + "]",
        source, value.offset());
  }
  const std::string text(value.text());
  const IntegerNames names = NamesOf(64);
  auto count = base::ParseInt64(text);
  if (!count.ok()) {
    const auto real = base::ParseDouble(text);
    if (value.IsInteger() || !real.ok() || !(std::abs(*real) < 0x1p63)) {
      return Coercion(text, names.token, value, source);
    }
    if (std::trunc(*real) != *real) {
      return IllegalArgument(text + " cannot be converted to " + names.boxed +
                             " without data loss");
    }
    count = static_cast<std::int64_t>(*real);
  }
  return *count > 0 ? Status() : IllegalArgument("Field [_doc_count] must be a positive integer.");
}

Status FieldError(const FieldNode& field, std::string_view id, const Value& value, Status cause) {
  const std::string path = field.definition->path;
  std::string type(field.definition->type->name);
  if (type == "token_count") type = "integer";
  if (field.kind == Kind::kComplete || field.kind == Kind::kJoin || field.kind == Kind::kFeatures ||
      field.kind == Kind::kBinary) {
    return Status(400, "mapper_parsing_exception", "failed to parse").CausedBy(std::move(cause));
  }
  std::string reason = "failed to parse field [" + path + "] of type [" + type + "]";
  if (field.kind != Kind::kGeoPoint && field.kind != Kind::kShape) {
    std::string preview = JavaText(value);
    if (preview.size() > kMaxPreview) preview.resize(kMaxPreview);
    reason += " in document with id '" + std::string(id) + "'. Preview of field's value: '" +
              preview + "'";
  }
  return Status(400, "mapper_parsing_exception", std::move(reason)).CausedBy(std::move(cause));
}

bool TakesArray(Kind kind) {
  return kind == Kind::kAnything || kind == Kind::kGeoPoint || kind == Kind::kComplete;
}

Status CheckTerm(const FieldNode& field, const Value& value) {
  const std::string_view text = value.text();
  if (field.kind != Kind::kKeyword || text.size() <= kMaxTermBytes) return {};
  if (Utf16Length(text) > field.ignore_above) return {};
  const std::string size = std::to_string(text.size());
  const std::string original = "bytes can be at most 32766 in length; got " + size;
  std::string prefix;
  for (std::size_t i = 0; i < 30; ++i) {
    if (i > 0) prefix += ", ";
    prefix += std::to_string(static_cast<signed char>(text[i]));
  }
  return IllegalArgument("Document contains at least one immense term in field=\"" +
                         field.definition->path +
                         "\" (whose UTF8 encoding is longer than the max length 32766), all of "
                         "which were skipped.  Please correct the analyzer to not produce such "
                         "terms.  The prefix of the first immense term is: '[" +
                         prefix + "]...', original message: " + original)
      .CausedBy(Status(400, "max_bytes_length_exceeded_exception", original));
}

}  // namespace engine
