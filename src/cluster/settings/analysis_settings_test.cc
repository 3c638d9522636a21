#include "cluster/settings/analysis_settings.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

std::string Refusal(const std::map<std::string, std::string>& analysis) {
  std::map<std::string, std::string> settings;
  for (const auto& [key, value] : analysis) settings["index.analysis." + key] = value;
  const base::Status status = CheckAnalysis(settings);
  return status.ok() ? "" : status.reason();
}

TEST(AnalysisSettingsTest, KnowsTheTypes) {
  EXPECT_EQ(Refusal({}), "");
  EXPECT_EQ(Refusal({{"analyzer.x.type", "english"}}), "");
  EXPECT_EQ(Refusal({{"analyzer.x.type", "nope"}}), "Unknown analyzer type [nope] for [x]");
  EXPECT_EQ(Refusal({{"analyzer.x.type", "classic"}}), "Unknown analyzer type [classic] for [x]");
  EXPECT_EQ(Refusal({{"tokenizer.x.type", "nope"}}), "Unknown tokenizer type [nope] for [x]");
  EXPECT_EQ(Refusal({{"filter.x.type", "nope"}}), "Unknown filter type [nope] for [x]");
  EXPECT_EQ(Refusal({{"filter.x.type", "type_as_payload"}}),
            "Unknown filter type [type_as_payload] for [x]");
  EXPECT_EQ(Refusal({{"char_filter.x.type", "nope"}}), "Unknown char_filter type [nope] for [x]");
  EXPECT_EQ(Refusal({{"normalizer.x.type", "nope"}}), "Unknown normalizer type [nope] for [x]");
  EXPECT_EQ(Refusal({{"normalizer.x.type", "lowercase"}}), "");
  EXPECT_EQ(Refusal({{"filter.z.type", "no"}, {"analyzer.a.type", "nope"}}),
            "Unknown filter type [no] for [z]");
}

TEST(AnalysisSettingsTest, NeedsATypeOrATokenizer) {
  EXPECT_EQ(Refusal({{"filter.x.a", "b"}}),
            "filter [x] must specify either an analyzer type, or a tokenizer");
  EXPECT_EQ(Refusal({{"analyzer.x.a", "b"}}),
            "analyzer [x] must specify either an analyzer type, or a tokenizer");
  EXPECT_EQ(Refusal({{"analyzer.x.type", "custom"}}),
            "Custom Analyzer [x] must be configured with a tokenizer");
  EXPECT_EQ(Refusal({{"analyzer.x", "b"}}),
            "Failed to get setting group for [index.analysis.analyzer.] setting prefix and setting "
            "[index.analysis.analyzer.x] because of a missing '.'");
}

TEST(AnalysisSettingsTest, FindsThePartsOfCustomAnalyzers) {
  const auto with_filter = [](const std::string& filter) {
    return Refusal({{"analyzer.x.tokenizer", "standard"}, {"analyzer.x.filter", filter}});
  };
  EXPECT_EQ(with_filter(R"(["lowercase","stop"])"), "");
  EXPECT_EQ(with_filter("[]"), "");
  EXPECT_EQ(with_filter("type_as_payload"), "");
  EXPECT_EQ(with_filter("lowercase, nope"),
            "Custom Analyzer [x] failed to find filter under name [nope]");
  EXPECT_EQ(with_filter("synonym"),
            "Custom Analyzer [x] failed to find filter under name [synonym]");
  EXPECT_EQ(Refusal({{"analyzer.x.tokenizer", "nope"}}),
            "Custom Analyzer [x] failed to find tokenizer under name [nope]");
  EXPECT_EQ(Refusal({{"analyzer.x.tokenizer", "keyword"}, {"analyzer.x.filter.0", "nope"}}),
            "Custom Analyzer [x] failed to find filter under name [nope]");
  EXPECT_EQ(Refusal({{"analyzer.x.tokenizer", "keyword"}, {"analyzer.x.char_filter", "mapping"}}),
            "Custom Analyzer [x] failed to find char_filter under name [mapping]");
  EXPECT_EQ(Refusal({{"normalizer.x.type", "custom"}, {"normalizer.x.filter", "nope"}}),
            "Custom Analyzer [x] failed to find filter under name [nope]");
  EXPECT_EQ(Refusal({{"analyzer.x.tokenizer", "cut"},
                     {"analyzer.x.filter", R"(["same"])"},
                     {"analyzer.x.char_filter", "chars"},
                     {"tokenizer.cut.type", "ngram"},
                     {"filter.same.type", "synonym"},
                     {"char_filter.chars.type", "mapping"}}),
            "");
}

}  // namespace
}  // namespace cluster
