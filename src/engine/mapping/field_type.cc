#include "engine/mapping/field_type.h"

#include <algorithm>
#include <array>

namespace engine {
namespace {

using Form = Parameter::Form;

// Parameters that many types share.
constexpr Parameter kBoost{"boost", Form::kDouble, "1.0"};
constexpr Parameter kMeta{"meta", Form::kMeta};
constexpr Parameter kFields{"fields", Form::kFields};
constexpr Parameter kCopyTo{"copy_to", Form::kTexts};
constexpr Parameter kIndex{"index", Form::kBool, "true", true};
constexpr Parameter kDocValues{"doc_values", Form::kBool, "true", true};
constexpr Parameter kStore{"store", Form::kBool, "false", true};
constexpr Parameter kMalformed{
    .name = "ignore_malformed", .form = Form::kBool, .fallback = "false", .by_index = true};
constexpr Parameter kCoerce{
    .name = "coerce", .form = Form::kBool, .fallback = "true", .by_index = true};
constexpr Parameter kNullValue{"null_value", Form::kValue, "", true};
constexpr Parameter kNullText{"null_value", Form::kText, "", true};
constexpr Parameter kOrdinals{"eager_global_ordinals", Form::kBool, "false"};
constexpr Parameter kIgnoreAbove{"ignore_above", Form::kInt, "2147483647"};
constexpr Parameter kSimilarity{
    .name = "similarity", .form = Form::kChoice, .fixed = true, .choices = "BM25, boolean"};
constexpr Parameter kAnalyzer{"analyzer", Form::kText, "", true};
constexpr Parameter kSearchAnalyzer{"search_analyzer", Form::kText};
constexpr Parameter kQuoteAnalyzer{"search_quote_analyzer", Form::kText};
constexpr Parameter kPositions{.name = "index_options",
                               .form = Form::kChoice,
                               .fallback = "\"positions\"",
                               .fixed = true,
                               .choices = "positions, docs, freqs, offsets"};
constexpr Parameter kTermVector{
    .name = "term_vector",
    .form = Form::kChoice,
    .fallback = "\"no\"",
    .fixed = true,
    .choices =
        "no, yes, with_positions, with_offsets, with_positions_offsets, "
        "with_positions_payloads, with_positions_offsets_payloads"};
// -1: the analyzer's own, which is 100.
constexpr Parameter kPositionGap{"position_increment_gap", Form::kInt, "-1", true};
constexpr Parameter kFielddata{"fielddata", Form::kBool, "false"};
constexpr Parameter kFrequencies{"fielddata_frequency_filter", Form::kRaw};
constexpr Parameter kPrefixes{.name = "index_prefixes", .form = Form::kRaw, .fixed = true};
constexpr Parameter kPhrases{"index_phrases", Form::kBool, "false", true};
constexpr Parameter kFormat{"format", Form::kFormat, "\"strict_date_optional_time||epoch_millis\"",
                            true};
constexpr Parameter kLocale{"locale", Form::kText, "\"\"", true};
constexpr Parameter kDynamic{"dynamic", Form::kDynamic};
constexpr Parameter kEnabled{"enabled", Form::kBool, "true"};
constexpr Parameter kProperties{"properties", Form::kFields};

constexpr std::array kObjectParameters = {kDynamic, kEnabled, kProperties};
constexpr std::array kNestedParameters = {Parameter{"include_in_parent", Form::kBool, "false"},
                                          Parameter{"include_in_root", Form::kBool, "false"},
                                          kDynamic, kEnabled, kProperties};
constexpr std::array kAliasParameters = {
    Parameter{.name = "path", .form = Form::kText, .required = true}};
constexpr std::array kKeywordParameters = {
    kIndex,
    kDocValues,
    kStore,
    kNullText,
    kOrdinals,
    kIgnoreAbove,
    Parameter{.name = "index_options",
              .form = Form::kChoice,
              .fallback = "\"docs\"",
              .fixed = true,
              .choices = "docs, freqs"},
    Parameter{"norms", Form::kBool, "false"},
    kSimilarity,
    Parameter{"normalizer", Form::kText, "\"default\"", true},
    Parameter{"split_queries_on_whitespace", Form::kBool, "false"},
    kBoost,
    kMeta,
    kFields,
    kCopyTo};
constexpr std::array kTextParameters = {
    kBoost,      kIndex,          kStore,
    kFields,     kCopyTo,         kMeta,
    kPositions,  kTermVector,     Parameter{"norms", Form::kBool, "true"},
    kAnalyzer,   kSearchAnalyzer, kQuoteAnalyzer,
    kSimilarity, kOrdinals,       kPositionGap,
    kFielddata,  kFrequencies,    kPrefixes,
    kPhrases};
// As of a text, but that it stores no positions and no norms.
constexpr std::array kMatchOnlyParameters = {kBoost,
                                             kIndex,
                                             kStore,
                                             kFields,
                                             kCopyTo,
                                             kMeta,
                                             Parameter{.name = "index_options",
                                                       .form = Form::kChoice,
                                                       .fallback = "\"docs\"",
                                                       .fixed = true,
                                                       .choices = "docs"},
                                             kTermVector,
                                             Parameter{"norms", Form::kBool, "false"},
                                             kAnalyzer,
                                             kSearchAnalyzer,
                                             kQuoteAnalyzer,
                                             kSimilarity,
                                             kOrdinals,
                                             kPositionGap,
                                             kFielddata,
                                             kFrequencies,
                                             kPrefixes,
                                             kPhrases};
constexpr std::array kNumberParameters = {kIndex,     kDocValues, kStore,  kMalformed, kCoerce,
                                          kNullValue, kMeta,      kFields, kCopyTo};
constexpr std::array kScaledParameters = {
    kIndex,  kDocValues,
    kStore,  kMalformed,
    kMeta,   Parameter{.name = "scaling_factor", .form = Form::kDouble, .required = true},
    kCoerce, kNullValue,
    kFields, kCopyTo};
constexpr std::array kBooleanParameters = {kMeta,      kBoost, kDocValues, kIndex,
                                           kNullValue, kStore, kFields,    kCopyTo};
constexpr std::array kDateParameters = {
    kIndex,  kDocValues, kStore,     kFormat, Parameter{"print_format", Form::kFormat},
    kLocale, kNullText,  kMalformed, kBoost,  kMeta,
    kFields, kCopyTo};
constexpr std::array kIpParameters = {kIndex,    kDocValues, kStore,  kMalformed,
                                      kNullText, kMeta,      kFields, kCopyTo};
constexpr std::array kGeoPointParameters = {kIndex,
                                            kDocValues,
                                            kStore,
                                            kFields,
                                            kCopyTo,
                                            kMeta,
                                            kMalformed,
                                            Parameter{"ignore_z_value", Form::kBool, "true"},
                                            Parameter{"null_value", Form::kRaw}};
constexpr std::array kGeoShapeParameters = {kIndex,
                                            kDocValues,
                                            kStore,
                                            kFields,
                                            kCopyTo,
                                            kMeta,
                                            kMalformed,
                                            Parameter{"ignore_z_value", Form::kBool, "true"},
                                            Parameter{"coerce", Form::kBool, "false"},
                                            Parameter{"orientation", Form::kText, "\"RIGHT\""}};
constexpr std::array kBinaryParameters = {
    kMeta, kStore, Parameter{"doc_values", Form::kBool, "false", true}, kFields, kCopyTo};
constexpr std::array kConstantParameters = {
    Parameter{.name = "value", .form = Form::kText, .fixed = true, .required = true}};
constexpr std::array kWildcardParameters = {
    kNullText,
    kIgnoreAbove,
    Parameter{"normalizer", Form::kText, "\"default\"", true},
    Parameter{.name = "doc_values",
              .form = Form::kBool,
              .fallback = "false",
              .fixed = true,
              .always = true},
    kMeta,
    kFields,
    kCopyTo};
constexpr std::array kRangeParameters = {kIndex, kDocValues, kStore,  kCoerce,
                                         kBoost, kMeta,      kFields, kCopyTo};
constexpr std::array kDateRangeParameters = {kIndex,  kDocValues, kStore, kCoerce, kFormat,
                                             kLocale, kBoost,     kMeta,  kFields, kCopyTo};
constexpr std::array kCompletionParameters = {
    Parameter{.name = "analyzer",
              .form = Form::kText,
              .fallback = "\"simple\"",
              .fixed = true,
              .always = true},
    kSearchAnalyzer,
    Parameter{.name = "preserve_separators",
              .form = Form::kBool,
              .fallback = "true",
              .fixed = true,
              .always = true},
    Parameter{.name = "preserve_position_increments",
              .form = Form::kBool,
              .fallback = "true",
              .fixed = true,
              .always = true},
    Parameter{.name = "max_input_length", .form = Form::kInt, .fallback = "50", .always = true},
    Parameter{.name = "contexts", .form = Form::kRaw, .fixed = true},
    kMeta,
    kFields,
    kCopyTo};
constexpr std::array kAsYouTypeParameters = {
    kIndex,
    kStore,
    Parameter{.name = "doc_values", .form = Form::kBool, .fallback = "false", .always = true},
    Parameter{.name = "max_shingle_size",
              .form = Form::kInt,
              .fallback = "3",
              .fixed = true,
              .always = true},
    kAnalyzer,
    kSearchAnalyzer,
    kQuoteAnalyzer,
    kSimilarity,
    kPositions,
    Parameter{"norms", Form::kBool, "true"},
    kTermVector,
    kMeta,
    kFields,
    kCopyTo};
constexpr std::array kTokenCountParameters = {
    kIndex,     kDocValues,
    kStore,     Parameter{.name = "analyzer", .form = Form::kText, .required = true},
    kNullValue, Parameter{"enable_position_increments", Form::kBool, "true"},
    kMeta,      kFields,
    kCopyTo};
constexpr std::array kFeatureParameters = {
    Parameter{"positive_score_impact", Form::kBool, "true", true}, kMeta, kFields, kCopyTo};
constexpr std::array kFeaturesParameters = {
    kMeta, Parameter{"positive_score_impact", Form::kBool, "true", true}, kFields, kCopyTo};
constexpr std::array kJoinParameters = {
    Parameter{
        .name = "eager_global_ordinals", .form = Form::kBool, .fallback = "true", .always = true},
    Parameter{.name = "relations", .form = Form::kRaw, .fallback = "{}", .always = true}};
constexpr std::span<const Parameter> kNone;

constexpr bool kOld = false;  // not `parametrized`

constexpr std::array kTypes = {
    FieldType{"object", Kind::kObject, kObjectParameters, kOld},
    FieldType{"nested", Kind::kNested, kNestedParameters, kOld},
    FieldType{"keyword", Kind::kKeyword, kKeywordParameters},
    FieldType{"text", Kind::kText, kTextParameters},
    FieldType{"long", Kind::kInteger, kNumberParameters, true, 64},
    FieldType{"integer", Kind::kInteger, kNumberParameters, true, 32},
    FieldType{"short", Kind::kInteger, kNumberParameters, true, 16},
    FieldType{"byte", Kind::kInteger, kNumberParameters, true, 8},
    FieldType{"unsigned_long", Kind::kUnsigned, kNumberParameters, true, 64},
    FieldType{"double", Kind::kReal, kNumberParameters, true, 64},
    FieldType{"float", Kind::kReal, kNumberParameters, true, 32},
    FieldType{"half_float", Kind::kReal, kNumberParameters, true, 16},
    FieldType{"scaled_float", Kind::kReal, kScaledParameters, true, 0},
    FieldType{"boolean", Kind::kBoolean, kBooleanParameters},
    FieldType{"date", Kind::kDate, kDateParameters},
    FieldType{"date_nanos", Kind::kDate, kDateParameters, true, 64},
    FieldType{"ip", Kind::kIp, kIpParameters},
    FieldType{"alias", Kind::kAlias, kAliasParameters, kOld},
    FieldType{"binary", Kind::kBinary, kBinaryParameters},
    FieldType{"geo_point", Kind::kGeoPoint, kGeoPointParameters, kOld},
    FieldType{"geo_shape", Kind::kShape, kGeoShapeParameters, kOld},
    FieldType{"constant_keyword", Kind::kConstant, kConstantParameters, kOld},
    FieldType{"match_only_text", Kind::kText, kMatchOnlyParameters},
    FieldType{"wildcard", Kind::kText, kWildcardParameters},
    FieldType{"flat_object", Kind::kFlat, kNone, kOld},
    FieldType{"integer_range", Kind::kRange, kRangeParameters, true, 32},
    FieldType{"long_range", Kind::kRange, kRangeParameters, true, 64},
    FieldType{"float_range", Kind::kRange, kRangeParameters},
    FieldType{"double_range", Kind::kRange, kRangeParameters},
    FieldType{"date_range", Kind::kRange, kDateRangeParameters},
    FieldType{"ip_range", Kind::kRange, kRangeParameters},
    FieldType{"completion", Kind::kComplete, kCompletionParameters},
    FieldType{"search_as_you_type", Kind::kText, kAsYouTypeParameters},
    FieldType{"token_count", Kind::kText, kTokenCountParameters},
    FieldType{"join", Kind::kJoin, kJoinParameters, kOld},
    FieldType{"rank_feature", Kind::kFeature, kFeatureParameters},
    FieldType{"rank_features", Kind::kFeatures, kFeaturesParameters},
    FieldType{"percolator", Kind::kAnything, kNone, kOld},
};

}  // namespace

int FieldType::IndexOf(std::string_view parameter) const {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == parameter) return static_cast<int>(i);
  }
  return -1;
}

bool FieldType::LetsPass(std::string_view parameter) const {
  constexpr std::string_view kNames[] = {"boost", "doc_values", "index", "index_options",
                                         "meta",  "similarity", "store"};
  return parametrized && IndexOf(parameter) < 0 &&
         std::ranges::find(kNames, parameter) != std::end(kNames);
}

const FieldType* FindFieldType(std::string_view name) {
  for (const FieldType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

const FieldType& ObjectType() { return kTypes[0]; }

}  // namespace engine
