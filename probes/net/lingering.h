#pragma once

#include <memory>

#include <asio/io_context.hpp>

namespace rdpwatch::net {

/// Connections that we have ended. Each gets its FIN at once; the descriptor stays open a little longer, and
/// what the peer still sends (its close_notify, TLS session tickets) is read and thrown away before it is
/// closed: unread data would make the kernel answer with RST, which servers count as an aborted connection.
/// One timer serves all of them, so that a polite end costs a probe neither time nor a timer of its own.
class Lingering {
 public:
  explicit Lingering(asio::io_context& io);
  ~Lingering();
  Lingering(const Lingering&) = delete;
  Lingering& operator=(const Lingering&) = delete;

  /// Takes ownership of a connected, non-blocking socket.
  void end(int fd);
  /// Closes all of them now, after one last read.
  void close_all();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the timer's handler, which may run after we are gone
};

}  // namespace rdpwatch::net
