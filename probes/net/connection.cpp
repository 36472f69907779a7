#include "probes/net/connection.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/net/connect_cause.h"
#include "probes/net/error_queue.h"
#include "probes/wire/constants.h"

namespace rdpwatch::net {
namespace {

using asio::ip::tcp;

/// Whether a datagram socket may be connected to the address: a route look-up without a packet.
std::optional<bool> datagram_denied(const tcp::endpoint& endpoint, int as) {
  const int fd = ::socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;
  const int result = ::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  const int error_number = errno;
  ::close(fd);
  return result < 0 && error_number == as;
}

Observation failed_connect(int fd, const tcp::endpoint& endpoint, int error_number, bool at_once) {
  ConnectError error{error_number, take_icmp_error(fd), at_once, {}};
  if (error_number == EACCES || error_number == EPERM)
    error.datagram_denied = datagram_denied(endpoint, error_number);
  return connect_cause(error);
}

IoFailure failure_of(int error_number) {
  switch (error_number) {
    case ECONNRESET:
    case EPIPE: return {IoEnd::Reset, error_number};
    case ETIMEDOUT: return {IoEnd::Timeout, error_number};
    default: return {IoEnd::Failed, error_number};
  }
}

}  // namespace

Cause cause_of(const IoFailure& failure) {
  switch (failure.end) {
    case IoEnd::Closed: return Cause::Closed;
    case IoEnd::Reset: return Cause::Reset;
    case IoEnd::Timeout: return Cause::Timeout;
    case IoEnd::Flooded: return Cause::Malformed;
    case IoEnd::Cancelled: break;
    case IoEnd::Failed:
      if (failure.error_number == EHOSTUNREACH) return Cause::HostUnreachable;
      if (failure.error_number == ENETUNREACH) return Cause::NetworkUnreachable;
      break;
  }
  return Cause::Unclassified;
}

std::string describe(const IoFailure& failure) {
  switch (failure.end) {
    case IoEnd::Closed: return "connection closed by the peer";
    case IoEnd::Reset: return "connection reset by the peer";
    case IoEnd::Timeout:
      return failure.error_number == 0 ? "no answer within the deadline" : "the peer stopped acknowledging";
    case IoEnd::Flooded: return "more than 64 KiB in one phase";
    case IoEnd::Cancelled: return "cancelled";
    case IoEnd::Failed: break;
  }
  if (failure.error_number == 0) return "the TLS layer cannot take what came";
  return std::generic_category().message(failure.error_number);
}

int NonBlockingTcp::type() const { return SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC; }
int NonBlockingTcp::protocol() const { return IPPROTO_TCP; }

Connection::~Connection() { close(); }

asio::awaitable<std::expected<EarlySign, ConnectFailure>> Connection::connect(tcp::endpoint endpoint) {
  asio::error_code ec;
  socket_.open(endpoint.protocol(), ec);
  if (ec) co_return std::unexpected{socket_cause(ec.value(), "socket")};
  const int fd = socket_.native_handle();
  v6_ = endpoint.address().is_v6();
  keep_icmp_errors(fd, v6_, true);
  if (::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) co_return connected();
  if (errno != EINPROGRESS) co_return std::unexpected{failed_connect(fd, endpoint, errno, true)};
  if (const auto failure = co_await wait(Direction::Write)) {
    if (failure->end == IoEnd::Cancelled) co_return std::unexpected{ConnectFailure{}};
    if (failure->end == IoEnd::Timeout) {
      if (const auto state = tcp_state(fd)) at_connect_ = state->evidence;
      co_return std::unexpected{Observation{Cause::Timeout, std::nullopt, "no answer to the SYN"}};
    }
    co_return std::unexpected{socket_cause(failure->error_number, "wait")};
  }
  if (const auto state = tcp_state(fd); state && state->established) {
    at_connect_ = state->evidence;
    co_return state->received ? net::peek(fd) : EarlySign::None;
  }
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
  if (error_number != 0) co_return std::unexpected{failed_connect(fd, endpoint, error_number, false)};
  co_return connected();
}

/// A connection that is no longer, or not yet known to be, established.
EarlySign Connection::connected() {
  const int fd = socket_.native_handle();
  if (const auto state = tcp_state(fd)) at_connect_ = state->evidence;
  return net::peek(fd);
}

EarlySign Connection::peek() { return net::peek(socket_.native_handle()); }

void Connection::begin_exchange() {
  const int fd = socket_.native_handle();
  const int on = 1;
  keep_icmp_errors(fd, v6_, false);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  exchanging_ = true;
}

void Connection::begin_phase() {
  received_ = 0;
  first_size_ = 0;
}

void Connection::unread(std::span<const std::uint8_t> bytes) {
  unread_.insert(unread_.begin(), bytes.begin(), bytes.end());
}

void Connection::remember(std::span<const std::uint8_t> bytes) {
  received_ += bytes.size();
  const auto size = std::min(bytes.size(), kFirstBytes - first_size_);
  std::copy_n(bytes.begin(), size, first_.begin() + static_cast<std::ptrdiff_t>(first_size_));
  first_size_ += size;
}

std::optional<std::expected<std::size_t, IoFailure>> Connection::try_read(std::span<std::uint8_t> into) {
  if (wire::kMaxPhaseBytes < received_) return std::unexpected{IoFailure{IoEnd::Flooded}};
  std::size_t size = 0;
  if (!unread_.empty()) {
    size = std::min(unread_.size(), into.size());
    std::copy_n(unread_.begin(), size, into.begin());
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(size));
  } else {
    const auto result = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (result == 0) return std::unexpected{IoFailure{IoEnd::Closed}};
    if (result < 0) {
      if (errno == EAGAIN || errno == EINTR) return std::nullopt;
      return std::unexpected{failure_of(errno)};
    }
    size = static_cast<std::size_t>(result);
  }
  remember(into.first(size));
  return size;
}

std::optional<std::expected<std::size_t, IoFailure>> Connection::try_write(
    std::span<const std::uint8_t> from) {
  const auto result = ::send(socket_.native_handle(), from.data(), from.size(), MSG_NOSIGNAL);
  if (0 <= result) return static_cast<std::size_t>(result);
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return std::unexpected{failure_of(errno)};
}

asio::awaitable<std::optional<IoFailure>> Connection::wait(Direction direction) {
  const auto interrupted = [this](bool cancelled) -> std::optional<IoFailure> {
    switch (cancelled ? Interrupt::Cancelled : deadline_.state()) {
      case Interrupt::Timeout: return IoFailure{IoEnd::Timeout};
      case Interrupt::Cancelled: return IoFailure{IoEnd::Cancelled};
      case Interrupt::None: break;
    }
    return std::nullopt;
  };
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (const auto failure = interrupted(cancellation.cancelled() != asio::cancellation_type::none))
    co_return failure;
  if (direction == Direction::Read && !unread_.empty()) co_return std::nullopt;
  deadline_.attach(*this);
  asio::error_code ec;
  co_await socket_.async_wait(direction == Direction::Read ? tcp::socket::wait_read : tcp::socket::wait_write,
                              asio::redirect_error(asio::use_awaitable, ec));
  deadline_.detach();
  if (!ec) co_return std::nullopt;
  if (ec != asio::error::operation_aborted) co_return IoFailure{IoEnd::Failed, ec.value()};
  const auto why = interrupted(cancellation.cancelled() != asio::cancellation_type::none);
  co_return why ? why : IoFailure{IoEnd::Cancelled};
}

asio::awaitable<std::expected<std::size_t, IoFailure>> Connection::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    if (const auto failure = co_await wait(Direction::Read)) co_return std::unexpected{*failure};
    if (auto result = try_read(into)) co_return *result;
  }
}

asio::awaitable<std::expected<void, IoFailure>> Connection::write_all(std::span<const std::uint8_t> from) {
  while (!from.empty()) {
    if (const auto result = try_write(from)) {
      if (!*result) co_return std::unexpected{result->error()};
      from = from.subspan(**result);
      continue;
    }
    if (const auto failure = co_await wait(Direction::Write)) co_return std::unexpected{*failure};
  }
  co_return std::expected<void, IoFailure>{};
}

ConnectEvidence Connection::evidence() const {
  if (!exchanging_) return at_connect_;
  const auto state = tcp_state(const_cast<decltype(socket_)&>(socket_).native_handle());
  return state ? state->evidence : at_connect_;
}

int Connection::release() {
  if (!socket_.is_open()) return -1;
  asio::error_code ec;
  const int fd = socket_.release(ec);
  return ec ? -1 : fd;
}

void Connection::close() {
  asio::error_code ec;
  socket_.close(ec);
}

void Connection::interrupt() {
  asio::error_code ec;
  socket_.cancel(ec);
}

}  // namespace rdpwatch::net
