#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

namespace rdpwatch::test {

/// What a test wants of a certificate.
struct CertificateWish {
  std::string common_name = "rds01.corp.example";
  std::vector<std::string> names{};  ///< "DNS:rds01.corp.example", "IP:10.1.2.3"
  std::chrono::seconds from{-std::chrono::days{10}};
  std::chrono::seconds until{std::chrono::days{100}};  ///< from now
  int rsa_bits = 0;                                    ///< 0: P-256
  std::string digest = "SHA256";
  std::string extended_usage{};  ///< as in openssl.cnf: "clientAuth"
  bool authority = false;
};

struct MadeCertificate {
  std::shared_ptr<X509> certificate{};
  std::shared_ptr<EVP_PKEY> key{};
};

/// Makes one; signed by `issuer`, or by itself.
MadeCertificate make_certificate(const CertificateWish& wish = {}, const MadeCertificate* issuer = nullptr);

std::string pem(X509& certificate);
std::string pem(EVP_PKEY& key);

}  // namespace rdpwatch::test
