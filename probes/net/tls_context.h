#pragma once

#include <memory>

#include <openssl/ssl.h>

namespace rdpwatch::net {

struct OpensslDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
using TlsContext = std::unique_ptr<SSL_CTX, OpensslDeleter>;

/// The one context of all probes of a thread. It accepts what old hosts do (TLS 1.0, small keys, SHA-1,
/// servers without secure renegotiation) and verifies nothing, because everything is judged afterwards, by
/// policy. It takes nothing from the machine's openssl.cnf or trust store, so that every instance sees alike.
/// Throws std::runtime_error if OpenSSL cannot make one.
TlsContext make_tls_context();

}  // namespace rdpwatch::net
