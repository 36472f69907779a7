#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/http/message.h"
#include "daemon/http/request_meter.h"
#include "daemon/http/tls_channel.h"

namespace rdpwatch::daemon::http {

/// What clients may take from us. Tests make them short.
struct Limits {
  std::chrono::milliseconds request_time{5'000};    ///< from the start of waiting to the end of the header
  std::chrono::milliseconds write_time{10'000};     ///< one slice of a body
  std::chrono::milliseconds response_time{60'000};  ///< a whole body
  /// One slice, divided by the number of clients whose socket is full: of 8 each has a second, of 400 each 20
  /// ms.
  std::chrono::milliseconds shared_write_time{8'000};
  std::chrono::milliseconds handling_time{150'000};  ///< from the request to the first byte of the answer
  std::chrono::milliseconds check_period{1'000};     ///< how often the limits above are looked at
  RequestLimits request{};
  std::size_t connections = 512;
};

/// How connections are protected. A new one leaves to connections of an old one what they are answering.
struct Security {
  std::shared_ptr<ssl_ctx_st> tls{};  ///< nullptr: plain HTTP
  Headers headers{};                  ///< sent with every answer; take the place of ours
};

/// The part of a connection that outsiders look at: how large its request is, and whether we wait for it or
/// it waits for us.
struct ConnectionState {
  std::uint64_t id = 0;
  int descriptor = -1;                         ///< -1 after it was closed
  std::shared_ptr<const Security> security{};  ///< never nullptr
  std::unique_ptr<TlsChannel> tls{};           ///< nullptr: plain HTTP
  RequestMeter meter{};
  std::size_t discarded = 0;  ///< bytes that came after the refusal
  bool answering = false;     ///< between a whole request and the end of its response
  bool told_end = false;      ///< by an answer that is the last, or a refusal
  std::chrono::steady_clock::time_point waiting_since{};
  std::optional<std::chrono::steady_clock::time_point> writing_since{};  ///< what it has not taken yet
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

  /// Ends the connection that we have been waiting for longest, for a request or else to take its answer;
  /// false when all of them wait for us.
  bool evict_one();
  /// Ends clients that take their slice of an answer too slowly for the number of those that do: so however
  /// many they are, they hold little memory, and whoever reads is not among them. Says how many remain.
  std::size_t end_slow_readers();
  /// Ends those that we wait for.
  void end_waiting();
  void end_all();

 private:
  /// Those that have not taken what was sent, the longest first.
  std::vector<std::shared_ptr<ConnectionState>> writing() const;

  Limits limits_;
  std::map<std::uint64_t, std::weak_ptr<ConnectionState>> open_{};
};

/// The connection then reads its end and closes itself.
void end(const ConnectionState& state);

/// Writes a whole, tiny response if the socket takes it at once; nothing behind an answer that is the last.
void refuse(ConnectionState& state, int status, std::string_view sentence = {});

/// Says which part of the request is too large, and that nothing more comes.
void refuse_size(ConnectionState& state, RequestMeter::Verdict verdict);

/// Throws away some of what has come. False when nothing more will, or it is too much.
bool discard(ConnectionState& state);

/// A socket for RESTinio, with TLS or without, that keeps the limits that RESTinio does not: the size of a
/// request as a whole, and a status line for a client whose request is cut short (RESTinio itself closes
/// without a word).
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
    const asio::mutable_buffer into =
        asio::buffer(*asio::buffer_sequence_begin(buffers), state_->meter.room());
    auto measured = [this, into, state = state_, handler = std::forward<Handler>(handler)](
                        const asio::error_code& ec, std::size_t size) mutable {
      const auto verdict = state->meter.take({static_cast<const char*>(into.data()), size});
      if (verdict == RequestMeter::Verdict::Fits) return handler(ec, size);
      refuse_size(*state, verdict);
      drain(std::move(handler));
    };
    if (!state_->tls) return asio::ip::tcp::socket::async_read_some(into, std::move(measured));
    proceed([into](TlsChannel& tls) { return tls.read(into); }, std::move(measured));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (!state_->tls) return asio::ip::tcp::socket::async_write_some(buffers, std::forward<Handler>(handler));
    const asio::const_buffer from = *asio::buffer_sequence_begin(buffers);
    proceed([from](TlsChannel& tls) { return tls.write(from); }, std::forward<Handler>(handler));
  }

  /// Until requests can be read: the handshake of TLS, in the time that a request may take. Calls
  /// `handler(error)`.
  template <class Handler>
  void prepare(Handler handler) {
    if (!state_->tls) return handler(asio::error_code{});
    const auto connections = connections_.lock();
    const auto limit = connections ? connections->limits().request_time : std::chrono::milliseconds{0};
    auto deadline = std::make_unique<asio::steady_timer>(get_executor(), limit);
    deadline->async_wait([state = state_](const asio::error_code& ec) {
      if (!ec) end(*state);
    });
    proceed([](TlsChannel& tls) { return tls.shake_hands(); },
            [state = state_, deadline = std::move(deadline), handler = std::move(handler)](
                const asio::error_code& ec, std::size_t) mutable {
              if (ec && state->tls->is_not_tls()) refuse(*state, 400);
              handler(ec);
            });
  }

  /// RESTinio shuts down right before it closes: after a response, or because the request did not come in
  /// time or was none.
  void shutdown(shutdown_type what, asio::error_code& ec);
  void close();

 private:
  void forget();

  /// Reads on to the client's end, in the time for its request: a close before it would overtake the refusal
  /// that is on its way.
  template <class Handler>
  void drain(Handler handler) {
    async_wait(wait_read, [this, state = state_, handler = std::move(handler)](asio::error_code ec) mutable {
      if (!ec && discard(*state)) return drain(std::move(handler));
      handler(ec ? ec : asio::error::eof, std::size_t{0});
    });
  }

  /// Repeats `step(TlsChannel&)` until it came to something, and passes that to `handler`, never at once.
  template <class Step, class Handler>
  void proceed(Step step, Handler handler) {
    const auto outcome = step(*state_->tls);
    if (outcome.wait != TlsChannel::Outcome::Wait::None)
      return wait_and_proceed(outcome.wait, std::move(step), std::move(handler));
    asio::post(get_executor(),
               [outcome, handler = std::move(handler)]() mutable { handler(outcome.error, outcome.bytes); });
  }
  template <class Step, class Handler>
  void wait_and_proceed(TlsChannel::Outcome::Wait wait, Step step, Handler handler) {
    async_wait(wait == TlsChannel::Outcome::Wait::Read ? wait_read : wait_write,
               [this, state = state_, step = std::move(step),
                handler = std::move(handler)](const asio::error_code& ec) mutable {
                 if (ec) return handler(ec, std::size_t{0});
                 // Closed in the meantime: the descriptor may be another connection's by now.
                 if (state->descriptor == -1)
                   return handler(asio::error_code{asio::error::operation_aborted}, std::size_t{0});
                 const auto outcome = step(*state->tls);
                 if (outcome.wait == TlsChannel::Outcome::Wait::None)
                   return handler(outcome.error, outcome.bytes);
                 wait_and_proceed(outcome.wait, std::move(step), std::move(handler));
               });
  }

  std::shared_ptr<ConnectionState> state_;
  std::weak_ptr<Connections> connections_;
};

/// RESTinio finds this by its argument, in the place of its own, before it reads.
template <class Connection, class Start, class Failed>
void prepare_connection_and_start_read(LimitedSocket& socket, Connection& connection, Start start,
                                       Failed failed) {
  socket.prepare([keep = connection.shared_from_this(), start = std::move(start),
                  failed = std::move(failed)](const asio::error_code& ec) mutable {
    if (ec) failed(ec);
    else start();
  });
}

}  // namespace rdpwatch::daemon::http
