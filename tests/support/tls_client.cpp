#include "tests/support/tls_client.h"

#include <array>

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace rdpwatch::test {
namespace {

std::shared_ptr<SSL_CTX> make_context(const TlsWish& wish) {
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), wish.max_version);
  if (wish.identity != nullptr) {
    SSL_CTX_use_certificate(context.get(), wish.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), wish.identity->key.get());
  }
  return context;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const TlsWish& wish, int receive_buffer)
    : HttpClient{port, receive_buffer},
      context_{make_context(wish)},
      ssl_{SSL_new(context_.get()), &SSL_free} {
  constexpr timeval kPatience{10, 0};
  ::setsockopt(socket(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const std::string offer = static_cast<char>(wish.protocol.size()) + wish.protocol;
  if (!wish.protocol.empty())
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                        static_cast<unsigned>(offer.size()));
  SSL_set_fd(ssl_.get(), socket());
  ERR_clear_error();
  shook_hands_ = SSL_connect(ssl_.get()) == 1;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::server_name() const {
  std::array<char, 256> name{};
  const std::shared_ptr<X509> certificate{SSL_get1_peer_certificate(ssl_.get()), &X509_free};
  if (certificate)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              name.size());
  return name.data();
}

bool TlsClient::was_told_the_end() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void TlsClient::send(std::string_view bytes) const {
  ERR_clear_error();
  SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::receive() {
  std::array<char, 65536> bytes{};
  ERR_clear_error();
  const int size = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return {bytes.data(), size <= 0 ? 0 : static_cast<std::size_t>(size)};
}

HttpAnswer https_get(std::uint16_t port, const std::string& target, const std::string& headers,
                     const TlsWish& wish) {
  TlsClient client{port, wish};
  if (!client.shook_hands()) return {};
  client.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
  return client.read_answer();
}

}  // namespace rdpwatch::test
