#include "probes/path/echo.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>

#include <asio/ip/icmp.hpp>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/net/error_queue.h"
#include "probes/path/ping_tally.h"
#include "probes/path/watched_socket.h"
#include "probes/wire/icmp_echo.h"

namespace rdpwatch::path {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = Answer::Kind;

/// A socket for echo requests. fd is -1 when there is none, with errno in error_number.
struct EchoSocket {
  int fd = -1;
  bool raw = false;
  int error_number = 0;
};

EchoSocket open_socket(bool v6) {
  const int family = v6 ? AF_INET6 : AF_INET;
  const int protocol = v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (const int fd = ::socket(family, SOCK_DGRAM | flags, protocol); 0 <= fd) return {fd};
  const int error_number = errno;
  if (const int fd = ::socket(family, SOCK_RAW | flags, protocol); 0 <= fd) return {fd, true};
  return {-1, false, error_number};
}

std::string why_not(int error_number) {
  auto text = "no ICMP socket (" + std::generic_category().message(error_number) + ")";
  if (error_number != EACCES && error_number != EPERM) return text;
  return text + ": allow the group in net.ipv4.ping_group_range, or give CAP_NET_RAW";
}

void prepare(int fd, bool v6, int ttl) {
  net::keep_icmp_errors(fd, v6, true);
  set_option(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, 1);
  set_ttl(fd, v6, ttl);
}

/// The time to live that a message came with; 0: the kernel does not say.
int received_ttl(msghdr& message) {
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    const bool v4 = header->cmsg_level == SOL_IP && header->cmsg_type == IP_TTL;
    const bool v6 = header->cmsg_level == SOL_IPV6 && header->cmsg_type == IPV6_HOPLIMIT;
    int ttl = 0;
    if (v4 || v6) return std::memcpy(&ttl, CMSG_DATA(header), sizeof ttl), ttl;
  }
  return 0;
}

/// An ICMP error about `echo`. A raw socket is told of errors about everybody's packets to the host.
std::optional<Answer> take_error(const EchoSocket& socket, bool v6, wire::EchoId echo) {
  constexpr int kErrors = 64;
  for (int i = 0; i < kErrors; ++i) {
    std::array<std::uint8_t, 64> packet{};
    auto icmp = net::take_icmp_error(socket.fd, packet);
    if (!icmp) return std::nullopt;
    const auto about = wire::decode_echo_request(v6, packet);
    const bool mine = about && about->id == echo.id && about->sequence == echo.sequence;
    if (!socket.raw || mine) return Answer{.kind = Kind::Icmp, .icmp = std::move(icmp)};
  }
  return std::nullopt;
}

/// One message off the socket, if it answers `echo`. `id` counts on a raw socket only, which sees the replies
/// to everybody; the kernel gives a datagram socket an id of its own and sorts by it.
std::optional<Answer> take_reply(const EchoSocket& socket, const asio::ip::address& host, wire::EchoId echo,
                                 bool& drained) {
  const bool v6 = host.is_v6();
  std::array<std::uint8_t, 512> bytes;
  alignas(cmsghdr) std::array<char, 128> control{};
  iovec data{bytes.data(), bytes.size()};
  asio::ip::icmp::endpoint from;
  msghdr message{};
  message.msg_name = from.data();
  message.msg_namelen = static_cast<socklen_t>(from.capacity());
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto size = ::recvmsg(socket.fd, &message, 0);
  if (size < 0) {
    drained = errno != EINTR;
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return Answer{.kind = Kind::LocalError, .error_number = errno};
  }
  std::span<const std::uint8_t> payload{bytes.data(), static_cast<std::size_t>(size)};
  if (socket.raw && !v6) payload = wire::without_ip_header(payload).value_or(payload.first(0));
  const auto reply = wire::decode_echo_reply(v6, payload);
  if (!reply || from.address() != host || reply->sequence != echo.sequence ||
      (socket.raw && reply->id != echo.id))
    return std::nullopt;
  return Answer{.kind = Kind::EchoReply, .reply_ttl = received_ttl(message)};
}

/// What is known now; nothing: still under way.
std::optional<Answer> look(const EchoSocket& socket, const asio::ip::address& host, wire::EchoId echo) {
  if (auto refused = take_error(socket, host.is_v6(), echo)) return refused;
  constexpr int kMessages = 64;  // a raw socket sees every ICMP message from the host
  bool drained = false;
  for (int i = 0; i < kMessages && !drained; ++i)
    if (auto answer = take_reply(socket, host, echo, drained)) {
      // The errno of an ICMP error that came between the two looks.
      if (answer->kind != Kind::LocalError) return answer;
      if (auto refused = take_error(socket, host.is_v6(), echo)) return refused;
      return answer;
    }
  return std::nullopt;
}

std::uint16_t next_sequence() {
  thread_local std::uint16_t sequence = 0;
  return ++sequence;
}

}  // namespace

asio::awaitable<Answer> ask_by_echo(PathTools tools, asio::ip::address address, Trace::Echo question) {
  const bool v6 = address.is_v6();
  auto made = open_socket(v6);
  if (made.fd < 0) co_return Answer{.kind = Kind::NotPossible, .why_not = why_not(made.error_number)};
  WatchedSocket socket{tools.io, made.fd, tools.deadline};
  prepare(made.fd, v6, question.ttl);
  const asio::ip::icmp::endpoint endpoint{address, 0};
  const wire::EchoId echo{static_cast<std::uint16_t>(::getpid()), next_sequence()};
  const auto request = wire::encode_echo_request(v6, echo);
  const auto began = Clock::now();
  if (::connect(made.fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::send(made.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    const int error_number = errno;
    if (auto refused = take_error(made, v6, echo)) co_return *std::move(refused);
    co_return Answer{.kind = Kind::LocalError, .error_number = error_number};
  }
  tools.deadline.set(began + kEchoPatience);
  auto answer = look(made, address, echo);
  while (!answer) {
    const auto interrupt = co_await socket.wait(WatchedSocket::Event::Readable);
    if (interrupt == net::Interrupt::Cancelled) co_return Answer{.kind = Kind::Cancelled};
    answer = look(made, address, echo);
    if (!answer && interrupt == net::Interrupt::Timeout) co_return Answer{};
  }
  answer->rtt = Clock::now() - began;
  co_return *std::move(answer);
}

}  // namespace rdpwatch::path
