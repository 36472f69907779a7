#include "daemon/vantage/responder.h"

#include <array>

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace rdpwatch::daemon::vantage {
namespace {

using asio::ip::tcp;

/// X.224 Connection Confirm with an RDP_NEG_RSP that selects TLS, [MS-RDPBCGR] 2.2.1.2.
constexpr std::array<std::uint8_t, 19> kConfirm{0x03, 0x00, 0x00, 0x13, 0x0e, 0xd0, 0x00, 0x00, 0x12, 0x34,
                                                0x00, 0x02, 0x00, 0x08, 0x00, 0x01, 0x00, 0x00, 0x00};

/// Completion condition of a read: until the TPKT, RFC 1006 section 6, is complete or can be none.
struct WholeRequest {
  const std::array<std::uint8_t, 512>& bytes;
  std::size_t operator()(const asio::error_code& error, std::size_t size) const {
    if (error || (4 <= size && length() <= size)) return 0;
    return size < 4 ? 4 - size : length() - size;
  }
  std::size_t length() const { return static_cast<std::size_t>(bytes[2] << 8 | bytes[3]); }
};

}  // namespace

std::expected<std::uint16_t, std::string> Responder::start() {
  asio::error_code error;
  const tcp::endpoint loopback{asio::ip::address_v4::loopback(), 0};
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.bind(loopback, error);
  if (!error) acceptor_.listen(1, error);
  if (error) return std::unexpected{"cannot listen on 127.0.0.1: " + error.message()};
  const auto port = acceptor_.local_endpoint(error).port();
  timer_.expires_after(kLimit);
  timer_.async_wait([self = shared_from_this()](asio::error_code ec) {
    if (!ec) self->stop();
  });
  accept();
  return port;
}

void Responder::accept() {
  acceptor_.async_accept([self = shared_from_this()](asio::error_code error, tcp::socket socket) {
    if (error) return;
    self->serve(self->peers_.emplace_back(std::move(socket)));
    if (self->peers_.size() < kMostPeers) self->accept();
  });
}

void Responder::serve(Peer& peer) {
  const auto close = [self = shared_from_this(), &peer](asio::error_code, std::size_t) {
    asio::error_code ignored;
    peer.socket.close(ignored);
  };
  asio::async_read(peer.socket, asio::buffer(peer.request), WholeRequest{peer.request},
                   [&peer, close](asio::error_code error, std::size_t) {
                     if (error) return close(error, 0);
                     asio::async_write(peer.socket, asio::buffer(kConfirm),
                                       [&peer, close](asio::error_code failed, std::size_t) {
                                         if (failed) return close(failed, 0);
                                         peer.socket.async_read_some(asio::buffer(peer.request), close);
                                       });
                   });
}

void Responder::stop() {
  asio::error_code ignored;
  timer_.cancel();
  acceptor_.close(ignored);
  for (Peer& peer : peers_) peer.socket.close(ignored);
}

}  // namespace rdpwatch::daemon::vantage
