// The floor for an nla climb: one bare client TLS 1.3 handshake with OpenSSL (X25519, RSA-2048), memory BIOs,
// no socket. Only the client's side is measured: its CPU by the thread clock, its instructions by callgrind
// with
// --toggle-collect=client_create, client_step and client_destroy (hence extern "C" and noinline).
//   floor_handshake COUNT
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <time.h>

namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, Deleter>;

Owned<SSL_CTX> server_context() {
  Owned<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
  Owned<EVP_PKEY> key{EVP_RSA_gen(2048)};
  Owned<X509> certificate{X509_new()};
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  SSL_CTX_set_num_tickets(context.get(), 0);
  return context;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

}  // namespace

extern "C" {
[[gnu::noinline]] SSL* client_create(SSL_CTX* context) {
  SSL* ssl = SSL_new(context);
  SSL_set_connect_state(ssl);
  return ssl;
}
[[gnu::noinline]] int client_step(SSL* ssl) { return SSL_do_handshake(ssl); }
[[gnu::noinline]] void client_destroy(SSL* ssl) { SSL_free(ssl); }
}

int main(int argc, char** argv) {
  const int count = argc == 2 ? std::atoi(argv[1]) : 1000;
  const auto server = server_context();
  Owned<SSL_CTX> client{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set1_groups_list(client.get(), "X25519");
  double spent = 0;
  int done = 0;
  for (int i = 0; i < count; ++i) {
    Owned<SSL> peer{SSL_new(server.get())};
    SSL_set_accept_state(peer.get());
    BIO* client_side = nullptr;
    BIO* server_side = nullptr;
    BIO_new_bio_pair(&client_side, 0, &server_side, 0);
    SSL_set_bio(peer.get(), server_side, server_side);
    double begin = thread_seconds();
    SSL* ssl = client_create(client.get());
    spent += thread_seconds() - begin;
    SSL_set_bio(ssl, client_side, client_side);
    for (int round = 0; round < 10 && !(SSL_is_init_finished(ssl) && SSL_is_init_finished(peer.get()));
         ++round) {
      begin = thread_seconds();
      client_step(ssl);
      spent += thread_seconds() - begin;
      SSL_do_handshake(peer.get());
    }
    done += SSL_is_init_finished(ssl) ? 1 : 0;
    begin = thread_seconds();
    client_destroy(ssl);
    spent += thread_seconds() - begin;
  }
  std::printf("count %d ok %d cpu_us %.2f\n", count, done, spent * 1e6 / count);
  return done == count ? 0 : 1;
}
