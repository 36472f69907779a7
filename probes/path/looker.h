#pragma once

#include <list>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "probes/net/deadline.h"
#include "probes/net/lingering.h"
#include "probes/path/look.h"

namespace rdpwatch::path {

/// Looks at ways to hosts, at several at once, on the thread of `io`. Must outlive its looks.
class Looker {
 public:
  /// A look lasts no longer.
  static constexpr std::chrono::seconds kLimit{45};

  explicit Looker(asio::io_context& io) : io_{io}, lingering_{io} {}
  Looker(const Looker&) = delete;
  Looker& operator=(const Looker&) = delete;

  asio::awaitable<Look> look(asio::ip::tcp::endpoint endpoint, Method method);
  /// Looks that are under way return soon, with End::Stopped or what they have.
  void stop();

 private:
  asio::io_context& io_;
  net::Lingering lingering_;
  std::list<net::Deadline> running_{};
  bool stopped_ = false;
};

}  // namespace rdpwatch::path
