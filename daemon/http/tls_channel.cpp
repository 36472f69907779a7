#include "daemon/http/tls_channel.h"

#include <cerrno>

#include <asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace rdpwatch::daemon::http {
namespace {

using Wait = TlsChannel::Outcome::Wait;

int descriptor_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

bool is_passing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int send_some(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent =
      ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && is_passing(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_some(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (received < 0 && is_passing(errno)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// OpenSSL's own socket BIO raises SIGPIPE when the client has left.
BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
    BIO_meth_set_write(made, send_some);
    BIO_meth_set_read(made, receive_some);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

/// Keeps the pointer.
BIO* socket_bio(int* descriptor) {
  BIO* bio = BIO_new(socket_method());
  BIO_set_data(bio, descriptor);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

TlsChannel::TlsChannel(std::shared_ptr<ssl_ctx_st> context, int descriptor)
    : context_{std::move(context)}, descriptor_{descriptor}, ssl_{SSL_new(context_.get())} {
  BIO* bio = socket_bio(&descriptor_);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsChannel::~TlsChannel() { SSL_free(ssl_); }

TlsChannel::Outcome TlsChannel::shake_hands() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_));
}

TlsChannel::Outcome TlsChannel::read(asio::mutable_buffer into) {
  ERR_clear_error();
  std::size_t size = 0;
  Outcome result = outcome(SSL_read_ex(ssl_, into.data(), into.size(), &size));
  result.bytes = size;
  return result;
}

TlsChannel::Outcome TlsChannel::write(asio::const_buffer from) {
  if (from.size() == 0) return {};
  ERR_clear_error();
  std::size_t size = 0;
  Outcome result = outcome(SSL_write_ex(ssl_, from.data(), from.size(), &size));
  result.bytes = size;
  return result;
}

bool TlsChannel::is_open() const { return !failed_ && SSL_is_init_finished(ssl_) == 1; }

void TlsChannel::say_end() {
  if (!is_open()) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

TlsChannel::Outcome TlsChannel::outcome(int result) {
  if (0 < result) return {};
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return {.wait = Wait::Read};
  if (error == SSL_ERROR_WANT_WRITE) return {.wait = Wait::Write};
  const int reason = ERR_GET_REASON(ERR_peek_error());
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return {.error = asio::error::eof};
  failed_ = true;
  not_tls_ = reason == SSL_R_HTTP_REQUEST || reason == SSL_R_WRONG_VERSION_NUMBER;
  // A client that leaves without a word is common; whatever else went wrong, the connection is of no use.
  return {.error = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING
                       ? asio::error_code{asio::error::eof}
                       : asio::error_code{asio::error::connection_aborted}};
}

}  // namespace rdpwatch::daemon::http
