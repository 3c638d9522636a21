#include "base/json/merge_defaults.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace base::json {
namespace {

bool IsNamedList(const Value& list) {
  return std::ranges::all_of(list.items(), [](const Value* item) {
    return item->IsObject() && item->members().size() == 1;
  });
}

void MergeNamedLists(Document& document, Value& content, const Value& defaults) {
  std::map<std::string_view, Value*> by_name;
  for (Value* item : content.items()) by_name[item->members().front().key] = item;
  for (const Value* item : defaults.items()) {
    const auto there = by_name.find(item->members().front().key);
    if (there != by_name.end()) {
      MergeDefaults(document, *there->second, *item);
    } else {
      document.Append(content, document.Copy(*item));
    }
  }
}

// The defaults, then what of `content` is not among them.
Value* JoinLists(Document& document, const Value& content, const Value& defaults) {
  Value* const joined = document.NewArray();
  std::set<std::string> known;
  for (const Value* item : defaults.items()) {
    document.Append(*joined, document.Copy(*item));
    known.insert(item->ToString());
  }
  for (const Value* item : content.items()) {
    if (known.insert(item->ToString()).second) document.Append(*joined, document.Copy(*item));
  }
  return joined;
}

}  // namespace

void MergeDefaults(Document& document, Value& content, const Value& defaults) {
  for (const auto& [key, value] : defaults.members()) {
    Value* const there = content.Find(key);
    if (there == nullptr) {
      document.Set(content, key, document.Copy(*value));
    } else if (there->IsObject() && value->IsObject()) {
      MergeDefaults(document, *there, *value);
    } else if (!there->IsArray() || !value->IsArray()) {
      continue;  // the content wins
    } else if (IsNamedList(*there) && IsNamedList(*value)) {
      MergeNamedLists(document, *there, *value);
    } else {
      document.Set(content, key, JoinLists(document, *there, *value));
    }
  }
}

}  // namespace base::json
