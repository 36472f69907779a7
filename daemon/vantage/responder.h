#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

namespace rdpwatch::daemon::vantage {

/// The smallest RDP host there is: listens on a port of 127.0.0.1 for one connection, answers its X.224
/// request with a confirm that selects TLS, and waits for its end. For the self-probe; it is there for the
/// time of one.
class Responder : public std::enable_shared_from_this<Responder> {
 public:
  static constexpr std::chrono::seconds kLimit{5};

  explicit Responder(asio::io_context& io) : acceptor_{io}, peer_{io}, timer_{io} {}

  /// The port, or why there is none. Goes on by itself, on the loop, for kLimit at most.
  std::expected<std::uint16_t, std::string> start();
  /// Closes all at once.
  void stop();

 private:
  void serve();

  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::socket peer_;
  asio::steady_timer timer_;
  std::array<std::uint8_t, 512> request_{};
};

}  // namespace rdpwatch::daemon::vantage
