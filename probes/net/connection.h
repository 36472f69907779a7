#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "probes/net/deadline.h"
#include "probes/net/tcp_state.h"
#include "probes/report.h"
#include "probes/taxonomy/cause.h"

namespace rdpwatch::net {

/// Why a stream gave no more bytes.
enum class IoEnd : std::uint8_t {
  Closed,     ///< FIN
  Reset,      ///< RST; also a write to a stream that the peer has left
  Timeout,    ///< the climb's deadline
  Cancelled,  ///< the daemon stops
  Flooded,    ///< the peer sent more than kMaxPhaseBytes in one phase
  Failed,     ///< another errno
};

struct IoFailure {
  IoEnd end = IoEnd::Failed;
  int error_number = 0;  ///< errno where there was one
};

/// The phase-independent cause of an end. Cancelled has none: the climb is thrown away.
Cause cause_of(const IoFailure& failure);
/// "connection reset by the peer", "no answer within the deadline", ...
std::string describe(const IoFailure& failure);

/// A connect that did not succeed. Nothing in `observation`: cancelled.
using ConnectFailure = std::optional<Observation>;

/// TCP whose sockets are made non-blocking and closed on exec by the call that makes them.
class NonBlockingTcp {
 public:
  using endpoint = asio::ip::tcp::endpoint;

  NonBlockingTcp(asio::ip::tcp protocol) : family_{protocol.family()} {}  // NOLINT: Asio converts
  int family() const { return family_; }
  int type() const;
  int protocol() const;

 private:
  int family_;
};

/// One TCP connection of a climb: a non-blocking socket, the deadline that bounds every wait on it, and the
/// evidence that classification needs (bytes received in this phase, the first of them).
class Connection final : private Interruptible {
 public:
  static constexpr std::size_t kFirstBytes = 64;

  /// Both must outlive the connection.
  Connection(asio::io_context& io, Deadline& deadline) : socket_{io}, deadline_{deadline} {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects, with ICMP errors asked for in full (IP_RECVERR), and says what the peer did meanwhile. To be
  /// called once.
  asio::awaitable<std::expected<EarlySign, ConnectFailure>> connect(asio::ip::tcp::endpoint endpoint);

  /// What is already there to read, without taking it.
  EarlySign peek();

  /// To be called before the first byte: small messages go at once, and one stray ICMP error no longer ends
  /// what TCP would mend by itself.
  void begin_exchange();

  /// Starts the byte count and the excerpt of a new phase.
  void begin_phase();
  std::size_t received_in_phase() const { return received_; }
  std::span<const std::uint8_t> first_bytes() const { return std::span{first_}.first(first_size_); }
  /// Bytes read too far: the next read gives them first.
  void unread(std::span<const std::uint8_t> bytes);

  /// Takes or gives what is possible now; nothing when that would block.
  std::optional<std::expected<std::size_t, IoFailure>> try_read(std::span<std::uint8_t> into);
  std::optional<std::expected<std::size_t, IoFailure>> try_write(std::span<const std::uint8_t> from);

  enum class Direction : std::uint8_t { Read, Write };
  /// Waits until try_read or try_write may make progress.
  asio::awaitable<std::optional<IoFailure>> wait(Direction direction);

  asio::awaitable<std::expected<std::size_t, IoFailure>> read_some(std::span<std::uint8_t> into);
  asio::awaitable<std::expected<void, IoFailure>> write_all(std::span<const std::uint8_t> from);

  /// Round-trip time and retransmits as the kernel measured them.
  ConnectEvidence evidence() const;
  /// Of the SYN and its answer alone, where nobody has to think; zero: not measured.
  std::chrono::microseconds handshake_rtt() const { return at_connect_.rtt; }

  bool is_open() const { return socket_.is_open(); }
  /// Hands the descriptor over; the connection is closed for us then. -1: there is none.
  int release();
  void close();

 private:
  void interrupt() override;
  EarlySign connected();
  void remember(std::span<const std::uint8_t> bytes);

  asio::basic_stream_socket<NonBlockingTcp, asio::io_context::executor_type> socket_;
  Deadline& deadline_;
  ConnectEvidence at_connect_{};
  bool v6_ = false;
  bool exchanging_ = false;
  std::size_t received_ = 0;  // INVARIANT: at most kMaxPhaseBytes + one read
  std::array<std::uint8_t, kFirstBytes> first_{};
  std::size_t first_size_ = 0;
  std::vector<std::uint8_t> unread_;
};

}  // namespace rdpwatch::net
