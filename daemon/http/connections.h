#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

namespace rdpwatch::daemon::http {

/// What clients may take from us. Tests make them short.
struct Limits {
  std::chrono::milliseconds request_time{5'000};     ///< from the start of waiting to the end of the header
  std::chrono::milliseconds write_time{10'000};      ///< one slice of a body
  std::chrono::milliseconds response_time{60'000};   ///< a whole body
  std::chrono::milliseconds handling_time{150'000};  ///< from the request to the first byte of the answer
  std::chrono::milliseconds check_period{1'000};     ///< how often the limits above are looked at
  std::size_t header_bytes = 8 * 1024;
  std::size_t body_bytes = 1024;
  std::size_t connections = 512;
};

/// The part of a connection that outsiders look at: how much of its request it may still send, and whether we
/// wait for it or it waits for us.
struct ConnectionState {
  std::uint64_t id = 0;
  int descriptor = -1;  ///< -1 after it was closed
  std::size_t allowance = 0;
  bool answering = false;  ///< between a whole request and the end of its response
  bool mid_request = false;
  bool refused = false;  ///< it was told why
  std::chrono::steady_clock::time_point waiting_since{};
};

/// All open connections of a server. When there are too many, the one that has kept us waiting longest goes,
/// so that clients that send nothing cannot shut out one that does.
class Connections {
 public:
  explicit Connections(const Limits& limits) : limits_{limits} {}

  const Limits& limits() const { return limits_; }
  std::size_t size() const { return open_.size(); }
  void add(const std::shared_ptr<ConnectionState>& state);
  void remove(std::uint64_t id) { open_.erase(id); }
  std::shared_ptr<ConnectionState> find(std::uint64_t id) const;

  /// A whole request came: from here on we are the ones to be waited for.
  void request_began(std::uint64_t id);
  void response_ended(std::uint64_t id);

  /// Ends the connection that we have been waiting for longest; false when all of them wait for us.
  bool evict_one();
  void end_all();

 private:
  Limits limits_;
  std::map<std::uint64_t, std::weak_ptr<ConnectionState>> open_{};
};

/// Writes a whole, tiny response if the socket takes it at once.
void refuse(ConnectionState& state, int status);

/// A TCP socket for RESTinio that keeps the limits that RESTinio does not: the size of a request as a whole,
/// and a status line for a client whose request is cut short (RESTinio itself closes without a word).
class LimitedSocket : public asio::ip::tcp::socket {
 public:
  LimitedSocket(asio::ip::tcp::socket socket, std::shared_ptr<ConnectionState> state,
                std::weak_ptr<Connections> connections)
      : asio::ip::tcp::socket{std::move(socket)},
        state_{std::move(state)},
        connections_{std::move(connections)} {}
  LimitedSocket(LimitedSocket&&) = default;
  LimitedSocket& operator=(LimitedSocket&&) = delete;
  ~LimitedSocket() { forget(); }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (state_->allowance == 0) {
      refuse(*state_, 431);
      asio::post(get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
        handler(asio::error_code{asio::error::message_size}, std::size_t{0});
      });
      return;
    }
    asio::ip::tcp::socket::async_read_some(
        buffers, [state = state_, handler = std::forward<Handler>(handler)](const asio::error_code& ec,
                                                                            std::size_t size) mutable {
          state->allowance -= std::min(state->allowance, size);
          state->mid_request = state->mid_request || size != 0;
          handler(ec, size);
        });
  }

  /// RESTinio shuts down right before it closes: after a response, or because the request did not come in
  /// time or was none.
  void shutdown(shutdown_type what, asio::error_code& ec);
  void close();

 private:
  void forget();

  std::shared_ptr<ConnectionState> state_;
  std::weak_ptr<Connections> connections_;
};

}  // namespace rdpwatch::daemon::http
