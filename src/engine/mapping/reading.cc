#include "engine/mapping/reading.h"

#include <algorithm>

namespace engine {

using base::IllegalArgument;
using base::Status;

std::int64_t Characters(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) count += byte >= 0xF0 ? 2 : 1;
  }
  return count;
}

Status TooManyFields(const MappingLimits& limits) {
  return IllegalArgument("Limit of total fields [" + std::to_string(limits.total_fields) +
                         "] has been exceeded");
}

Status TooDeep(std::string_view path, const MappingLimits& limits) {
  return IllegalArgument("Limit of mapping depth [" + std::to_string(limits.depth) +
                         "] has been exceeded due to object field [" + std::string(path) + "]");
}

Status CheckFieldName(std::string_view path, const MappingLimits& limits) {
  const std::string_view name = path.substr(path.rfind('.') + 1);
  if (static_cast<std::int64_t>(name.size()) <= limits.field_name_length ||
      Characters(name) <= limits.field_name_length) {
    return {};
  }
  return IllegalArgument("Field name [" + std::string(name) + "] is longer than the limit of [" +
                         std::to_string(limits.field_name_length) + "] characters");
}

std::int64_t DepthOf(std::string_view path) { return 2 + std::ranges::count(path, '.'); }

Status Reading::EndIf(Status status) {
  if (end_.ok()) end_ = std::move(status);
  return end_;
}

Status Reading::Enter(std::string_view path, bool object) {
  RETURN_IF_ERROR(Step());
  if (limits_ != nullptr) {
    RETURN_IF_ERROR(EndIf(CheckFieldName(path, *limits_)));
    if (object && DepthOf(path) > limits_->depth) return EndIf(TooDeep(path, *limits_));
  }
  return Count(1);
}

Status Reading::Count(std::int64_t fields) {
  fields_ += fields;
  if (limits_ == nullptr || fields_ <= limits_->total_fields) return {};
  return EndIf(TooManyFields(*limits_));
}

Status Reading::Step() {
  constexpr unsigned kCheckEvery = 128;
  if (task_ == nullptr || ++steps_ % kCheckEvery != 0) return {};
  return EndIf(task_->Checkpoint());
}

base::json::ParseOptions Reading::json_options() {
  base::json::ParseOptions options;
  if (task_ == nullptr) return options;
  options.checkpoint = [this] { return EndIf(task_->Checkpoint()); };
  options.reserve = [this](std::size_t bytes) {
    return EndIf(memory_.Resize(std::max(memory_.bytes(), static_cast<std::int64_t>(bytes))));
  };
  return options;
}

}  // namespace engine
