#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <ares.h>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include "probes/net/dns_message.h"

namespace rdpwatch::net {

enum class DnsTransport : std::uint8_t { Udp, Tcp };

/// What came of one question to one server.
struct DnsReply {
  enum class Kind : std::uint8_t {
    Answered,     ///< `answer` is valid
    Silent,       ///< nothing usable came in time
    Unreachable,  ///< the socket failed with `error`; 0: the server closed the connection
    Malformed,    ///< `detail` says how
    Truncated,    ///< from a DnsServer: the answer over TCP is awaited, another reply follows
    Dropped,      ///< never sent: nobody waits any more
  };
  Kind kind = Kind::Silent;
  DnsAnswer answer{};
  int error = 0;
  std::string detail{};
};

/// "connection refused"; "connection closed" for 0.
std::string socket_error_text(int error);

using DnsReplyHandler = std::function<void(DnsReply)>;

/// One c-ares channel to one server over one transport, its sockets and timer on the event loop.
///
/// A channel of several servers would do its fail-over itself, but then SERVFAIL and REFUSED come back as
/// "connection refused" and nothing says which server answered what. So every channel has one server, passes
/// every response code on (ARES_FLAG_NOCHECKRESP) and leaves truncation to its owner (ARES_FLAG_IGNTC).
class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
 public:
  /// `first_try` is how long the first of two tries waits; c-ares doubles it for the second, with the same
  /// id, so that an answer to the first is still taken. nullptr when c-ares has no memory.
  static std::shared_ptr<DnsChannel> open(asio::io_context& io, const asio::ip::udp::endpoint& server,
                                          DnsTransport transport, std::chrono::milliseconds first_try);
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  /// Asks for `name` as it is, no search list. `done` is called once, from the event loop and never from
  /// within query(); not at all after stop().
  void query(const std::string& name, DnsType type, DnsReplyHandler done);

  void stop();

 private:
  struct Socket;
  struct Question;

  DnsChannel(asio::io_context& io, DnsTransport transport);
  void watch(int descriptor, bool readable, bool writable);
  void arm(const std::shared_ptr<Socket>& socket);
  void ready(const std::shared_ptr<Socket>& socket, bool readable);
  void arm_tick();
  static void answered(void* argument, int status, int timeouts, unsigned char* bytes, int size);
  DnsReply reply_of(int status, const unsigned char* bytes, int size, DnsType type) const;

  asio::io_context& io_;
  DnsTransport transport_;
  asio::steady_timer tick_;
  ares_channel channel_ = nullptr;
  std::map<int, std::shared_ptr<Socket>> sockets_{};
  std::size_t outstanding_ = 0;
  bool ticking_ = false;
  int last_error_ = 0;  ///< errno of the last socket call that failed for good
};

}  // namespace rdpwatch::net
