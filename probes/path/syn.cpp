#include "probes/path/syn.h"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "probes/net/error_queue.h"
#include "probes/net/tcp_state.h"
#include "probes/path/watched_socket.h"

namespace rdpwatch::path {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = Answer::Kind;

/// A RST is ECONNREFUSED when it answers the SYN, the other two when the connection was taken before it.
Answer of_errno(int error_number) {
  if (error_number == ECONNREFUSED) return {.kind = Kind::Reset};
  if (error_number == ECONNRESET || error_number == EPIPE) return {.kind = Kind::Accepted};
  return {.kind = Kind::LocalError, .error_number = error_number};
}

void prepare(int fd, bool v6, const Trace::Syn& question) {
  net::keep_icmp_errors(fd, v6, true);
  set_ttl(fd, v6, question.ttl);
  if (0 < question.min_ttl)
    set_option(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_MINHOPCOUNT : IP_MINTTL, question.min_ttl);
}

/// What is known now; nothing: still under way.
std::optional<Answer> look(int fd) {
  if (auto icmp = net::take_icmp_error(fd)) return Answer{.kind = Kind::Icmp, .icmp = std::move(icmp)};
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
  if (error_number != 0) {
    // The errno of an ICMP error that came between the two looks.
    if (auto icmp = net::take_icmp_error(fd)) return Answer{.kind = Kind::Icmp, .icmp = std::move(icmp)};
    return of_errno(error_number);
  }
  if (const auto state = net::tcp_state(fd); state && state->taken) return Answer{.kind = Kind::Accepted};
  return std::nullopt;
}

}  // namespace

asio::awaitable<Answer> ask_by_syn(PathTools tools, asio::ip::tcp::endpoint endpoint, Trace::Syn question) {
  const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return Answer{.kind = Kind::LocalError, .error_number = errno};
  WatchedSocket socket{tools.io, fd, tools.deadline};
  prepare(fd, endpoint.address().is_v6(), question);
  const auto began = Clock::now();
  const auto until = began + question.patience;
  if (::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 && errno != EINPROGRESS) {
    const int error_number = errno;
    if (auto icmp = net::take_icmp_error(fd))
      co_return Answer{.kind = Kind::Icmp, .icmp = std::move(icmp), .rtt = Clock::now() - began};
    co_return of_errno(error_number);
  }
  tools.deadline.set(until);
  auto answer = look(fd);
  while (!answer) {
    const auto interrupt = co_await socket.wait(WatchedSocket::Event::Writable);
    if (interrupt == net::Interrupt::Cancelled) co_return Answer{.kind = Kind::Cancelled};
    answer = look(fd);
    if (!answer && interrupt == net::Interrupt::Timeout) co_return Answer{};
  }
  answer->rtt = Clock::now() - began;
  if (answer->kind == Kind::Accepted) tools.lingering.end(socket.release());
  co_return *std::move(answer);
}

}  // namespace rdpwatch::path
