#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <asio/buffer.hpp>
#include <asio/error_code.hpp>

struct ssl_ctx_st;
struct ssl_st;

namespace rdpwatch::daemon::http {

/// The server's end of TLS on a connected, non-blocking socket, whose owner waits for it and calls again.
/// Owns no descriptor.
class TlsChannel {
 public:
  /// What an operation came to. With Read or Write it did nothing: it is to be called again, with the same
  /// bytes, when the socket can be read or written.
  struct Outcome {
    enum class Wait : std::uint8_t { None, Read, Write };
    Wait wait = Wait::None;
    std::size_t bytes = 0;
    asio::error_code error{};  ///< asio::error::eof at the client's orderly end
  };

  TlsChannel(std::shared_ptr<ssl_ctx_st> context, int descriptor);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  Outcome shake_hands();
  Outcome read(asio::mutable_buffer into);
  Outcome write(asio::const_buffer from);

  bool is_open() const;  ///< after the handshake, before an error
  /// The client began with something that is no TLS.
  bool is_not_tls() const { return not_tls_; }
  /// Tells the client that nothing more comes, if the socket takes it at once.
  void say_end();

 private:
  Outcome outcome(int result);

  std::shared_ptr<ssl_ctx_st> context_;
  int descriptor_;  ///< not owned
  ssl_st* ssl_;
  bool failed_ = false;
  bool not_tls_ = false;
};

}  // namespace rdpwatch::daemon::http
