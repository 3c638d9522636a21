// A mapping and documents against it: nothing crashes, and whatever the quick check lets pass the
// thorough one finds good, and free of news, too.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/mapping/check_plan.h"
#include "engine/mapping/mapping.h"
#include "engine/mapping/quick_check.h"
#include "engine/mapping/reading.h"
#include "engine/mapping/thorough_check.h"
#include "support/lone_task.h"

namespace engine {
namespace {

constexpr std::string_view kMapping = R"({"properties":{"a":{"type":"long"},"b":{"type":"keyword"},
  "c":{"type":"date"},"d":{"type":"float"},"e":{"type":"ip"},"f":{"type":"boolean"},
  "g":{"type":"text"},"s":{"type":"geo_shape"},"p":{"type":"geo_point"},"h":{"type":"nested","properties":{"a":{"type":"byte"}}},
  "o":{"dynamic":false,"properties":{"x":{"type":"half_float"},"y":{"type":"object",
  "enabled":false}}}}})";

void HoldAgainstEachOther(std::string_view json, std::string_view document) {
  LoneTask task;
  const MappingLimits limits;
  Reading reading(*task, limits);
  auto draft = ParseMapping(json, reading);
  if (!draft.ok()) return;
  const MappingTree tree = Seal(*std::move(draft));
  if (!CheckLimits(tree, limits).ok()) return;
  const auto plan = CheckPlan::Make(tree, limits, reading);
  if (!plan.ok()) return;
  const bool quick = QuickCheck(*task, **plan, document);
  const auto thorough = ThoroughCheck(*task, **plan, "id", "", document).Run();
  if (!quick) return;
  // Doubled keys are found by the quick check only where they are fields.
  if (!thorough.ok() && thorough.status().cause() != nullptr &&
      thorough.status().cause()->reason().starts_with("Duplicate field")) {
    return;
  }
  if (!thorough.ok() || thorough->has_value()) std::abort();
}

}  // namespace
}  // namespace engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  engine::HoldAgainstEachOther(engine::kMapping, text);
  LoneTask task;
  const std::size_t cut = text.find('\n');
  const std::string_view json = text.substr(0, cut);
  const std::string_view rest = cut == text.npos ? text : text.substr(cut + 1);
  engine::HoldAgainstEachOther(json, rest);
  const auto mapping = engine::Mapping::Parse(LoneTask(), json);
  if (!mapping.ok()) return 0;
  // What is shown is what was parsed.
  const auto again = engine::Mapping::Parse(LoneTask(), (*mapping)->json());
  if (!again.ok() || (*again)->json() != (*mapping)->json()) std::abort();
  const auto update = (*mapping)->Check(*task, "id", "", rest);
  if (!update.ok() || !update->has_value()) return 0;
  const auto merged = (*mapping)->Merge(LoneTask(), **update);
  if (merged.ok() && !(*merged)->Check(*task, "id", "", rest).ok()) std::abort();
  return 0;
}
