#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include <openssl/ssl.h>

#include "tests/rdpsim/behaviour.h"

namespace rdpwatch::rdpsim {

struct Free {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
};
using SslCtx = std::unique_ptr<SSL_CTX, Free>;
using Ssl = std::unique_ptr<SSL, Free>;
using X509Ptr = std::unique_ptr<X509, Free>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;

/// Makes keys, certificates and TLS contexts on first use and keeps them. Hosts share a few keys of each
/// kind, so that 20,000 hosts cost 20,000 signatures, once, and not 20,000 keys.
class Certificates {
 public:
  Certificates();

  /// A session of a server with the certificate, versions and ciphers of `tls`; `name` and `address` stand
  /// for the names that the description leaves out. Throws std::runtime_error when OpenSSL refuses.
  Ssl session(const TlsBehaviour& tls, const std::string& name, const std::string& address);

  /// PEM of the authority that `issuer: authority` certificates come from.
  std::string authority_pem();

 private:
  struct Authority {
    KeyPtr key{};
    X509Ptr certificate{};
  };

  EVP_PKEY* key(KeyKind kind, unsigned slot);
  const Authority& authority();
  X509Ptr make(const CertificateSpec& spec, EVP_PKEY* own_key);
  SSL_CTX* context(const TlsBehaviour& tls);

  std::map<std::pair<KeyKind, unsigned>, KeyPtr> keys_{};
  Authority authority_{};
  std::unordered_map<std::string, SslCtx> contexts_{};  // by what a TlsBehaviour says besides its certificate
  std::unordered_map<std::string, X509Ptr> leaves_{};   // by all that a CertificateSpec says
};

}  // namespace rdpwatch::rdpsim
