// Mutual TLS with certificates that are made here.

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/io.h"
#include "support/temp_dir.h"
#include "transport/transport_fixture.h"

namespace transport {
namespace {

using testing::HasSubstr;

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;

// A certificate of `subject`, signed by an authority, or by itself if there is none.
struct Identity {
  explicit Identity(const std::string& subject, const Identity* authority = nullptr)
      : key(EVP_EC_gen("P-256"), &EVP_PKEY_free), cert(X509_new(), &X509_free) {
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), authority == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* const name = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
    const X509* const issuer = authority == nullptr ? cert.get() : authority->cert.get();
    X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer));
    if (authority == nullptr) {
      Extend(NID_basic_constraints, "critical,CA:TRUE");
    } else {
      Extend(NID_subject_alt_name, ("DNS:" + subject).c_str());
    }
    X509_sign(cert.get(), authority == nullptr ? key.get() : authority->key.get(), EVP_sha256());
  }

  void Extend(int kind, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(cert.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <typename Write>
  static std::string Pem(Write write) {
    BIO* const bio = BIO_new(BIO_s_mem());
    write(bio);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string pem(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return pem;
  }
  std::string CertPem() const {
    return Pem([&](BIO* bio) { PEM_write_bio_X509(bio, cert.get()); });
  }
  std::string KeyPem() const {
    return Pem([&](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  KeyPtr key;
  CertPtr cert;
};

class TlsTest : public testing::Test {
 protected:
  Options With(const std::string& name, const Identity& authority) {
    const Identity node("node.cluster", &authority);
    const std::string base = dir_.path() + "/" + name;
    EXPECT_TRUE(base::WriteFileAtomically(base + ".crt", node.CertPem()).ok());
    EXPECT_TRUE(base::WriteFileAtomically(base + ".key", node.KeyPem()).ok());
    EXPECT_TRUE(base::WriteFileAtomically(base + ".ca", authority.CertPem()).ok());
    Options options = LiveNode::Loopback();
    options.connect_millis = 1000;
    options.tls = {.certificate_file = base + ".crt",
                   .key_file = base + ".key",
                   .authority_file = base + ".ca",
                   .server_name = "node.cluster"};
    return options;
  }
  static tasks::End Call(LiveNode& from, const std::string& address) {
    Heard heard;
    const auto call = from.PeerAt("node-b", address).Start(RequestFor("test:none"), heard.Events());
    return heard.End();
  }

  TempDir dir_;
  const Identity ours_{"our authority"};
};

TEST_F(TlsTest, NodesOfOneAuthorityReachEachOther) {
  LiveNode a("node-a", With("a", ours_)), b("node-b", With("b", ours_));
  EXPECT_THAT(Call(a, b.address()).error.reason(), HasSubstr("No handler for action"));
}

TEST_F(TlsTest, AStrangersCertificateIsRefused) {
  const Identity theirs("their authority");
  LiveNode a("node-a", With("a", theirs)), b("node-b", With("b", ours_));
  EXPECT_EQ(Call(a, b.address()).error.type(), "node_not_connected_exception");
  EXPECT_EQ(b.transport().callers(), 0U);
}

TEST_F(TlsTest, WhoShowsNoCertificateIsRefused) {
  LiveNode a("node-a"), b("node-b", With("b", ours_));
  EXPECT_EQ(Call(a, b.address()).error.type(), "node_not_connected_exception");
  EXPECT_EQ(b.transport().callers(), 0U);
}

TEST_F(TlsTest, CertificatesGivenInPartAreAnError) {
  BareNode node("node-a", 1, base::Clock::System(), tasks::Loop::Mode::kManual);
  Options options = With("a", ours_);
  options.tls.key_file.clear();
  const auto refused = Transport::Listen(node.local(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().http_status(), 400);
  options = With("a", ours_);
  options.tls.key_file = dir_.path() + "/none";
  EXPECT_THAT(Transport::Listen(node.local(), options).status().reason(), HasSubstr("/none"));
}

}  // namespace
}  // namespace transport
