// A mapping that random merges have made is the one that is read from its text.

#include <gtest/gtest.h>

#include <random>

#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

using MappingPtr = std::shared_ptr<const Mapping>;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  unsigned Below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
  bool Once(unsigned in) { return Below(in) == 0; }

  // Few names, so that merges meet what is there, or many, so that lists are long.
  void UseNames(unsigned count) { names_ = count; }
  std::string Name() { return "f" + std::to_string(Below(names_)); }
  std::string Path() { return Once(2) ? Name() : Name() + "." + Name(); }

  std::string Update() {
    static constexpr const char* kOptions[] = {
        R"("dynamic":"false",)",
        R"("dynamic":"true",)",
        R"("date_detection":false,)",
        R"("_meta":{"a":1},)",
        R"("_routing":{"required":true},)",
        R"("dynamic_templates":[{"t":{"match":"f1*","mapping":{"type":"keyword"}}}],)",
        R"("dynamic_templates":[{"c":{"match":"f2*","mapping":{"type":"text","copy_to":"f3"}}}],)"};
    const std::string options = Once(6) ? kOptions[Below(std::size(kOptions))] : "";
    return "{" + options + "\"properties\":" + Properties(0) + "}";
  }

  std::string Document() { return Object(0); }

 private:
  std::string Properties(int depth) {
    std::string json = "{";
    for (unsigned i = 1 + Below(3); i > 0; --i) {
      const std::string name = Once(8) ? Path() : Name();
      json += (json.size() > 1 ? ",\"" : "\"") + name + "\":" + FieldOf(depth);
    }
    return json + "}";
  }

  std::string FieldOf(int depth) {
    static constexpr const char* kFields[] = {
        R"({"type":"long"})",
        R"({"type":"long","coerce":false})",
        R"({"type":"long","ignore_malformed":true})",
        R"({"type":"keyword"})",
        R"({"type":"keyword","ignore_above":4})",
        R"({"type":"text"})",
        R"({"type":"text"})",
        R"({"type":"text","fields":{"k":{"type":"keyword"}}})",
        R"({"type":"text","fields":{"n":{"type":"long"},"k":{"type":"keyword"}}})",
        R"({"type":"date"})",
        R"({"type":"date","format":"yyyy"})",
        R"({"type":"ip"})",
        R"({"type":"boolean"})",
        R"({"type":"integer_range"})",
        R"({"type":"object","enabled":false})",
        R"({"type":"object","dynamic":"strict"})"};
    if (Once(10)) return R"({"type":"alias","path":")" + Path() + "\"}";
    if (Once(8)) return R"({"type":"text","copy_to":")" + Path() + "\"}";
    if (Once(5) && depth < 3) {
      return std::string(Once(4) ? R"({"type":"nested",)" : "{") +
             "\"properties\":" + Properties(depth + 1) + "}";
    }
    return kFields[Below(std::size(kFields))];
  }

  std::string Object(int depth) {
    std::string json = "{";
    for (unsigned i = 1 + Below(3); i > 0; --i) {
      json += (json.size() > 1 ? ",\"" : "\"") + Name() + "\":" + Value(depth);
    }
    return json + "}";
  }

  std::string Value(int depth) {
    static constexpr const char* kValues[] = {
        "1",    "\"1\"",          "1.5",         "true",     "\"some\"",     "[1,\"a\"]",
        "null", "\"2020-01-01\"", "\"1.2.3.4\"", "\"2020\"", R"({"gte":1})", R"("a longer text")"};
    if (Once(4) && depth < 3) return Object(depth + 1);
    return kValues[Below(std::size(kValues))];
  }

  std::mt19937 engine_;
  unsigned names_ = 6;
};

std::string TextOf(const base::Status& status) {
  return status.ok() ? ""
                     : status.type() + ": " + status.reason() + " / " +
                           (status.cause() == nullptr ? "" : status.cause()->reason());
}

template <typename T, typename Show>
std::string TextOf(const base::Result<T>& result, Show show) {
  return result.ok() ? show(*result) : TextOf(result.status());
}

std::string Verdict(const Mapping& mapping, const std::string& document) {
  return TextOf(mapping.Check(LoneTask(), "1", "", document),
                [](const std::optional<std::string>& update) { return update.value_or("good"); });
}

// The mapping with the update, if it can be had.
MappingPtr Merged(const MappingPtr& mapping, const std::string& update) {
  const auto json = [](const MappingPtr& one) { return one->json(); };
  const auto merged = mapping->Merge(LoneTask(), update);
  const MappingPtr read = *Mapping::Restore(mapping->json(), mapping->limits());
  EXPECT_EQ(TextOf(merged, json), TextOf(read->Merge(LoneTask(), update), json)) << update;
  return merged.ok() ? *merged : mapping;
}

// As nodes that get the text have it.
MappingPtr Followed(const MappingPtr& mapping, const MappingPtr& merged) {
  const auto followed = mapping->Follow(merged->json());
  EXPECT_TRUE(followed.ok() && (*followed)->json() == merged->json()) << merged->json();
  return followed.ok() ? *followed : merged;
}

void ExpectAsRead(const Mapping& mapping, Random& random) {
  const MappingPtr read = *Mapping::Restore(mapping.json(), mapping.limits());
  EXPECT_EQ(mapping.json(), read->json());
  EXPECT_EQ(mapping.field_count(), read->field_count());
  EXPECT_EQ(mapping.routing_required(), read->routing_required());
  for (int i = 0; i < 10; ++i) {
    const std::string document = random.Document();
    EXPECT_EQ(Verdict(mapping, document), Verdict(*read, document))
        << document << " in " << mapping.json();
  }
}

void Grow(unsigned seed, unsigned names, int merges, const MappingLimits& limits) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  random.UseNames(names);
  MappingPtr mapping = *Mapping::Parse(LoneTask(), "{}", limits);
  for (int i = 0; i < merges && !testing::Test::HasFailure(); ++i) {
    std::string update = random.Update();
    if (random.Once(2)) {
      const auto grown = mapping->Check(LoneTask(), "1", "", random.Document());
      if (!grown.ok() || !grown->has_value()) continue;
      update = **grown;
    }
    const MappingPtr merged = Merged(mapping, update);
    const MappingPtr followed = Followed(mapping, merged);
    ExpectAsRead(*merged, random);
    ExpectAsRead(*followed, random);
    mapping = random.Once(2) ? merged : followed;
  }
}

TEST(MappingMerge, MakesWhatIsReadFromTheText) {
  for (unsigned seed = 0; seed < 60; ++seed) Grow(seed, 6, 25, {});
}

TEST(MappingMerge, MakesWhatIsReadFromTheTextOfManyFields) {
  for (unsigned seed = 0; seed < 2; ++seed) Grow(seed, 1'000, 250, {.total_fields = 10'000});
}

TEST(MappingMerge, RefusesTooMuchAsTheMappingThatIsRead) {
  const MappingLimits limits = {
      .total_fields = 30, .depth = 3, .nested_fields = 2, .field_name_length = 2};
  for (unsigned seed = 0; seed < 40; ++seed) Grow(seed, 12, 25, limits);
}

}  // namespace
}  // namespace engine
