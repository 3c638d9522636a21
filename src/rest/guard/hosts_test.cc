#include "rest/guard/hosts.h"

#include <gtest/gtest.h>

namespace rest::guard {
namespace {

using Addresses = AcceptedHosts::Addresses;

AcceptedHosts Made(const std::vector<std::string>& names, Addresses addresses) {
  auto made = AcceptedHosts::Make(names, addresses);
  EXPECT_TRUE(made.ok()) << made.status().reason();
  return *std::move(made);
}

TEST(AcceptedHosts, LoopbackIsAcceptedInEverySpellingAndWithAnyPort) {
  const AcceptedHosts hosts = Made({}, Addresses::kListed);
  for (const char* host : {"localhost", "LocalHost", "localhost.", "localhost:9200", "localhost:",
                           "127.0.0.1", "127.0.0.1:9200", "127.255.1.2:1", "[::1]", "[::1]:9200",
                           "[0:0:0:0:0:0:0:1]:80", "[::ffff:127.0.0.1]:9200", "127.0.0.1."}) {
    EXPECT_TRUE(hosts.Accept(host)) << host;
  }
}

TEST(AcceptedHosts, OthersAreRefusedHoweverTheyLookLikeLoopback) {
  const AcceptedHosts hosts = Made({}, Addresses::kListed);
  for (const char* host : {"evil.example",
                           "localhost.evil.example",
                           "127.0.0.1.evil.example",
                           "evil-localhost",
                           "127.evil.example",
                           "127.0.0.1.nip.io:9200",
                           "10.0.0.1",
                           "0.0.0.0",
                           "0.0.0.0:9200",
                           "[::]",
                           "[::2]:9200",
                           "::1",
                           "[::1",
                           "::1]",
                           "[127.0.0.1]",
                           "[localhost]",
                           "localhost:80:80",
                           "localhost:x",
                           "localhost@evil.example",
                           "user@localhost",
                           "evil.example:9200#localhost",
                           "localhost/",
                           "localhost evil",
                           "localhost,evil.example",
                           "localhost\tx",
                           "",
                           ".",
                           ":9200",
                           "*",
                           "localhost..",
                           "127.1",
                           "2130706433",
                           "0x7f.0.0.1",
                           "[::ffff:10.0.0.1]",
                           "loc\xc3\xa4lhost",
                           "\xef\xbd\x8c"
                           "ocalhost"}) {
    EXPECT_FALSE(hosts.Accept(host)) << host;
  }
}

TEST(AcceptedHosts, NamesOfTheNodeAndOfTheSettingAreAccepted) {
  const AcceptedHosts hosts =
      Made({"db1", "Quell.Example", "*.corp.example", "10.1.2.3", "[fe80::1]", "fe80::0002"},
           Addresses::kListed);
  for (const char* host :
       {"db1:9200", "DB1", "quell.example", "a.corp.example", "b.a.corp.example:80", "10.1.2.3",
        "[fe80::1]:9200", "[fe80:0::1]", "[fe80::2]", "[::ffff:10.1.2.3]"}) {
    EXPECT_TRUE(hosts.Accept(host)) << host;
  }
  for (const char* host : {"db2", "db1.example", "corp.example", "10.1.2.4", "[fe80::3]"}) {
    EXPECT_FALSE(hosts.Accept(host)) << host;
  }
}

TEST(AcceptedHosts, OffLoopbackEachAddressIsAcceptedButNoName) {
  const AcceptedHosts hosts = Made({}, Addresses::kAny);
  for (const char* host : {"10.0.0.1:9200", "[2001:db8::1]:9200", "192.168.1.7", "127.0.0.1"}) {
    EXPECT_TRUE(hosts.Accept(host)) << host;
  }
  for (const char* host : {"evil.example", "10.0.0.1.evil.example", "10.0.1"}) {
    EXPECT_FALSE(hosts.Accept(host)) << host;
  }
}

TEST(AcceptedHosts, AMalformedNameIsRefusedWithWhatToLeaveOut) {
  for (const char* name : {"http://a", "a/b", "a:80", "", "a b"}) {
    const auto made = AcceptedHosts::Make({name}, Addresses::kListed);
    ASSERT_FALSE(made.ok()) << name;
    EXPECT_EQ(made.status().reason(), "[" + std::string(name) +
                                          "] is neither a host name nor an address; leave out "
                                          "the scheme, the port and the path");
  }
}

}  // namespace
}  // namespace rest::guard
