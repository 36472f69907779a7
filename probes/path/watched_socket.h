#pragma once

#include <chrono>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>

#include "probes/net/deadline.h"

namespace rdpwatch::path {

/// A socket that something is waited for on, with the deadline that bounds each wait.
class WatchedSocket final : private net::Interruptible {
 public:
  /// Owns `fd` from now on. `deadline` must outlive the socket.
  WatchedSocket(asio::io_context& io, int fd, net::Deadline& deadline)
      : descriptor_{io, fd}, deadline_{deadline} {}
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  enum class Event : std::uint8_t { Readable, Writable };
  /// None: the event, or an error of the socket, is there.
  asio::awaitable<net::Interrupt> wait(Event event);

  int fd() { return descriptor_.native_handle(); }
  int release() { return descriptor_.release(); }

 private:
  void interrupt() override;

  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor_;
  net::Deadline& deadline_;
};

/// setsockopt(2) with a number.
void set_option(int fd, int level, int option, int value);
/// How many hops it may be to where packets go; 0: as the system says.
void set_ttl(int fd, bool v6, int ttl);

}  // namespace rdpwatch::path
