#include "rest/routes/deprecation.h"

#include <set>
#include <string>

#include "engine/mapping/date_format.h"
#include "rest/build_info.h"

namespace rest::routes {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view WithoutBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

// Takes what is between quotes off the front of `rest`.
std::string_view TakeText(std::string_view& rest) {
  const std::string_view text = rest.substr(1, rest.substr(1).find('"'));
  rest.remove_prefix(std::min(text.size() + 2, rest.size()));
  return text;
}

// Calls `use` with each text that is the value of `key`, or an item of it.
template <typename Use>
void EachValue(std::string_view body, std::string_view key, const Use& use) {
  for (std::size_t at = body.find(key); at != body.npos; at = body.find(key, at + key.size())) {
    std::string_view rest = WithoutBlanks(body.substr(at + key.size()));
    if (!rest.starts_with(':')) continue;
    rest = WithoutBlanks(rest.substr(1));
    const bool list = rest.starts_with('[');
    if (list) rest = WithoutBlanks(rest.substr(1));
    while (rest.starts_with('"')) {
      use(TakeText(rest));
      rest = WithoutBlanks(rest);
      if (!list || !rest.starts_with(',')) break;
      rest = WithoutBlanks(rest.substr(1));
    }
  }
}

}  // namespace

void AddDeprecation(Request& request, std::string_view text) {
  request.AddHeader("Warning", "299 OpenSearch-" + std::string(build::kVersion) + "-" +
                                   std::string(build::Hash()) + " \"" + std::string(text) + "\"");
}

void WarnOfDateFormats(Request& request) {
  std::set<std::string> warned;
  for (const std::string_view key :
       {"\"format\"", "\"dynamic_date_formats\"", "\"date_formats\""}) {
    EachValue(request.body(), key, [&](std::string_view formats) {
      for (const auto& name : engine::DateFormat::OldNamesIn(formats)) {
        if (!warned.insert(name.camel_case).second) continue;
        AddDeprecation(request, "Camel case format name " + name.camel_case +
                                    " is deprecated and will be removed in a future version. Use "
                                    "snake case name " +
                                    name.snake_case + " instead.");
      }
    });
  }
}

}  // namespace rest::routes
