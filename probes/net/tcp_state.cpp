#include "probes/net/tcp_state.h"

#include <cerrno>
#include <chrono>
#include <cstddef>

#include <linux/tcp.h>  // its struct tcp_info has more than <netinet/tcp.h>, and they exclude each other
#include <netinet/in.h>
#include <sys/socket.h>

namespace rdpwatch::net {
namespace {

// Of the kernel's include/net/tcp_states.h.
constexpr std::uint8_t kEstablished = 1, kSynSent = 2, kClosed = 7;

}  // namespace

std::optional<TcpState> tcp_state(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return std::nullopt;
  return TcpState{info.tcpi_state == kEstablished,
                  info.tcpi_state != kSynSent && info.tcpi_state != kClosed,
                  info.tcpi_bytes_received != 0,
                  {std::chrono::microseconds{info.tcpi_rtt}, info.tcpi_total_retrans}};
}

EarlySign peek(int fd) {
  std::uint8_t byte = 0;
  const auto size = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (0 < size) return EarlySign::Greeting;
  if (size == 0) return EarlySign::Closed;
  return errno == ECONNRESET || errno == EPIPE ? EarlySign::Reset : EarlySign::None;
}

}  // namespace rdpwatch::net
