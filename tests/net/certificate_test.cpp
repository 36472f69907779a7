#include "probes/net/certificate.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "probes/net/trust.h"
#include "tests/net/made_certificate.h"

namespace rdpwatch::test {

using net::CertificateCache;
using net::LeafFacts;

TEST_CASE("certificate: names, key, signature and usage are read") {
  CertificateCache cache{4};
  const auto rsa = make_certificate({.names = {"DNS:a.example", "IP:10.1.2.3", "IP:fd00::1"},
                                     .rsa_bits = 1024,
                                     .digest = "SHA1",
                                     .extended_usage = "clientAuth"});
  const auto& facts = cache.look_up(*rsa.certificate, "a.example").facts;
  CHECK(facts.certificate->names == std::vector<std::string>{"a.example", "10.1.2.3", "fd00::1"});
  CHECK(facts.certificate->key == "RSA 1024");
  CHECK(facts.certificate->signature == "sha1WithRSAEncryption");
  CHECK(facts.certificate->subject == "CN=rds01.corp.example");
  CHECK(facts.certificate->self_signed);
  CHECK(facts.certificate->fingerprint_sha256.size() == 64);
  CHECK(facts.key_bits == 1024);
  CHECK(facts.weak_digest);
  CHECK(facts.usage_restricted);
  CHECK_FALSE(facts.server_usage);
  const auto ec = make_certificate({.extended_usage = "1.3.6.1.4.1.311.54.1.2"});
  const auto& other = cache.look_up(*ec.certificate, "").facts;
  CHECK(other.certificate->key == "EC P-256");
  CHECK(other.key == LeafFacts::Key::Ec);
  CHECK(other.certificate->names == std::vector<std::string>{"rds01.corp.example"});
  CHECK(other.server_usage);
  CHECK_FALSE(other.weak_digest);
}

TEST_CASE("certificate: what a host name or address is covered by") {
  const auto made = make_certificate({.names = {"DNS:*.corp.example", "IP:10.1.2.3"}});
  CHECK(net::covers(*made.certificate, "rds01.corp.example"));
  CHECK(net::covers(*made.certificate, "RDS01.corp.example."));
  CHECK(net::covers(*made.certificate, "10.1.2.3"));
  CHECK_FALSE(net::covers(*made.certificate, "10.1.2.4"));
  CHECK_FALSE(net::covers(*made.certificate, "rds01"));
  CHECK_FALSE(net::covers(*made.certificate, "a.b.corp.example"));
  CHECK(net::covers(*make_certificate().certificate, "rds01.corp.example"));  // by common name
}

TEST_CASE("certificate: a leaf is parsed once, and the cache keeps its bound") {
  CertificateCache cache{2};
  const auto made = make_certificate();
  const auto first = cache.look_up(*made.certificate, "a").facts.certificate;
  CHECK(cache.look_up(*made.certificate, "b").facts.certificate == first);
  for (int i = 0; i < 5; ++i) cache.look_up(*make_certificate().certificate, "a");
  CHECK(cache.look_up(*made.certificate, "rds01.corp.example").host_covered);
}

TEST_CASE("trust: chains are judged against the store, the leaf's own validity aside") {
  const auto authority = make_certificate({.common_name = "Corp CA", .authority = true});
  const auto leaf = make_certificate({.until = -std::chrono::days{1}}, &authority);
  const auto stranger = make_certificate();
  char name[] = "/tmp/rdpwatch-ca-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream{name} << pem(*authority.certificate);
  net::TrustStores stores;
  std::string error;
  const auto now = std::chrono::steady_clock::now();
  const auto good = stores.judge(name, "leaf", *leaf.certificate, nullptr, now, error);
  REQUIRE(good);
  CHECK(good->trusted);
  const auto bad = stores.judge(name, "stranger", *stranger.certificate, nullptr, now, error);
  REQUIRE(bad);
  CHECK_FALSE(bad->trusted);
  CHECK(bad->reason.find("self") != std::string::npos);
  std::filesystem::remove(name);
  CHECK(error.empty());
  CHECK_FALSE(stores.judge("/nonexistent/ca.pem", "leaf", *leaf.certificate, nullptr, now, error));
  CHECK(error.find("/nonexistent/ca.pem") != std::string::npos);
}

}  // namespace rdpwatch::test
