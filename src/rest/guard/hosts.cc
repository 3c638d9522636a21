#include "rest/guard/hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text/strings.h"

namespace rest::guard {

namespace {

// One spelling of a name or an address, by which two can be compared.
struct Host {
  std::string text;
  bool is_address = false;
  bool is_loopback = false;
};

std::optional<Host> FourBytes(const std::string& text) {
  in_addr address;
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return Host{text, true, text.starts_with("127.")};
}

std::optional<Host> SixteenBytes(const std::string& text) {
  in6_addr address;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, address.s6_addr + 12, spelled.data(), spelled.size());
    return FourBytes(spelled.data());
  }
  inet_ntop(AF_INET6, &address, spelled.data(), spelled.size());
  return Host{spelled.data(), true, IN6_IS_ADDR_LOOPBACK(&address) != 0};
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Nothing if `text`, without a port, is neither a name nor an address.
std::optional<Host> Read(std::string_view text, std::string_view also_allowed = "") {
  std::string host = base::ToLowerAscii(text);
  if (host.starts_with('[')) {
    return host.ends_with(']') ? SixteenBytes(host.substr(1, host.size() - 2)) : std::nullopt;
  }
  if (host.ends_with('.')) host.pop_back();
  if (auto address = FourBytes(host)) return address;
  const auto allowed = [&](char c) {
    return IsNameChar(c) || also_allowed.find(c) != also_allowed.npos;
  };
  if (host.empty() || !std::ranges::all_of(host, allowed)) return std::nullopt;
  const bool is_loopback = host == "localhost";
  return Host{std::move(host), false, is_loopback};
}

// Takes the port off; nothing if there is one that is no number.
std::optional<std::string_view> WithoutPort(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon == authority.npos) return authority;
  const std::string_view port = authority.substr(colon + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(port, is_digit)) return std::nullopt;
  return authority.substr(0, colon);
}

}  // namespace

base::Result<AcceptedHosts> AcceptedHosts::Make(const std::vector<std::string>& names,
                                                Addresses addresses) {
  AcceptedHosts accepted;
  accepted.addresses_ = addresses;
  for (const std::string& name : names) {
    auto host = Read(name, "*");
    if (!host) host = SixteenBytes(name);  // without brackets
    if (!host) {
      return base::IllegalArgument("[" + name +
                                   "] is neither a host name nor an address; leave out the scheme, "
                                   "the port and the path");
    }
    accepted.names_.push_back(std::move(host->text));
  }
  return accepted;
}

bool AcceptedHosts::Accept(std::string_view authority) const {
  const auto named = WithoutPort(authority);
  const auto host = named ? Read(*named) : std::nullopt;
  if (!host) return false;
  if (host->is_loopback || (host->is_address && addresses_ == Addresses::kAny)) return true;
  return base::GlobMatchAny(names_, host->text);
}

}  // namespace rest::guard
