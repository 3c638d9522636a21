#include "cluster/nats/internal/names.h"

#include <charconv>

#include "base/text/strings.h"

namespace cluster::nats::internal {
namespace {

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

base::Status NoAddress(std::string_view url) {
  return base::IllegalArgument("[cluster.nats.url] has no address in [" + Presentable(url) +
                               "]; it looks like nats://host:4222");
}

base::Result<Address> ParseAddress(std::string_view url) {
  Address address{.url = std::string(url)};
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != rest.npos) {
    if (rest.substr(0, scheme) != "nats" && rest.substr(0, scheme) != "tls") return NoAddress(url);
    rest.remove_prefix(scheme + 3);
  }
  if (const auto at = rest.rfind('@'); at != rest.npos) rest.remove_prefix(at + 1);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == rest.npos) return NoAddress(url);
    address.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    address.host = rest.substr(0, rest.find(':'));
    port = rest.substr(address.host.size());
  }
  if (port.starts_with(':')) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.begin(), port.end(), address.port);
    if (error != std::errc() || end != port.end()) return NoAddress(url);
  } else if (!port.empty()) {
    return NoAddress(url);
  }
  if (address.host.empty()) return NoAddress(url);
  return address;
}

}  // namespace

std::string ToToken(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string token;
  for (const char c : text) {
    if (IsPlain(c)) {
      token.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      token.append({'_', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return token;
}

base::Result<std::string> FromToken(std::string_view token) {
  std::string text;
  while (!token.empty()) {
    if (IsPlain(token[0])) {
      text.push_back(token[0]);
      token.remove_prefix(1);
      continue;
    }
    unsigned byte = 0;
    if (token[0] != '_' || token.size() < 3 ||
        std::from_chars(token.data() + 1, token.data() + 3, byte, 16).ptr != token.data() + 3) {
      return base::Internal("a subject that is none of ours");
    }
    text.push_back(static_cast<char>(byte));
    token.remove_prefix(3);
  }
  return text;
}

std::string StreamName(std::string_view cluster, std::string_view what) {
  return "quell-" + ToToken(cluster) + "-" + std::string(what);
}

std::string SubjectName(std::string_view cluster, std::string_view what) {
  return "quell." + ToToken(cluster) + "." + std::string(what);
}

base::Result<std::vector<Address>> ParseAddresses(std::string_view urls) {
  std::vector<Address> addresses;
  for (const std::string& url : base::SplitList(urls)) {
    ASSIGN_OR_RETURN(Address address, ParseAddress(base::TrimAscii(url)));
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return NoAddress(urls);
  return addresses;
}

std::string Presentable(std::string_view urls) {
  std::vector<std::string> shown;
  for (const std::string& url : base::SplitList(urls)) {
    const auto scheme = url.find("://");
    const std::size_t begin = scheme == url.npos ? 0 : scheme + 3;
    const auto at = url.rfind('@');
    shown.push_back(at == url.npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1));
  }
  return base::Join(shown, ",");
}

}  // namespace cluster::nats::internal
