#include "probes/path/watched_socket.h"

#include <asio/posix/descriptor_base.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rdpwatch::path {

asio::awaitable<net::Interrupt> WatchedSocket::wait(Event event) {
  using asio::posix::descriptor_base;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) co_return net::Interrupt::Cancelled;
  if (const auto why = deadline_.state(); why != net::Interrupt::None) co_return why;
  deadline_.attach(*this);
  asio::error_code ec;
  co_await descriptor_.async_wait(
      event == Event::Readable ? descriptor_base::wait_read : descriptor_base::wait_write,
      asio::redirect_error(asio::use_awaitable, ec));
  deadline_.detach();
  if (!ec) co_return net::Interrupt::None;
  const auto why = deadline_.state();
  co_return why == net::Interrupt::None ? net::Interrupt::Cancelled : why;
}

void WatchedSocket::interrupt() {
  asio::error_code ec;
  descriptor_.cancel(ec);
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void set_ttl(int fd, bool v6, int ttl) {
  if (0 < ttl) set_option(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL, ttl);
}

}  // namespace rdpwatch::path
