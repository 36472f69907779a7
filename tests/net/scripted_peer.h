#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "tests/net/made_certificate.h"
#include "tests/support/hex.h"

namespace rdpwatch::test {

/// One thing that the peer does with a connection. After the last one it sends FIN and waits for the other
/// side's.
struct Step {
  enum class Kind : std::uint8_t {
    Read,     ///< waits for some bytes, plain or TLS as the connection is now
    Send,     ///< all in one write
    Trickle,  ///< byte by byte, each in a segment of its own
    Fin,      ///< FIN now; what the other side sends is read and thrown away
    Rst,      ///< RST now
    Pause,    ///< `count` milliseconds of silence, as of a busy host
    Deaf,     ///< from now on nothing that the other side sends arrives
    Hear,     ///< ends that; what was lost is for the other side to send again
    Hold,     ///< silence until the other side leaves
    Tls,      ///< TLS handshake as the server
    HalfTls,  ///< answers the ClientHello with the first `count` bytes of a real flight, then the next step
    CloseNotify  ///< TLS close_notify, then waits for the other side's
  };
  Kind kind = Kind::Read;
  Bytes bytes{};
  std::size_t count = 0;
};
using Script = std::vector<Step>;

Step read();
Step send(Bytes bytes);
Step trickle(Bytes bytes);
Step fin();
Step rst();
Step pause(std::chrono::milliseconds length);
Step deaf();
Step hear();
Step hold();
Step tls();
Step half_tls(std::size_t bytes);
Step close_notify();

/// A server on 127.0.0.1 (or another loopback address) that plays a script to each connection, the n-th one
/// to the n-th, the last one to all further. Runs on the test's own io_context.
class ScriptedPeer {
 public:
  ScriptedPeer(asio::io_context& io, std::vector<Script> scripts, MadeCertificate certificate = {},
               std::string address = "127.0.0.1", std::uint16_t port = 0);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::uint16_t port() const;
  std::size_t connections() const;      ///< accepted so far
  std::size_t ended_by_reset() const;   ///< connections that the other side ended with RST
  std::size_t ended_politely() const;   ///< ... with FIN
  std::size_t close_notifies() const;   ///< ... of them after a close_notify
  const Bytes& received_plain() const;  ///< what Read steps took before TLS, all connections
  void lose_connects(bool lose);        ///< SYNs get no answer until it is taken back
  void min_tls(int version);            ///< OpenSSL's number, as are the next two
  void max_tls(int version);
  void ciphers(const std::string& list);  ///< of TLS 1.2 and older

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A confirm that selects `protocol`.
Bytes confirm(std::uint32_t protocol, std::uint8_t flags = 0x1F);
/// RDP_NEG_FAILURE in a confirm.
Bytes refusal(std::uint32_t code);
/// An answer to the first TSRequest: a Windows 10 challenge whose clock is `skew` ahead of ours.
Bytes challenge(std::chrono::seconds skew = {}, std::uint32_t version = 6);

}  // namespace rdpwatch::test
