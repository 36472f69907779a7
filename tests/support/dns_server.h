#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include "tests/support/hex.h"

namespace rdpwatch::test {

/// A record of the answer section as it is put on the wire. `data` of a CNAME is a name in text form.
struct DnsRecord {
  std::string owner;
  std::string type;  ///< "A", "AAAA", "CNAME"
  std::string data;
  std::uint32_t ttl = 60;
};

/// What the server does with one question.
struct DnsScript {
  std::uint8_t code = 0;  ///< RCODE
  std::vector<DnsRecord> records{};
  bool truncated = false;  ///< over UDP: TC and no records
  bool mute = false;       ///< says nothing, over either transport
  bool mute_tcp = false;
  bool close_tcp = false;  ///< closes the TCP connection instead of an answer
  bool wrong_id = false;
  bool cut_short = false;    ///< the last byte of the answer is left off
  bool as_question = false;  ///< the QR bit is clear
  bool hold = false;         ///< kept until release()
  int mute_first = 0;        ///< this many questions get no answer
};

/// A scripted name server on 127.0.0.1, UDP and TCP on one port, on the event loop of the test. Questions
/// without a script get NOERROR without records.
class DnsServerPeer {
 public:
  explicit DnsServerPeer(asio::io_context& io);
  ~DnsServerPeer();

  /// The form that configurations have: "127.0.0.1:PORT".
  std::string address() const;

  /// `type` is "A" or "AAAA"; any other text: both.
  void script(const std::string& name, const std::string& type, DnsScript script);
  void script(const std::string& name, DnsScript script) { this->script(name, "", std::move(script)); }

  /// For every question that has no script of its own.
  DnsScript otherwise{};

  /// Questions received, as "name TYPE", over UDP and TCP.
  std::vector<std::string> questions{};
  std::size_t tcp_questions = 0;
  std::function<void()> on_question{};

  /// Sends what was held.
  void release();

  /// Takes no more TCP connections: they are refused.
  void refuse_tcp();

 private:
  struct Connection;
  void receive();
  void accept();
  void read(const std::shared_ptr<Connection>& connection);
  std::optional<std::pair<DnsScript, Bytes>> respond(const Bytes& query, bool tcp);

  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  Bytes inbox_ = Bytes(512);
  asio::ip::udp::endpoint from_{};
  std::map<std::string, DnsScript> scripts_{};
  std::vector<std::pair<asio::ip::udp::endpoint, Bytes>> held_{};
  std::vector<std::shared_ptr<Connection>> connections_{};
};

}  // namespace rdpwatch::test
