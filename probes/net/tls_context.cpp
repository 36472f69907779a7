#include "probes/net/tls_context.h"

#include <stdexcept>

namespace rdpwatch::net {

TlsContext make_tls_context() {
  TlsContext context{SSL_CTX_new(TLS_client_method())};
  SSL_CTX* const ctx = context.get();
  if (ctx == nullptr) throw std::runtime_error{"OpenSSL cannot make a TLS context"};
  SSL_CTX_set_security_level(ctx, 0);
  // The suites of a Windows client of any age that this OpenSSL still has; the list of TLS 1.3 is the
  // default.
  const bool set = SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 &&
                   SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(ctx,
                                           "ECDHE+AESGCM:DHE+AESGCM:ECDHE+AES:DHE+AES:AESGCM:kRSA+AES:"
                                           "!PSK:!SRP:!aNULL:!AESCCM:@SECLEVEL=0") == 1 &&
                   SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
  if (!set) throw std::runtime_error{"OpenSSL refuses the TLS settings of the probe"};
  SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(ctx, 1);  // one read for a flight instead of two for each of its records
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, nullptr);
  // Without this OpenSSL builds and checks the chain even when the result is not asked for.
  SSL_CTX_set_cert_verify_callback(
      ctx, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);  // CredSSP knows no resumption, [MS-CSSP] 3.1.5
  return context;
}

}  // namespace rdpwatch::net
