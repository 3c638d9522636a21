#include "cluster/settings/analysis_settings.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/text/strings.h"

namespace cluster {
namespace {

using base::IllegalArgument;
using base::Status;
using Settings = std::map<std::string, std::string>;
using Names = std::span<const std::string_view>;

// The types, as the analysis-common module of OpenSearch 2.19 registers them.
constexpr std::string_view kAnalyzers[] = {
    "arabic",     "armenian",    "basque",     "bengali", "brazilian",  "bulgarian", "catalan",
    "chinese",    "cjk",         "czech",      "danish",  "default",    "dutch",     "english",
    "estonian",   "fingerprint", "finnish",    "french",  "galician",   "german",    "greek",
    "hindi",      "hungarian",   "indonesian", "irish",   "italian",    "keyword",   "latvian",
    "lithuanian", "norwegian",   "pattern",    "persian", "portuguese", "romanian",  "russian",
    "simple",     "snowball",    "sorani",     "spanish", "standard",   "stop",      "swedish",
    "thai",       "turkish",     "whitespace"};
constexpr std::string_view kTokenizers[] = {"PathHierarchy",  "char_group",
                                            "classic",        "edgeNGram",
                                            "edge_ngram",     "keyword",
                                            "letter",         "lowercase",
                                            "nGram",          "ngram",
                                            "path_hierarchy", "pattern",
                                            "simple_pattern", "simple_pattern_split",
                                            "standard",       "thai",
                                            "uax_url_email",  "whitespace"};
constexpr std::string_view kFilters[] = {"apostrophe",
                                         "arabic_normalization",
                                         "arabic_stem",
                                         "asciifolding",
                                         "bengali_normalization",
                                         "brazilian_stem",
                                         "cjk_bigram",
                                         "cjk_width",
                                         "classic",
                                         "common_grams",
                                         "concatenate_graph",
                                         "condition",
                                         "czech_stem",
                                         "decimal_digit",
                                         "delimited_payload",
                                         "delimited_term_freq",
                                         "dictionary_decompounder",
                                         "dutch_stem",
                                         "edgeNGram",
                                         "edge_ngram",
                                         "elision",
                                         "fingerprint",
                                         "flatten_graph",
                                         "french_stem",
                                         "german_normalization",
                                         "german_stem",
                                         "hindi_normalization",
                                         "hunspell",
                                         "hyphenation_decompounder",
                                         "indic_normalization",
                                         "keep",
                                         "keep_types",
                                         "keyword_marker",
                                         "kstem",
                                         "length",
                                         "limit",
                                         "lowercase",
                                         "min_hash",
                                         "multiplexer",
                                         "nGram",
                                         "ngram",
                                         "pattern_capture",
                                         "pattern_replace",
                                         "persian_normalization",
                                         "persian_stem",
                                         "porter_stem",
                                         "predicate_token_filter",
                                         "remove_duplicates",
                                         "reverse",
                                         "russian_stem",
                                         "scandinavian_folding",
                                         "scandinavian_normalization",
                                         "serbian_normalization",
                                         "shingle",
                                         "snowball",
                                         "sorani_normalization",
                                         "standard",
                                         "stemmer",
                                         "stemmer_override",
                                         "stop",
                                         "synonym",
                                         "synonym_graph",
                                         "trim",
                                         "truncate",
                                         "unique",
                                         "uppercase",
                                         "word_delimiter",
                                         "word_delimiter_graph"};
// Of these an analyzer may not name the type itself: they mean nothing without settings.
constexpr std::string_view kFiltersWithSettings[] = {"condition",
                                                     "dictionary_decompounder",
                                                     "hunspell",
                                                     "hyphenation_decompounder",
                                                     "keep",
                                                     "keep_types",
                                                     "keyword_marker",
                                                     "pattern_capture",
                                                     "pattern_replace",
                                                     "predicate_token_filter",
                                                     "stemmer_override",
                                                     "synonym",
                                                     "synonym_graph"};
// The other way round: it has a name, but is no type.
constexpr std::string_view kFilterByNameOnly = "type_as_payload";
constexpr std::string_view kCharFilters[] = {"html_strip", "mapping", "pattern_replace"};
constexpr std::string_view kCharFiltersWithSettings[] = {"mapping", "pattern_replace"};
constexpr std::string_view kNormalizers[] = {"lowercase"};

bool Has(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string Quoted(std::string_view text) { return "[" + std::string(text) + "]"; }

// The parts of one kind, by name, each with its own settings.
struct Parts {
  std::string_view kind;  // as in `index.analysis.<kind>.<name>.<setting>`
  std::map<std::string, Settings> by_name;

  static base::Result<Parts> Read(const Settings& settings, std::string_view kind) {
    Parts parts{.kind = kind, .by_name = {}};
    const std::string prefix = "index.analysis." + std::string(kind) + ".";
    for (auto at = settings.lower_bound(prefix);
         at != settings.end() && at->first.starts_with(prefix); ++at) {
      const std::string rest = at->first.substr(prefix.size());
      const std::size_t dot = rest.find('.');
      if (dot == std::string::npos) {
        return Status(400, "settings_exception",
                      "Failed to get setting group for " + Quoted(prefix) +
                          " setting prefix and setting " + Quoted(at->first) +
                          " because of a missing '.'");
      }
      parts.by_name[rest.substr(0, dot)].emplace(rest.substr(dot + 1), at->second);
    }
    return parts;
  }

  Status CheckType(const std::string& name, const Settings& own, Names types) const {
    const auto type = own.find("type");
    if (type == own.end()) {
      return IllegalArgument(std::string(kind) + " " + Quoted(name) +
                             " must specify either an analyzer type, or a tokenizer");
    }
    if (Has(types, type->second)) return {};
    return IllegalArgument("Unknown " + std::string(kind) + " type " + Quoted(type->second) +
                           " for " + Quoted(name));
  }

  Status CheckTypes(Names types) const {
    for (const auto& [name, own] : by_name) RETURN_IF_ERROR(CheckType(name, own, types));
    return {};
  }
};

// A list setting: as JSON array, as text with commas, or one setting an item.
std::vector<std::string> ListOf(const Settings& own, const std::string& key) {
  std::vector<std::string> items;
  if (const auto text = own.find(key); text != own.end()) {
    const auto json = base::json::Document::Parse(text->second);
    if (json.ok() && json->root().IsArray()) {
      for (const base::json::Value* item : json->root().items()) items.emplace_back(item->text());
    } else {
      for (const std::string& item : base::SplitList(text->second))
        items.emplace_back(base::TrimAscii(item));
    }
  }
  for (int i = 0;; ++i) {
    const auto item = own.find(key + "." + std::to_string(i));
    if (item == own.end()) return items;
    items.push_back(item->second);
  }
}

class Analysis {
 public:
  explicit Analysis(const Settings& settings) : settings_(settings) {}

  Status Check() {
    ASSIGN_OR_RETURN(char_filters_, Parts::Read(settings_, "char_filter"));
    RETURN_IF_ERROR(char_filters_.CheckTypes(kCharFilters));
    ASSIGN_OR_RETURN(tokenizers_, Parts::Read(settings_, "tokenizer"));
    RETURN_IF_ERROR(tokenizers_.CheckTypes(kTokenizers));
    ASSIGN_OR_RETURN(filters_, Parts::Read(settings_, "filter"));
    RETURN_IF_ERROR(filters_.CheckTypes(kFilters));
    ASSIGN_OR_RETURN(const Parts analyzers, Parts::Read(settings_, "analyzer"));
    ASSIGN_OR_RETURN(const Parts normalizers, Parts::Read(settings_, "normalizer"));
    for (const auto& [name, own] : analyzers.by_name) {
      if (!IsCustom(own, own.contains("tokenizer")))
        RETURN_IF_ERROR(analyzers.CheckType(name, own, kAnalyzers));
    }
    for (const auto& [name, own] : normalizers.by_name) {
      if (!IsCustom(own, true)) RETURN_IF_ERROR(normalizers.CheckType(name, own, kNormalizers));
    }
    for (const auto& [name, own] : analyzers.by_name) {
      if (!IsCustom(own, own.contains("tokenizer"))) continue;
      RETURN_IF_ERROR(CheckTokenizer(name, own));
      RETURN_IF_ERROR(CheckFilters(name, own));
    }
    for (const auto& [name, own] : normalizers.by_name) {
      if (IsCustom(own, true)) RETURN_IF_ERROR(CheckFilters(name, own));
    }
    return {};
  }

 private:
  static bool IsCustom(const Settings& own, bool without_type) {
    const auto type = own.find("type");
    return type == own.end() ? without_type : type->second == "custom";
  }

  static Status NotFound(const std::string& name, std::string_view kind, const std::string& part) {
    return IllegalArgument("Custom Analyzer " + Quoted(name) + " failed to find " +
                           std::string(kind) + " under name " + Quoted(part));
  }

  Status CheckTokenizer(const std::string& name, const Settings& own) const {
    const auto tokenizer = own.find("tokenizer");
    if (tokenizer == own.end())
      return IllegalArgument("Custom Analyzer " + Quoted(name) +
                             " must be configured with a tokenizer");
    const std::string& part = tokenizer->second;
    if (tokenizers_.by_name.contains(part) || Has(kTokenizers, part)) return {};
    return NotFound(name, "tokenizer", part);
  }

  Status CheckFilters(const std::string& name, const Settings& own) const {
    for (const std::string& part : ListOf(own, "char_filter")) {
      const bool built_in = Has(kCharFilters, part) && !Has(kCharFiltersWithSettings, part);
      if (!built_in && !char_filters_.by_name.contains(part))
        return NotFound(name, "char_filter", part);
    }
    for (const std::string& part : ListOf(own, "filter")) {
      const bool built_in =
          part == kFilterByNameOnly || (Has(kFilters, part) && !Has(kFiltersWithSettings, part));
      if (!built_in && !filters_.by_name.contains(part)) return NotFound(name, "filter", part);
    }
    return {};
  }

  const Settings& settings_;
  Parts char_filters_, tokenizers_, filters_;
};

}  // namespace

Status CheckAnalysis(const Settings& settings) { return Analysis(settings).Check(); }

}  // namespace cluster
