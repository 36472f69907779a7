#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

namespace rdpwatch::daemon::vantage {

/// The smallest RDP host there is: listens on a port of 127.0.0.1, answers the X.224 request of each of its
/// few connections with a confirm that selects TLS, and waits for its end. For the self-probe; it is there
/// for the time of one. Others on this machine may find the port, so the first to come need not be the
/// prober.
class Responder : public std::enable_shared_from_this<Responder> {
 public:
  static constexpr std::chrono::seconds kLimit{5};

  static constexpr std::size_t kMostPeers = 8;

  explicit Responder(asio::io_context& io) : acceptor_{io}, timer_{io} {}

  /// The port, or why there is none. Goes on by itself, on the loop, for kLimit at most.
  std::expected<std::uint16_t, std::string> start();
  /// Closes all at once.
  void stop();

 private:
  struct Peer {
    asio::ip::tcp::socket socket;
    std::array<std::uint8_t, 512> request{};
  };
  void accept();
  void serve(Peer& peer);

  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::list<Peer> peers_{};
};

}  // namespace rdpwatch::daemon::vantage
