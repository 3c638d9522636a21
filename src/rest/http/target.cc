#include "rest/http/target.h"

#include <algorithm>

#include "base/text/strings.h"

namespace rest::http {

namespace {

// `http://host:port/path` -> `/path`.
std::string_view WithoutAuthority(std::string_view raw) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!raw.starts_with(scheme)) continue;
    const std::size_t end = raw.find_first_of("/?", scheme.size());
    return end == raw.npos ? "/" : raw.substr(end);
  }
  return raw;
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

base::Result<std::string> Decode(std::string_view text, base::PlusIsBlank plus) {
  ASSIGN_OR_RETURN(std::string decoded, base::PercentDecode(text, plus));
  if (base::IsValidUtf8(decoded)) return decoded;
  return base::IllegalArgument("[" + std::string(text) +
                               "] is not UTF-8; encode the text as UTF-8, then escape its bytes");
}

// `a=b`, `a=`, `a`; equal signs in front count for nothing.
base::Status AddParameter(std::string_view pair, Target& target) {
  pair.remove_prefix(std::min(pair.find_first_not_of('='), pair.size()));
  if (pair.empty()) return {};
  const std::size_t equals = std::min(pair.find('='), pair.size());
  ASSIGN_OR_RETURN(std::string name, Decode(pair.substr(0, equals), base::PlusIsBlank::kYes));
  pair.remove_prefix(std::min(equals + 1, pair.size()));
  ASSIGN_OR_RETURN(std::string value, Decode(pair, base::PlusIsBlank::kYes));
  const auto same =
      std::ranges::find(target.parameters, name, [](const auto& p) { return p.first; });
  if (same != target.parameters.end()) {
    same->second = std::move(value);
  } else {
    target.parameters.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

const std::string* Target::Find(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

base::Result<Target> ParseTarget(std::string_view raw) {
  Target target;
  target.raw = raw;
  raw = WithoutAuthority(raw);
  raw = raw.substr(0, raw.find('#'));
  const std::size_t question = std::min(raw.find('?'), raw.size());
  const std::string_view path = raw.substr(0, question);
  std::string_view query = raw.substr(std::min(question + 1, raw.size()));

  ASSIGN_OR_RETURN(target.path, Decode(path, base::PlusIsBlank::kNo));
  target.segments = SplitPath(path);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    RETURN_IF_ERROR(AddParameter(query.substr(0, end), target));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return target;
}

}  // namespace rest::http
