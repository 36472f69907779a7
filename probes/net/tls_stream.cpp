#include "probes/net/tls_stream.h"

#include <new>

#include <openssl/err.h>

namespace rdpwatch::net {
namespace {

using Unexpected = std::unexpected<IoFailure>;

/// OpenSSL's state machine names the last message that went through it.
TlsProgress progress_of(const SSL* ssl) {
  switch (SSL_get_state(ssl)) {
    case TLS_ST_CR_SRVR_HELLO:
    case DTLS_ST_CR_HELLO_VERIFY_REQUEST:
    case TLS_ST_CR_ENCRYPTED_EXTENSIONS:
    case TLS_ST_CR_CERT_REQ: return TlsProgress::ServerHello;
    case TLS_ST_CR_CERT:
    case TLS_ST_CR_CERT_STATUS:
    case TLS_ST_CR_CERT_VRFY:
    case TLS_ST_CR_KEY_EXCH: return TlsProgress::Certificate;
    case TLS_ST_BEFORE:
    case TLS_ST_CW_CLNT_HELLO: return TlsProgress::ClientHello;
    default: return TlsProgress::ServerHelloDone;
  }
}

}  // namespace

const BIO_METHOD* TlsStream::method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rdpwatch connection");
    if (made == nullptr) throw std::bad_alloc{};
    BIO_meth_set_read_ex(made, &TlsStream::bio_read);
    BIO_meth_set_write_ex(made, &TlsStream::bio_write);
    BIO_meth_set_ctrl(made, &TlsStream::bio_control);
    return made;
  }();
  return kMethod;
}

int TlsStream::bio_read(BIO* bio, char* into, std::size_t size, std::size_t* done) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto result = self.connection_.try_read({reinterpret_cast<std::uint8_t*>(into), size});
  *done = result && *result ? **result : 0;
  if (!result) BIO_set_retry_read(bio);
  if (result && !*result) self.io_ = result->error();
  return *done != 0;
}

int TlsStream::bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* done) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto result = self.connection_.try_write({reinterpret_cast<const std::uint8_t*>(from), size});
  *done = result && *result ? **result : 0;
  if (!result) BIO_set_retry_write(bio);
  if (result && !*result) self.io_ = result->error();
  return *done != 0;
}

long TlsStream::bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

TlsStream::TlsStream(SSL_CTX& context, Connection& connection)
    : connection_{connection}, ssl_{SSL_new(&context)} {
  BIO* const bio = ssl_ ? BIO_new(method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc{};
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
}

TlsStream::~TlsStream() = default;

asio::awaitable<std::optional<IoFailure>> TlsStream::recover(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) co_return co_await connection_.wait(Connection::Direction::Read);
  if (error == SSL_ERROR_WANT_WRITE) co_return co_await connection_.wait(Connection::Direction::Write);
  if (error == SSL_ERROR_ZERO_RETURN) {  // close_notify
    ERR_clear_error();
    co_return IoFailure{IoEnd::Closed};
  }
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && SSL_AD_REASON_OFFSET <= reason)
    remote_alert_ = static_cast<std::uint8_t>(reason - SSL_AD_REASON_OFFSET);
  else if (!io_ && code != 0) {
    local_reason_ = reason;
    const char* const text = ERR_reason_error_string(code);
    local_text_ = text != nullptr ? text : "OpenSSL error " + std::to_string(code);
  }
  ERR_clear_error();
  co_return io_.value_or(IoFailure{IoEnd::Failed});
}

TlsFailure TlsStream::failure(const IoFailure& io) {
  TlsFailure failed;
  failed.remote_alert = remote_alert_;
  failed.local_reason = local_reason_;
  failed.local_text = local_text_;
  failed.progress = progress_of(ssl_.get());
  failed.first_bytes = connection_.first_bytes();
  if (io.end != IoEnd::Failed || io.error_number != 0) failed.io = io;
  return failed;
}

asio::awaitable<std::expected<void, TlsFailure>> TlsStream::handshake(std::string server_name) {
  if (!server_name.empty())  // SSL_set_tlsext_host_name without its C cast
    SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_name.data());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return std::expected<void, TlsFailure>{};
    if (const auto end = co_await recover(result)) co_return std::unexpected{failure(*end)};
  }
}

/// A fatal alert ends the connection as a close does; the alert itself stays in remote_alert().
IoFailure TlsStream::after_handshake(const IoFailure& end) const {
  const bool by_alert = end.end == IoEnd::Failed && end.error_number == 0 && remote_alert_;
  return by_alert ? IoFailure{IoEnd::Closed} : end;
}

asio::awaitable<std::expected<std::size_t, IoFailure>> TlsStream::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
    if (result == 1) co_return size;
    if (const auto end = co_await recover(result)) co_return Unexpected{after_handshake(*end)};
  }
}

asio::awaitable<std::expected<void, IoFailure>> TlsStream::write_all(std::span<const std::uint8_t> from) {
  for (;;) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_write_ex(ssl_.get(), from.data(), from.size(), &size);
    if (result == 1) co_return std::expected<void, IoFailure>{};
    if (const auto end = co_await recover(result)) co_return Unexpected{after_handshake(*end)};
  }
}

void TlsStream::send_close_notify() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace rdpwatch::net
