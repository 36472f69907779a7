#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <asio/awaitable.hpp>

#include "probes/net/connection.h"
#include "probes/net/tls_cause.h"
#include "probes/net/tls_context.h"

namespace rdpwatch::net {

/// TLS on a Connection. OpenSSL reads and writes through a BIO of ours straight to the socket: no buffers
/// between the two, every byte counted against the phase's cap, every errno seen as it was.
class TlsStream {
 public:
  /// Both must outlive the stream.
  TlsStream(SSL_CTX& context, Connection& connection);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// `server_name` goes out as SNI unless empty. Failure with io = Cancelled: the climb is thrown away.
  asio::awaitable<std::expected<void, TlsFailure>> handshake(std::string server_name);

  asio::awaitable<std::expected<std::size_t, IoFailure>> read_some(std::span<std::uint8_t> into);
  /// One TLS record for all of `from` (at most 16 KiB), [MS-CSSP] 3.1.5 wants that of a TSRequest.
  asio::awaitable<std::expected<void, IoFailure>> write_all(std::span<const std::uint8_t> from);

  /// The alert that ended the stream after the handshake.
  std::optional<std::uint8_t> remote_alert() const { return remote_alert_; }

  /// Puts a close_notify on the wire, once; never waits.
  void send_close_notify();

  SSL* native() { return ssl_.get(); }

 private:
  static const BIO_METHOD* method();
  static int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* done);
  static int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* done);
  static long bio_control(BIO* bio, int command, long number, void* pointer);

  /// What to do after an SSL call gave `result`: nothing when it may be called again.
  asio::awaitable<std::optional<IoFailure>> recover(int result);
  IoFailure after_handshake(const IoFailure& end) const;
  TlsFailure failure(const IoFailure& io);

  Connection& connection_;
  std::unique_ptr<SSL, OpensslDeleter> ssl_;
  std::optional<IoFailure> io_;  ///< what ended the socket below
  std::optional<std::uint8_t> remote_alert_;
  int local_reason_ = 0;
  std::string local_text_;
};

}  // namespace rdpwatch::net
