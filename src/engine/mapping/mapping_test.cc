#include "engine/mapping/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/lone_task.h"

namespace engine {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Mapping> Parsed(std::string_view json, const MappingLimits& limits = {}) {
  auto mapping = Mapping::Parse(LoneTask(), json, limits);
  EXPECT_TRUE(mapping.ok()) << json << ": " << mapping.status().reason();
  return mapping.ok() ? *mapping : *Mapping::Parse(LoneTask(), "{}");
}

std::string Shown(std::string_view json) { return Parsed(json)->json(); }

std::string WhyNot(std::string_view json) {
  const auto mapping = Mapping::Parse(LoneTask(), json);
  EXPECT_FALSE(mapping.ok()) << json;
  return mapping.ok() ? "" : mapping.status().reason();
}

std::string WhyNoMerge(std::string_view before, std::string_view update) {
  const auto merged = Parsed(before)->Merge(LoneTask(), update);
  EXPECT_FALSE(merged.ok()) << update;
  return merged.ok() ? (*merged)->json() : merged.status().reason();
}

TEST(Mapping, IsShownInTheOrderOpenSearchShowsIt) {
  EXPECT_EQ(Shown(""), "{}");
  EXPECT_EQ(
      Shown(R"({"properties":{"z":{"type":"long"},"a":{"type":"keyword"}},"numeric_detection":true,
               "_source":{"enabled":false},"dynamic":"strict","_routing":{"required":true},
               "date_detection":false,"_meta":{"version":5,"b":1.0}})"),
      R"({"dynamic":"strict","_meta":{"version":5,"b":1.0},"_routing":{"required":true},)"
      R"("_source":{"enabled":false},"date_detection":false,"numeric_detection":true,)"
      R"("properties":{"a":{"type":"keyword"},"z":{"type":"long"}}})");
}

TEST(Mapping, ShowsParametersInTheirOrderAndAsTheirTypes) {
  EXPECT_EQ(Shown(R"({"properties":{"a":{"boost":2,"ignore_above":"5","index":"false",
                     "doc_values":"true","copy_to":"b","type":"keyword","meta":{"unit":"ms"}}}})"),
            R"({"properties":{"a":{"type":"keyword","index":false,"ignore_above":5,"boost":2.0,)"
            R"("meta":{"unit":"ms"},"copy_to":["b"]}}})");
  EXPECT_EQ(Shown(R"({"properties":{"a":{"type":"scaled_float","scaling_factor":100}}})"),
            R"({"properties":{"a":{"type":"scaled_float","scaling_factor":100.0}}})");
  EXPECT_EQ(Shown(R"({"properties":{"a":{"type":"completion"}}})"),
            R"({"properties":{"a":{"type":"completion","analyzer":"simple",)"
            R"("preserve_separators":true,"preserve_position_increments":true,)"
            R"("max_input_length":50}}})");
}

TEST(Mapping, OfTaskResultsIsShownAsItWasPut) {
  const std::string mapping =
      R"({"dynamic":"strict","_meta":{"version":5},"properties":{"completed":{"type":"boolean"},)"
      R"("error":{"type":"object","enabled":false},"response":{"type":"object","enabled":false},)"
      R"("task":{"properties":{"action":{"type":"keyword"},"cancellable":{"type":"boolean"},)"
      R"("cancellation_time_millis":{"type":"long"},"cancelled":{"type":"boolean"},)"
      R"("description":{"type":"text"},"headers":{"type":"object","enabled":false},)"
      R"("id":{"type":"long"},"node":{"type":"keyword"},"parent_task_id":{"type":"keyword"},)"
      R"("resource_stats":{"type":"object","enabled":false},)"
      R"("running_time_in_nanos":{"type":"long"},"start_time_in_millis":{"type":"long"},)"
      R"("status":{"type":"object","enabled":false},"type":{"type":"keyword"}}}}})";
  EXPECT_EQ(Shown(mapping), mapping);
  EXPECT_EQ(Shown(Shown(mapping)), mapping);
}

TEST(Mapping, MakesObjectsOfDottedNames) {
  EXPECT_EQ(Shown(R"({"properties":{"a.b":{"type":"long"},"a":{"type":"object"}}})"),
            R"({"properties":{"a":{"properties":{"b":{"type":"long"}}}}})");
  EXPECT_THAT(WhyNot(R"({"properties":{"a..b":{"type":"long"}}})"),
              HasSubstr("name cannot be empty string"));
}

TEST(Mapping, RefusesWhatItDoesNotKnow) {
  const auto mapping = Mapping::Parse(LoneTask(), R"({"properties":{"a":{"type":"nope"}}})");
  ASSERT_FALSE(mapping.ok());
  EXPECT_EQ(mapping.status().type(), "mapper_parsing_exception");
  EXPECT_EQ(mapping.status().http_status(), 400);
  EXPECT_EQ(mapping.status().reason(),
            "Failed to parse mapping [_doc]: No handler for type [nope] declared on field [a]");
  ASSERT_NE(mapping.status().cause(), nullptr);
  EXPECT_EQ(mapping.status().cause()->reason(), "No handler for type [nope] declared on field [a]");

  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"keyword","nope":1}}})"),
              HasSubstr("unknown parameter [nope] on mapper [a] of type [keyword]"));
  EXPECT_THAT(
      WhyNot(R"({"properties":{"a":{"type":"flat_object","nope":{"b":[1]}}}})"),
      HasSubstr("Mapping definition for [a] has unsupported parameters:  [nope : {b=[1]}]"));
  EXPECT_THAT(WhyNot(R"({"nope":5,"nope2":{}})"),
              HasSubstr("unsupported parameters:  [nope : 5] [nope2 : {}]"));
  EXPECT_EQ(WhyNot(R"({"_doc":{"properties":{}}})"),
            "The mapping definition cannot be nested under a type");
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"date","format":"nope"}}})"),
              HasSubstr("Error parsing [format] on field [a]: Invalid format: [nope]: Unknown "
                        "pattern letter: o"));
}

TEST(Mapping, HasLimits) {
  std::string many;
  for (int i = 0; i < 1001; ++i) {
    many += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + R"(":{"type":"long"})";
  }
  const std::string wide = "{\"properties\":{" + many + "}}";
  EXPECT_EQ(WhyNot(wide), "Limit of total fields [1000] has been exceeded");
  EXPECT_EQ(Parsed(wide, {.total_fields = 1001})->field_count(), 1001u);

  std::string deep = R"({"type":"long"})";
  for (int i = 0; i < 21; ++i) deep = R"({"properties":{"a":)" + deep + "}}";
  EXPECT_THAT(WhyNot(deep),
              HasSubstr("Limit of mapping depth [20] has been exceeded due to object"));
  Parsed(deep, {.depth = 21});
  std::string hostile = R"({"type":"long"})";
  for (int i = 0; i < 900; ++i) hostile = R"({"properties":{"a":)" + hostile + "}}";
  EXPECT_FALSE(Mapping::Parse(LoneTask(), hostile, {.depth = 100'000}).ok());

  const auto merged =
      Parsed("{}", {.total_fields = 1})
          ->Merge(LoneTask(),
                  R"({"properties":{"a":{"type":"text","fields":{"k":{"type":"keyword"}}}}})");
  EXPECT_EQ(merged.status().reason(), "Limit of total fields [1] has been exceeded");
}

TEST(Mapping, IsGivenUpWhereItIsTooMuch) {
  // What is wrong behind that is not seen any more.
  const MappingLimits two = {.total_fields = 2};
  const auto refused = [](std::string_view json, const MappingLimits& limits) {
    return Mapping::Parse(LoneTask(), json, limits).status().reason();
  };
  EXPECT_EQ(refused(R"({"properties":{"a":{"type":"long"},"b":{"properties":{"c":{"type":"long"},
                       "d":{"type":"nope"}}}}})",
                    two),
            "Limit of total fields [2] has been exceeded");
  EXPECT_EQ(refused(R"({"properties":{"a":{"properties":{"b":{"properties":{"c":{"type":"nope"}}}}}
                       }})",
                    {.depth = 2}),
            "Limit of mapping depth [2] has been exceeded due to object field [a.b]");
  EXPECT_EQ(refused(R"({"properties":{"ab":{"type":"long"},"abc":{"type":"long"},
                       "d":{"type":"nope"}}})",
                    {.field_name_length = 2}),
            "Field name [abc] is longer than the limit of [2] characters");
  EXPECT_EQ(
      refused("{\"properties\":{\"\u00e9\u00e9\":{\"type\":\"long\"}}}", {.field_name_length = 2}),
      "");
  EXPECT_EQ(refused(R"({"properties":{"a":{"type":"nested"},"b":{"type":"nested"}}})",
                    {.nested_fields = 1}),
            "Limit of nested fields [1] has been exceeded");
}

TEST(Mapping, CountsAFieldOnceHoweverOftenItIsNamed) {
  const char* const twice = R"({"properties":{"a":{"properties":{"b":{"type":"long"}}},
      "a.b":{"type":"long"},"a.c":{"type":"long"}}})";
  Parsed(twice, {.total_fields = 3});
  EXPECT_FALSE(Mapping::Parse(LoneTask(), twice, {.total_fields = 2}).ok());
}

TEST(Mapping, StopsWhileItIsRead) {
  std::string fields;
  for (int i = 0; i < 900; ++i) {
    fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + R"(":{"type":"long"})";
  }
  const std::string json = "{\"properties\":{" + fields + "}}";
  LoneTask task;
  ASSERT_TRUE(Mapping::Parse(task, json).ok());
  const auto empty = Parsed("{}");
  const auto body = *base::json::Document::Parse(json);
  task.Stop();
  EXPECT_EQ(Mapping::Parse(task, json).status().code(), base::Code::kCancelled);
  EXPECT_EQ(Mapping::Parse(task, body.root()).status().code(), base::Code::kCancelled);
  EXPECT_EQ(empty->Merge(task, json).status().code(), base::Code::kCancelled);
}

TEST(Mapping, IsRestoredWhateverTheLimitsAreNow) {
  const auto mapping = Mapping::Restore(
      R"({"properties":{"a":{"type":"long"},"b":{"type":"long"}}})", {.total_fields = 1});
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ((*mapping)->field_count(), 2u);
  EXPECT_EQ((*mapping)->limits().total_fields, 1);
}

TEST(Mapping, MergesWhatIsNewAndKeepsTheRest) {
  const auto mapping = Parsed(R"({"_meta":{"a":1},"properties":{"b":{"type":"text",
      "fields":{"k":{"type":"keyword"}}},"n":{"type":"nested"}}})");
  const auto merged = mapping->Merge(LoneTask(), R"({"properties":{"b":{"type":"text","fields":
      {"n":{"type":"long"}}},"c":{"type":"ip"},"n":{"type":"nested","properties":
      {"x":{"type":"long"}}}},"dynamic":false})");
  ASSERT_TRUE(merged.ok()) << merged.status().reason();
  EXPECT_EQ((*merged)->json(),
            R"({"dynamic":"false","_meta":{"a":1},"properties":{"b":{"type":"text","fields":)"
            R"({"k":{"type":"keyword"},"n":{"type":"long"}}},"c":{"type":"ip"},"n":)"
            R"({"type":"nested","properties":{"x":{"type":"long"}}}}})");
  EXPECT_EQ(mapping->field_count(), 3u) << "the old one is as it was";
}

TEST(Mapping, CannotChangeWhatDocumentsWereIndexedWith) {
  const char* const mapping = R"({"properties":{"a":{"type":"long"},"o":{"properties":
      {"x":{"type":"date"}}},"b":{"type":"text"},"l":{"type":"alias","path":"a"}}})";
  EXPECT_EQ(WhyNoMerge(mapping, R"({"properties":{"a":{"type":"keyword"}}})"),
            "mapper [a] cannot be changed from type [long] to [keyword]");
  EXPECT_EQ(
      WhyNoMerge(mapping, R"({"properties":{"a":{"type":"long","index":false,"store":true}}})"),
      "Mapper for [a] conflicts with existing mapper:\n\tCannot update parameter [index] from "
      "[true] to [false]\n\tCannot update parameter [store] from [false] to [true]");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"properties":{"b":{"type":"text","analyzer":"simple"}}})"),
            "Mapper for [b] conflicts with existing mapper:\n\tCannot update parameter [analyzer] "
            "from [default] to [simple]");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"properties":{"o":{"type":"keyword"}}})"),
            "can't merge a non object mapping [o] with an object mapping");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"properties":{"o":{"type":"nested"}}})"),
            "cannot change object mapping from non-nested to nested");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"_routing":{"required":true}})"),
            "Mapper for [_routing] conflicts with existing mapper:\n\tCannot update parameter "
            "[required] from [false] to [true]");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"properties":{"l":{"type":"long"}}})"),
            "Cannot merge a field alias mapping [l] with a mapping that is not for a field alias.");
  EXPECT_TRUE(Parsed(mapping)
                  ->Merge(LoneTask(), R"({"properties":{"a":{"type":"long","coerce":false}}})")
                  .ok());
}

TEST(Mapping, ShowsTheAnalyzersThatMatter) {
  const auto shown = [](const std::string& parameters) {
    return Shown(R"({"properties":{"a":{"type":"text",)" + parameters + "}}}");
  };
  const auto mapping = [](const std::string& parameters) {
    return R"({"properties":{"a":{"type":"text")" + parameters + "}}}";
  };
  EXPECT_EQ(shown(R"("analyzer":"default")"), mapping(""));
  EXPECT_EQ(shown(R"("analyzer":"simple","search_analyzer":"simple")"),
            mapping(R"(,"analyzer":"simple")"));
  EXPECT_EQ(shown(R"("search_analyzer":"simple")"),
            mapping(R"(,"analyzer":"default","search_analyzer":"simple")"));
  EXPECT_EQ(shown(R"("search_quote_analyzer":"simple")"),
            mapping(R"(,"analyzer":"default","search_analyzer":"default",)"
                    R"("search_quote_analyzer":"simple")"));
  EXPECT_EQ(shown(R"("analyzer":"simple","search_analyzer":"default")"),
            mapping(R"(,"analyzer":"simple","search_analyzer":"default")"));
}

TEST(Mapping, TakesOfAMatchOnlyTextWhatATextTakes) {
  const auto with = [](const std::string& parameter) {
    return R"({"properties":{"a":{"type":"match_only_text",)" + parameter + "}}}";
  };
  EXPECT_EQ(Shown(with(R"("fielddata":true,"index_options":"docs","norms":false)")),
            with(R"("fielddata":true)"));
  EXPECT_EQ(Shown(with(R"("fielddata_frequency_filter":{"min":0.1})")),
            with(R"("fielddata_frequency_filter":{"min":0.1,"max":2.147483647E9,)"
                 R"("min_segment_size":0})"));
  EXPECT_EQ(Shown(with(R"("doc_values":true,"position_increment_gap":100)")),
            with(R"("position_increment_gap":100)"));
  const auto why_not = [&](const std::string& parameter) { return WhyNot(with(parameter)); };
  EXPECT_THAT(why_not(R"("index_options":"freqs")"),
              HasSubstr("Unknown value [freqs] for field [index_options] - accepted values are "
                        "[docs]"));
  EXPECT_THAT(why_not(R"("norms":true)"),
              HasSubstr("Norms cannot be enabled on for match_only_text field"));
  EXPECT_THAT(why_not(R"("index_phrases":true)"),
              HasSubstr("Index phrases cannot be enabled on for match_only_text field. Use text "
                        "field instead"));
  EXPECT_THAT(why_not(R"("nope":1)"),
              HasSubstr("unknown parameter [nope] on mapper [a] of type [match_only_text]"));
}

TEST(Mapping, NamesAllThatAMetadataFieldWouldChange) {
  const char* const mapping = R"({"_source":{"includes":["a",1.5]}})";
  EXPECT_EQ(WhyNoMerge(mapping, R"({"_source":{"enabled":false,"excludes":["b"]}})"),
            "Mapper for [_source] conflicts with existing mapper:\n\tCannot update parameter "
            "[enabled] from [true] to [false]\n\tCannot update parameter [includes] from [[a, "
            "1.5]] to [[]]\n\tCannot update parameter [excludes] from [[]] to [[b]]");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"_source":{"enabled":null}})"),
            "[enabled] on mapper [_source] of type [null] must not have a [null] value");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"_source":{"includes":"a"}})"),
            "[includes] on mapper [_source] must be a list of paths, was [a]");
  EXPECT_EQ(WhyNoMerge(mapping, R"({"_source":true})"),
            "[_parent] must be an object containing [type]");
}

TEST(Mapping, MayBeGivenMetadataWhileItIsBlank) {
  const auto merged = Parsed("{}")->Merge(LoneTask(), R"({"_source":{"enabled":false}})");
  ASSERT_TRUE(merged.ok()) << merged.status().reason();
  EXPECT_NE((*merged)->source_rule(), nullptr);
  EXPECT_FALSE(
      Parsed(R"({"_source":{}})")->Merge(LoneTask(), R"({"_source":{"enabled":false}})").ok());
}

TEST(Mapping, MayTurnFieldNamesOnAndOff) {
  const auto merged =
      Parsed(R"({"_meta":{}})")->Merge(LoneTask(), R"({"_field_names":{"enabled":false}})");
  ASSERT_TRUE(merged.ok()) << merged.status().reason();
  EXPECT_EQ((*merged)->json(), R"({"_meta":{},"_field_names":{"enabled":false}})");
}

TEST(Mapping, HasASourceRuleOnlyIfSomethingIsHidden) {
  EXPECT_EQ(Parsed("{}")->source_rule(), nullptr);
  EXPECT_EQ(Parsed(R"({"_source":{"enabled":true,"includes":[]}})")->source_rule(), nullptr);
  EXPECT_NE(Parsed(R"({"_source":{"excludes":["a"]}})")->source_rule(), nullptr);
}

TEST(Mapping, KnowsWhetherRoutingIsRequired) {
  EXPECT_FALSE(Parsed("{}")->routing_required());
  EXPECT_TRUE(Parsed(R"({"_routing":{"required":true}})")->routing_required());
}

TEST(Mapping, ReplacesItsTemplatesByThoseOfAnUpdate) {
  const auto merged =
      Parsed(R"({"dynamic_templates":[{"x":{"match":"a","mapping":{"type":"text"}}},)"
             R"({"z":{"match":"c","mapping":{"type":"text"}}}]})")
          ->Merge(LoneTask(),
                  R"({"dynamic_templates":[{"y":{"match_mapping_type":"long","mapping":{}}},
                     {"x":{"match":"b","mapping":{"type":"long"}}}]})");
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ((*merged)->json(),
            R"({"dynamic_templates":[{"y":{"match_mapping_type":"long","mapping":{}}},)"
            R"({"x":{"match":"b","mapping":{"type":"long"}}}]})");
  EXPECT_THAT(WhyNot(R"({"dynamic_templates":[{"a":{"mapping":{"type":"keyword"}}}]})"),
              HasSubstr("template must have match, path_match or match_mapping_type set"));
}

std::string Layered(const std::vector<std::string>& layers) {
  const auto mapping = Mapping::ParseLayers(LoneTask(), layers);
  return mapping.ok() ? (*mapping)->json() : mapping.status().reason();
}

TEST(MappingLayers, ReplaceFieldsHoweverTheirPathsAreSpelled) {
  const char* const nested = R"({"properties":{"o":{"properties":{"s":{"type":"keyword"}}}}})";
  const char* const dotted = R"({"properties":{"o.s":{"type":"long"}}})";
  EXPECT_EQ(Layered({nested, dotted}),
            R"({"properties":{"o":{"properties":{"s":{"type":"long"}}}}})");
  EXPECT_EQ(Layered({dotted, nested}), nested);
  EXPECT_EQ(Layered({R"({"properties":{"f":{"type":"text","analyzer":"simple","fields":)"
                     R"({"k":{"type":"keyword"}}}}})",
                     R"({"properties":{"f":{"type":"text"}}})"}),
            R"({"properties":{"f":{"type":"text"}}})");
}

TEST(MappingLayers, KeepOfAnObjectWhatTheUpperOneDoesNotSay) {
  const char* const lower = R"({"dynamic":"strict","properties":{"o":{"type":"object",)"
                            R"("dynamic":false,"enabled":false},"n":{"type":"nested",)"
                            R"("include_in_root":true}}})";
  EXPECT_EQ(Layered({lower, R"({"date_detection":false,"properties":{"o":{"properties":)"
                            R"({"a":{"type":"ip"}}},"n":{"type":"nested","dynamic":"strict"}}})"}),
            R"({"dynamic":"strict","date_detection":false,"properties":{"n":{"type":"nested",)"
            R"("include_in_root":true,"dynamic":"strict"},"o":{"dynamic":"false","enabled":false,)"
            R"("properties":{"a":{"type":"ip"}}}}})");
  EXPECT_EQ(Layered({lower, R"({"properties":{"o":{"type":"object","enabled":true}}})",
                     R"({"dynamic":"true","properties":{"n":{"type":"nested",)"
                     R"("include_in_root":false}}})"}),
            R"({"dynamic":"true","properties":{"n":{"type":"nested"},)"
            R"("o":{"type":"object","dynamic":"false"}}})")
      << "what is said wins";
}

TEST(MappingLayers, MergeMetaAndDynamicTemplatesButNoOtherMetadata) {
  EXPECT_EQ(Layered({R"({"_meta":{"p":{"x":1},"l":[1]},"_source":{"includes":["a"]},)"
                     R"("_routing":{"required":true},"dynamic_templates":[)"
                     R"({"a":{"match":"1","mapping":{}}},{"b":{"match":"2","mapping":{}}}]})",
                     R"({"_meta":{"own":1,"p":{"y":2},"l":[2]},"_source":{"excludes":["b"]},)"
                     R"("dynamic_templates":[{"b":{"match":"3","mapping":{}}},)"
                     R"({"c":{"match":"4","mapping":{}}}]})"}),
            R"({"_meta":{"own":1,"p":{"y":2,"x":1},"l":[1,2]},"_routing":{"required":true},)"
            R"("_source":{"excludes":["b"]},"dynamic_templates":[{"a":{"match":"1","mapping":{}}},)"
            R"({"b":{"match":"3","mapping":{}}},{"c":{"match":"4","mapping":{}}}]})");
}

TEST(MappingLayers, AndUpdatesMergeDerivedFieldsByName) {
  const char* const lower =
      R"({"derived":{"a":{"type":"ip","script":"1"},"b":{"type":"ip","script":"2"}}})";
  const char* const upper = R"({"derived":{"b":{"type":"long"},"c":{"type":"ip","script":"3"}}})";
  const char* const both = R"({"derived":{"a":{"type":"ip","script":"1"},"b":{"type":"long"},)"
                           R"("c":{"type":"ip","script":"3"}}})";
  EXPECT_EQ(Layered({lower, upper}), both);
  const auto merged = Parsed(lower)->Merge(LoneTask(), upper);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ((*merged)->json(), both);
}

TEST(MappingLayers, CannotTurnObjectsAndFieldsIntoEachOther) {
  const char* const lower = R"({"properties":{"f":{"type":"long"},"n":{"type":"nested"}}})";
  EXPECT_EQ(Layered({lower, R"({"properties":{"f.x":{"type":"long"}}})"}),
            "can't merge a non object mapping [f] with an object mapping");
  EXPECT_EQ(Layered({lower, R"({"properties":{"n":{"type":"long"}}})"}),
            "can't merge a non object mapping [n] with an object mapping");
  EXPECT_EQ(Layered({lower, R"({"properties":{"n.x":{"type":"long"}}})"}),
            "cannot change object mapping from nested to non-nested");
  EXPECT_EQ(Layered({lower, R"({"properties":{"g":{"type":"nope"}}})"}),
            "Failed to parse mapping [_doc]: No handler for type [nope] declared on field [g]");
}

TEST(MappingLayers, MayLeadAnAliasToAFieldOfAnother) {
  const char* const alias = R"({"properties":{"l":{"type":"alias","path":"f"}}})";
  EXPECT_THAT(Layered({R"({"properties":{"f":{"type":"long"}}})", alias}), HasSubstr("alias"));
  EXPECT_THAT(Layered({alias}), HasSubstr("an alias must refer to an existing field"));
}

TEST(Mapping, OfOneTextAgreesWithItselfAboutDottedNames) {
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"nested"},"a.b":{"type":"long"}}})"),
              HasSubstr("cannot change object mapping from nested to non-nested"));
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"enabled":false},"a.b":{"type":"long"}}})"),
              HasSubstr("the [enabled] parameter can't be updated for the object mapping [a]"));
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"long"},"a.b":{"type":"long"}}})"),
              HasSubstr("mapper [a] cannot be changed from type [long] to [ObjectMapper]"));
}

TEST(Mapping, LeadsAliasesToFieldsThatAre) {
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"alias","path":"c"}}})"),
              HasSubstr("an alias must refer to an existing field in the mappings."));
  EXPECT_THAT(WhyNot(R"({"properties":{"a":{"type":"alias","path":"a"}}})"),
              HasSubstr("an alias cannot refer to itself."));
}

}  // namespace
}  // namespace engine
