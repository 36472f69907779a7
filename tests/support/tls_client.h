#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "tests/net/made_certificate.h"
#include "tests/support/http_client.h"

namespace rdpwatch::test {

/// What a test wants of a TLS client. It trusts whatever server it meets.
struct TlsWish {
  const MadeCertificate* identity = nullptr;
  int max_version = TLS1_3_VERSION;
  std::string protocol{};  ///< offered by ALPN, "http/1.1"; empty: none
};

/// An HttpClient that speaks TLS. The handshake is made when it is made.
class TlsClient : public HttpClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsWish& wish = {}, int receive_buffer = 0);

  bool shook_hands() const { return shook_hands_; }
  const SSL& ssl() const { return *ssl_; }
  std::string protocol() const;     ///< that the server chose by ALPN
  std::string server_name() const;  ///< common name of its certificate
  /// Whether the server has said that nothing more comes, rather than just left.
  bool was_told_the_end() const;

  void send(std::string_view bytes) const override;
  std::string receive() override;

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_{};
  bool shook_hands_ = false;
};

HttpAnswer https_get(std::uint16_t port, const std::string& target, const std::string& headers = {},
                     const TlsWish& wish = {});

}  // namespace rdpwatch::test
