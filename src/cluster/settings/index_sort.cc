#include "cluster/settings/index_sort.h"

#include <algorithm>
#include <cctype>

#include "base/json/tree.h"
#include "base/text/strings.h"

namespace cluster {

namespace {

using Settings = std::map<std::string, std::string>;
using Items = std::vector<std::string>;

Items ItemsOf(const Settings& settings, const std::string& name) {
  const auto found = settings.find("index.sort." + name);
  if (found == settings.end()) return {};
  const auto list = base::json::Document::Parse(found->second);
  if (!list.ok() || !list->root().IsArray()) return base::SplitList(found->second);
  Items items;
  for (const base::json::Value* item : list->root().items()) items.emplace_back(item->text());
  return items;
}

std::string ToUpperAscii(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace

base::Result<Items> SortFieldsOf(const Settings& settings) {
  Items fields = ItemsOf(settings, "field");
  for (const char* name : {"order", "mode", "missing"}) {
    Items items = ItemsOf(settings, name);
    if (items.empty() || items.size() == fields.size()) continue;
    std::string shown = base::Join(items, ", ");
    if (name == std::string_view("order")) shown = base::ToLowerAscii(shown);
    if (name == std::string_view("mode")) shown = ToUpperAscii(shown);
    return base::IllegalArgument("index.sort.field:[" + base::Join(fields, ", ") + "] index.sort." +
                                 name + ":[" + shown + "], size mismatch");
  }
  return fields;
}

bool IsSorted(const Settings& settings) { return !ItemsOf(settings, "field").empty(); }

}  // namespace cluster
